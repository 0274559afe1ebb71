-- tool_text.lua: what other tools need in the text of a migration, so that they can run it, too.

-- For each format:
-- opening, closing: the lines around a statement that the tool would cut at a semicolon, or at "--"; it cuts at the ends
--   of lines, and knows neither quotes nor functions.
-- up, down: the lines above the parts, in place of those of the format, if a statement of the part cannot run in a
--   transaction; files: further files for that, by their endings.
-- whole: the tool sends a part as one query, so that such a statement must be the only one of its part.
-- bound: the tool cannot run such a statement.
-- reserved: patterns of lines that the tool reads as its own, wherever they are; in lower case.
local tools = {
  dbmate = {
    up = "-- migrate:up transaction:false\n", down = "-- migrate:down transaction:false\n", whole = true,
    reserved = { "^%s*%-%-%s*migrate:" },
  },
  diesel = { files = { ["/metadata.toml"] = "run_in_transaction = false\n" }, whole = true },
  ["golang-migrate"] = { whole = true },
  goose = {
    opening = "-- +goose StatementBegin\n", closing = "-- +goose StatementEnd\n",
    up = "-- +goose NO TRANSACTION\n-- +goose Up\n", down = "-- +goose Down\n-- +goose NO TRANSACTION\n",
    reserved = { "^%s*%-%-.*%+goose" },
  },
  ["node-pg-migrate"] = { bound = true, reserved = { "^%s*%-%-[%s%-]*up%s+migration", "^%s*%-%-[%s%-]*down%s+migration" } },
  prisma = { whole = true },
  ["sql-migrate"] = {
    opening = "-- +migrate StatementBegin\n", closing = "-- +migrate StatementEnd\n",
    up = "-- +migrate Up notransaction\n", down = "-- +migrate Down notransaction\n",
    reserved = { "^%s*%-%-%s*%+migrate" },
  },
  sqlx = { up = "-- no-transaction\n", down = "-- no-transaction\n", whole = true },
  tern = {
    up = "---- tern: disable-tx ----\n", down = "---- create above / drop below ----\n---- tern: disable-tx ----\n",
    reserved = { "{{", "%-%-%-%- create above / drop below %-%-%-%-", "^%s*%-%-.*tern: *disable" },
  },
}

local module = {}

-- Refuses a text with a line that the tool would not read as a part of its statement.
local function check_lines(ctx, format, tool, text)
  for line in text:gmatch "[^\n]+" do
    for _, pattern in ipairs(tool.reserved or {}) do
      if line:lower():find(pattern) then
        ctx:usage("nothing was written: %s would read the line \"%s\" of the migration as its own; write it in Lua (moonbird new --lua)",
                  format.name, line)
      end
    end
  end
end

-- Would the tool cut the statement elsewhere than at its end?
local function needs_block(sql) return sql:find(";", 1, true) or sql:find("--", 1, true) end

-- The text with a block around each statement that needs one.
local function with_blocks(tool, text, statements)
  local pieces, from = {}, 1
  for _, statement in ipairs(tool.opening and statements or {}) do
    local at, to = text:find(statement.text, from, true)
    if needs_block(statement.text) then
      local stop = text:match("^%s*;[ \t]*\n?()", to + 1) or to + 1
      pieces[#pieces + 1] = text:sub(from, at - 1) .. tool.opening .. statement.text .. ";\n" .. tool.closing
      from = stop
    else
      pieces[#pieces + 1] = text:sub(from, to)
      from = to + 1
    end
  end
  return table.concat(pieces) .. text:sub(from)
end

local ENDS = { COMMIT = true, END = true }

-- Has it a statement that cannot run in a transaction, or one that ends the transaction?
local function is_apart(statements)
  for _, statement in ipairs(statements) do
    if statement.alone or ENDS[statement.kind] then return true end
  end
  return false
end

local function note(format, tool, name, statements)
  if tool.bound then
    moonbird.log.info("note: %s is not one transaction, and %s runs each SQL file in one: apply it with moonbird up", name, format.name)
  elseif tool.whole and #statements > 1 then
    moonbird.log.info("note: %s is not one transaction, and %s sends a file as one query: apply it with moonbird up, or write "
      .. "each statement that cannot run in a transaction to a migration of its own", name, format.name)
  end
end

-- The text of a part, with the lines above it (format.up or format.down), as the tool needs it; and whether it is not one
-- transaction. `which`: "up" or "down".
function module.part(ctx, format, which, name, text)
  local tool, statements = tools[format.name], moonbird.statements(text)
  local apart = tool and is_apart(statements)
  if not tool then return format[which] .. text, false end
  check_lines(ctx, format, tool, text)
  if apart then note(format, tool, name, statements) end
  return (apart and tool[which] or format[which]) .. with_blocks(tool, text, statements), apart
end

-- Further files of a migration that is not one transaction: texts by the endings of their names.
function module.files(format, apart)
  local tool = tools[format.name]
  return apart and tool and tool.files or {}
end

return module
