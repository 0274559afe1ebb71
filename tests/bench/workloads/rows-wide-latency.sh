title='50,000 rows of 1 KB through a Lua function, 10 ms each way'
sides='psql moonbird'
target=1.5
delay=10
as_psql=(psql -XAtq -v FETCH_COUNT=1000 -o /dev/null -c 'SELECT * FROM wide')
as_moonbird=(moonbird -q run wide.lua)

make() { wide_rows 50000; }
