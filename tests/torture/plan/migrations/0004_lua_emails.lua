return {
  description = "Addresses in lower case",

  up = function(db)
    db:exec("INSERT INTO app.effect VALUES ($1, $2)", "0004_lua_emails", 1)
    for user in db:rows "SELECT id, email FROM app.users WHERE id <= 10 ORDER BY id" do
      db:exec("UPDATE app.users SET email = $1 WHERE id = $2", user.email:lower(), user.id)
    end
    local ok = db:try(function() db:exec "INSERT INTO app.users VALUES (1, 'twice')" end)
    assert(not ok, "the key is not unique")
    db:batch(function(b)
      for n = 2, 4 do
        b:exec("INSERT INTO app.effect VALUES ($1, $2)", "0004_lua_emails", n)
      end
    end)
    db:copy("app.effect", { "step", "n" }, { { "0004_lua_emails", 5 }, { "0004_lua_emails", 6 } })
  end,

  verify = function(db)
    assert(db:value "SELECT count(*) FROM app.users WHERE id <= 10 AND email <> lower(email)" == 0)
  end,
}
