local core = ...
local keys = core.require "lint.schema.keys"

local wider = { int4 = "bigint", serial = "bigserial", serial4 = "bigserial" }

return {
  id       = "integer-key",
  aliases  = { "prefer-bigint-over-int", "prefer-big-int", "Y01" },
  group    = "type",
  severity = "warning",
  summary  = "a key of type integer ends at 2147483647",
  why      = [[
Sequences also count values that were rolled back, so a table reaches the end before it has that many rows. Then every
INSERT fails, and a change of the type to bigint rewrites the table and its indexes under ACCESS EXCLUSIVE.]],
  fix      = "Use bigint or uuid for keys. A bigint takes 8 bytes, an integer 4, often followed by 4 bytes of padding.",

  check = function(stmt, ctx) keys.report_narrow(stmt, ctx, wider, "integer", 2147483647) end,

  bad = {
    "CREATE TABLE users (id integer PRIMARY KEY);",
    "CREATE TABLE users (id serial, PRIMARY KEY (id));",
    "CREATE TABLE users (nr int GENERATED ALWAYS AS IDENTITY);",
  },
  good = {
    "CREATE TABLE users (id bigint PRIMARY KEY, age integer NOT NULL);",
    "CREATE TABLE users (id uuid PRIMARY KEY, sizes integer[]);",
    "CREATE TEMPORARY TABLE t (id integer PRIMARY KEY);",
    "CREATE TABLE limits (user_id integer PRIMARY KEY REFERENCES users, most integer);",
    "CREATE TABLE limits (user_id integer PRIMARY KEY, FOREIGN KEY (user_id) REFERENCES users);",
  },
}
