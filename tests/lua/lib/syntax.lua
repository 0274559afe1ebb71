-- Is no Lua.

return = 1
