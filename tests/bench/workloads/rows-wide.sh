title='300,000 rows of 1 KB through a Lua function'
sides='psql moonbird'
target=1.5
as_psql=(psql -XAtq -v FETCH_COUNT=1000 -o /dev/null -c 'SELECT * FROM wide')
as_moonbird=(moonbird -q run wide.lua)

make() { wide_rows 300000; }
