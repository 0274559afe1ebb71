title='1,000,000 rows loaded: db:copy from a Lua iterator, psql from a file'
sides='psql moonbird'
target=1.5
as_psql=(psql -Xq -v ON_ERROR_STOP=1 -c '\copy people FROM people.txt')
as_moonbird=(moonbird -q run copy.lua)

make() {
    people 1000000
    psql -Xq -c '\copy people TO people.txt'
    psql -Xq -c 'TRUNCATE people'
    keep no_people
    cat >copy.lua <<'LUA'
return function(db)
  local n = 0
  local function person()
    n = n + 1
    if n <= 1000000 then
      return { n, "name " .. n, "someone" .. n .. "@example.org", n % 90, "2024-01-01 00:00:00+00" }
    end
  end
  assert(db:copy("people", { "id", "name", "email", "age", "made" }, person) == 1000000)
end
LUA
}
before() { fresh no_people; }
