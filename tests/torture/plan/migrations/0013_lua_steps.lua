return {
  description = "Durable steps, each done once",
  transaction = false,

  up = function(db)
    local function mark(n)
      return function(inner)
        inner:exec("INSERT INTO app.effect VALUES ($1, $2)", "0013_lua_steps", n)
        return n
      end
    end

    assert(db:step("first", mark(1)) == 1)
    db:step("index", "CREATE INDEX CONCURRENTLY users_steps ON app.users (email, id)")
    assert(db:step("last", mark(3)) == 3)
  end,
}
