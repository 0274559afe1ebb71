local function show(value)
  if value == nil then return "nothing" end
  local text = type(value) == "table" and table.concat(value, ", ") or tostring(value)
  return text:find "\n" and "\n      " .. text:gsub("\n", "\n      ") or text
end

local words = { missing = "missing     ", unexpected = "unexpected  ", changed = "changed     " }

local function show_difference(out, difference)
  local object = difference.object
  out:text(words[difference.how] .. object.kind.kind:lower() .. " " .. object.name ..
           (difference.last and ("  (%s)"):format(difference.last) or ""))
  for _, field in ipairs(difference.fields or {}) do
    out:text(("    %s is %s, should be %s"):format(field:gsub("_", " "), show(difference.is[field]),
                                                   show(difference.wanted[field])))
  end
end

local function document(list)
  local differences = moonbird.json.array()
  for i, difference in ipairs(list) do
    local fields = moonbird.json.array()
    for j, field in ipairs(difference.fields or {}) do
      fields[j] = { field = field, is = difference.is[field] or moonbird.null,
                    should_be = difference.wanted[field] or moonbird.null }
    end
    differences[i] = { object = difference.object.name, kind = difference.object.kind.kind, how = difference.how,
                       fields = fields, last = difference.last or moonbird.null }
  end
  return { differences = differences }
end

return {
  name    = "drift",
  summary = "compare the database with what its applied migrations make",
  chapter = "schema",
  needs   = { project = true, db = true },
  options = {
    set = { arg = "KEY=VALUE", pairs = true, help = "the value of a parameter, for the migrations that name it; default: the one with which they were applied" },
    schema = { flag = true, help = "compare it with the desired schema instead" },
    no_owner = { flag = true, help = "do not compare owners" },
    no_privileges = { flag = true, help = "do not compare privileges and default privileges" },
  },

  run = function(ctx, opts)
    local list = ctx:drift { schema = opts.schema, set = opts.set, no_owner = opts.no_owner, no_privileges = opts.no_privileges }
    ctx:say_notes(list)
    if not ctx.out:result(document(list)) then
      for _, difference in ipairs(list) do show_difference(ctx.out, difference) end
      ctx.out:line(#list == 0 and "no drift: the database has the %s" or "%s",
                   #list == 0 and (opts.schema and "desired schema" or "schema that the applied migrations make")
                   or ("%d difference%s"):format(#list, #list == 1 and "" or "s"))
    end
    if #list > 0 then return 4 end
  end,
}
