return {
  up = function(db)
    db:exec "INSERT INTO app.effect VALUES ('sleeps', 1)"
    moonbird.sleep(0.6)
    db:exec "INSERT INTO app.effect VALUES ('sleeps', 2)"
  end,
}
