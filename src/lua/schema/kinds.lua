-- kinds.lua: the kinds of objects that a schema has, from the files in kinds/.
--
-- A kind is a table:
--   kind      its name, in the words of PostgreSQL's commands: "MATERIALIZED VIEW"
--   rank      where its objects stand among those that do not depend on each other
--   query     a row for each object: _address, name, further fields (snapshot.lua)
--   report_only  true: no statement is written; differences are reported (notes.lua); only kind, rank, query are needed
--   finish    function(snapshot): completes the objects once their dependencies are known; optional
--   acl       the letter of its privileges in acldefault() of PostgreSQL; c: a column; default: it has none
--   phrase    function(o) → how commands name it: "INDEX public.users_email"; default: kind and name
--   create    function(o, parts) → statements; `parts`: those objects that are made with it (hosts)
--   drop      function(o) → statement; default: DROP and phrase; false: there is no such statement
--   goes_with function(o, drops) → the object of these with which it goes, without a statement.  Default: its owners
--   loses     function(o) → are data lost when it is dropped?  Optional
--   alter     { field = function(new, old) → statements }; another field that differs means: drop and create
--   disturbs  { field = function(dependent) → must it be made again when the field is altered? }
--   hosted    function(o) → the object in whose CREATE it can stand; optional
--   online    { create, drop = function(o), alter = { field = function(new, old) } } → statements that do not block a
--             table in use, or nil; optional
--   without_name, last_name  function(o) → a text that objects share which differ in their name alone, and that name
--             as ALTER ... RENAME TO takes it; optional
--   names     function(o) → what no other object may have at the same time: { "relation public.users" }
--   depends   function(o, snapshot) → further objects that it needs; optional

local core = ...

local kinds = { list = {}, by_name = {} }

for _, file in ipairs(core.built_in "schema/kinds") do
  local kind = core.require("schema.kinds." .. file)
  kinds.list[#kinds.list + 1] = kind
  kinds.by_name[kind.kind] = kind
end

table.sort(kinds.list, function(a, b) return a.rank < b.rank end)

return kinds
