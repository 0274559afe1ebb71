-- duration.lua: settings that are durations, such as lock_timeout = '5s'.

-- "Parameter Names and Values" in PostgreSQL's manual.
local units = { us = 0.001, ms = 1, s = 1000, min = 60000, h = 3600000, d = 86400000 }

-- Milliseconds; a number without a unit is in milliseconds.  nil for a value that is not a duration.
return function(value)
  if value == nil then return 0 end
  local number, unit = tostring(value):match "^%s*([%d.]+)%s*(%a*)%s*$"
  local factor = units[unit ~= "" and unit or "ms"]
  return number and factor and tonumber(number) * factor
end
