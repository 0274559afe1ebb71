local t = moonbird.test

local payload = '{"amount": 12345678901234567890.10}'

t.migration("0017_audit_consolidation", function(m)
  m:before(function(db)
    db:insert("users", { email = "Ana@example.com", clerk_user_id = "clerk_ana" })
    db:insert("audit_events", {
      { event = "USER_LOGIN", actor = "clerk_ana", ip = "203.0.113.7", happened_at = "2024-02-01" },
      { event = "Meeting cancelled", actor = "nightly job", payload = payload, happened_at = "2024-02-02" },
      { event = "restart", actor = " ana@EXAMPLE.com", payload = "by hand", ip = "unknown", happened_at = "2024-02-03" },
    })
  end)

  m:after(function(db)
    local lines = db:query [[
      SELECT action, actor_label, actor_id IS NOT NULL AS known, host(ip) AS ip, details::text
        FROM audit_logs
       ORDER BY occurred_at
    ]]
    t.equal(lines, {
      { action = "user.login", actor_label = "clerk_ana", known = true, ip = "203.0.113.7", details = "{}" },
      { action = "meeting.cancelled", actor_label = "nightly job", known = false, details = payload },
      { action = "system.restart", actor_label = " ana@EXAMPLE.com", known = true, details = '{"text": "by hand"}' },
    })
  end)

  m:after(function(db) t.ok(not db:has_table "audit_events", "the old trail is still there") end)

  m:rolls_back(function(db)
    t.equal(db:value "SELECT string_agg(event, '|' ORDER BY happened_at) FROM audit_events",
            "USER_LOGIN|Meeting cancelled|restart")
  end)
end)

t.migration("0017_audit_consolidation", { title = "without an old trail" }, function(m)
  m:before(function(db) db:exec "DROP TABLE audit_events" end)
  m:after(function(db) t.equal(db:value "SELECT count(*) FROM audit_logs", 0) end)
end)
