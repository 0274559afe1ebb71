title='100 INSERTs from Lua, 10 ms each way: db:exec, and db:batch'
sides='exec batch'
delay=10
as_exec=(moonbird -q run exec.lua)
as_batch=(moonbird -q run batch.lua)

make() { inserts_from_lua 100; }
before() { fresh with_log; }
