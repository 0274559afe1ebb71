-- drizzle.lua: renames as answers to the questions of drizzle-kit, version 1.

local core = ...
local names = core.require "schema.renames.names"

local kinds = { TABLE = "table", COLUMN = "column", VIEW = "view", ["MATERIALIZED VIEW"] = "view", SEQUENCE = "sequence",
                ENUM = "enum" }

-- An object of another kind, such as an index, counts as a new one for drizzle-kit: the schema after it is the same.
local function answer(rename)
  local kind = kinds[rename.of.kind.kind]
  return kind and moonbird.json.encode { type = "rename", kind = kind, from = names.plain_parts(rename.of.name),
                                         to = names.plain_parts(rename.to) }
end

-- The renames (of renames.apply) → JSON objects with commas between them
return function(list)
  local answers = {}
  for _, rename in ipairs(list) do
    if not rename.passing then answers[#answers + 1] = answer(rename) end
  end
  return table.concat(answers, ",")
end
