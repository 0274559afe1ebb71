title='5 GB of wide rows through a Lua function; what counts is the memory'
sides='psql moonbird'
as_psql=(psql -XAtq -v FETCH_COUNT=1000 -o /dev/null -f wide.sql)
as_moonbird=(moonbird -q run wide.lua)

make() {
    fresh
    echo "SELECT generate_series(1, 5000000) AS n, repeat('wide', 256) AS text" >wide.sql
    cat >wide.lua <<'LUA'
return function(db)
  local bytes = 0
  for row in db:rows(moonbird.read "wide.sql") do bytes = bytes + #row.text end
  assert(bytes == 5000000 * 1024)
end
LUA
}
