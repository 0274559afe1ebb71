-- session: one session of the server: what it does, what it waits for, and what waits for it.

return {
  title = "Session",
  menu  = "run",

  data = function(db, ctx, query)
    local sessions = ctx.studio.use "sessions"
    local pid = math.tointeger(tonumber(query.pid)) or 0
    local session = sessions.find(db, { pid })[1]
    if not session then return { pid = pid } end
    return {
      title = ("Session %d"):format(pid), session = session, blockers = sessions.blockers(db, { session }),
      waiting = sessions.waiting_for(db, pid), locks = sessions.locks(db, { pid }),
    }
  end,

  show = function(data, ctx)
    local sessions, session = ctx.studio.use "sessions", data.session
    if not session then return { { "text", value = ("There is no session %d any more."):format(data.pid) } } end
    return {
      { "number", live = true, value = {
        { label = "user", value = session.user, format = "text" }, { label = "application", value = session.application, format = "text" },
        { label = "client", value = session.client or "the server's machine" }, { label = "state", value = session.state, format = "text" },
        { label = "since", value = session.since, format = "time" }, { label = "transaction since", value = session.transaction_since, format = "time" },
        session.wait ~= "" and { label = "waits for", value = session.wait },
      } },
      { "code", title = session.state == "active" and "Statement" or "Last statement", live = true, value = session.query, language = "sql", copy = true },
      { "table", title = "Blocked by", live = true, data = "blockers", columns = sessions.blocker_columns, empty = "It waits for no session." },
      { "table", title = "Waiting for it", live = true, data = "waiting", columns = sessions.columns, empty = "No session waits for it." },
      { "table", title = "Locks", live = true, data = "locks", columns = sessions.lock_columns, empty = "It has no locks." },
    }
  end,
}
