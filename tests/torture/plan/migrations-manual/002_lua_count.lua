return {
  up = function(db)
    local n = db:value "SELECT count(*) FROM app.effect WHERE n > 0"
    assert(n > 0)
    db:insert("app.effect", { step = "002_lua_count", n = 1 })
  end,
}
