return {
  description = "The same from Lua, and rows with COPY and INSERT",
  up = function(db)
    db:exec "CREATE TABLE kinds (id int PRIMARY KEY, name text NOT NULL)"
    db:exec "SELECT create_reference_table('kinds')"
    db:copy("kinds", { "id", "name" }, { { 1, "login" }, { 2, "logout" } })
    db:insert("kinds", { id = 3, name = "visit" })
    db:copy("events", { "tenant", "id", "body" }, { { 1, 5001, "event 5001" }, { 2, 5002, "event 5002" } })
    assert(db:value "SELECT count(*) FROM kinds JOIN events ON kinds.id = events.id" == 3)
  end,
  down = function(db)
    db:exec "DROP TABLE kinds"
    db:delete("events", "id > 5000")
  end,
}
