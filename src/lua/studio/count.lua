-- count.lua: a number for people: 10000000 -> "10,000,000".

return function(n)
  local text = ("%d"):format(n)
  local digits = text:reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (digits:gsub("^(%-?),", "%1"))
end
