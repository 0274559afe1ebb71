-- Not valid Lua.

return = 1
