title='10,000 INSERTs from Lua: db:exec, and db:batch'
sides='exec batch'
as_exec=(moonbird -q run exec.lua)
as_batch=(moonbird -q run batch.lua)

make() { inserts_from_lua 10000; }
before() { fresh with_log; }
