title='1,000,000 rows through a Lua function'
sides='psql moonbird'
target=1.5
as_psql=(psql -XAtq -v FETCH_COUNT=1000 -o /dev/null -c 'SELECT * FROM people')
as_moonbird=(moonbird -q run rows.lua)

make() {
    people 1000000
    cat >rows.lua <<'LUA'
return function(db)
  local letters = 0
  for person in db:rows "SELECT * FROM people" do letters = letters + #person.name end
  assert(letters > 0)
end
LUA
}
