-- description.lua: a text as the value of the directive "description", which is one line and has no other directive in it.

return function(text) return (text:gsub("%c", " "):gsub("([%w_])=", "%1 =")) end
