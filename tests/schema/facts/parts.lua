-- parts.lua: objects that several forms of forms.lua need.

local parts = {}

local words = {
  ["@trigger"] = "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
  ["@partition"] = "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE q (a int); INSERT INTO q VALUES (1)",
  ["@domain"] = "CREATE DOMAIN d AS int; CREATE TABLE x (a d); INSERT INTO x VALUES (1)",
}

-- The SQL of a form, with what its @words stand for.
function parts.complete(sql)
  return (sql:gsub("@%l+", words))
end

return parts
