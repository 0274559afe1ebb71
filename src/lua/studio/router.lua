-- router.lua: the answer of a worker to one request: status, media type, text.

local core = ...
local html = core.require "studio.html"
local h = html.h
local layout = core.require "studio.layout"
local pages = core.require "studio.pages"
local parts = core.require "studio.parts"

local router = {}

local HTML, JSON = "text/html; charset=utf-8", "application/json"

-- What a person can do about an error, and where it is.
local function error_parts(err)
  if type(err) ~= "table" then return { h.p { tostring(err) } } end
  local place = err.file and err.file ~= "" and (err.file .. (err.line and ":" .. err.line or "")) or false
  return {
    h.p { class = "message", place and h.code { place, ": " }, tostring(err.message or err) },
    err.detail and h.p { class = "detail", err.detail },
    err.hint and h.p { class = "hint", err.hint },
    err.sqlstate and h.p { class = "detail", "SQLSTATE ", err.sqlstate },
    err.sql and h.pre { class = "code", h.code { err.sql } },
  }
end

function router.error_section(err)
  return h.section { class = "part error", role = "alert", error_parts(err) }
end

-- The status of an answer with this error: what the person asked for is wrong, or something else failed.
local function status_of(err)
  local kind = type(err) == "table" and err.kind
  return kind == "usage" and 400 or kind == "policy" and 403 or kind == "connect" and 502 or 500
end

-- A command line as a person would type it.
local function quote(word)
  if word:find "^[%w_%-./:=@,+]+$" then return word end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

function router.command_line(words)
  local shown = { "moonbird" }
  for _, word in ipairs(words) do shown[#shown + 1] = quote(tostring(word)) end
  return table.concat(shown, " ")
end

-- The words of a command, its arguments and options, as { command, args, options } has them.  After "--", an
-- argument that begins with "-" is not an option, whatever a person types or a migration is called.
function router.command_words(order)
  local words, args, dashes = { order.command }, {}, false
  for i, word in ipairs(order.args or {}) do
    args[i] = tostring(word)
    dashes = dashes or args[i]:find "^%-" ~= nil
  end
  if not dashes then table.move(args, 1, #args, 2, words) end
  for _, key in ipairs(core.require "options".keys(order.options or {})) do
    local value, parameter = order.options[key], key:match "^set%.(.+)$"
    if value and value ~= moonbird.null and value ~= "" then
      local name = parameter and "--set=" .. parameter or "--" .. key:gsub("_", "-")
      words[#words + 1] = name .. ((value ~= true or parameter) and "=" .. tostring(value) or "")
    end
  end
  if dashes then
    words[#words + 1] = "--"
    table.move(args, 1, #args, #words + 1, words)
  end
  return words
end

-- What parts and the layout know of the request.
local function new_page(ctx, request, name)
  local page = {
    name = name, path = "/" .. name, query = request.query, runs = request.runs, run = request.run, last = request.last,
    target = ctx.opts.env, -- the environment that was named, which a command names, too
    environment = ctx.environment or ctx.opts.env, -- and the one that the database was found to belong to
    environments = ctx:environments(), writes = ctx.studio.write, project = ctx.studio.project, menu = pages.menu(),
  }
  local config = ctx.config and ctx.config.environments or {}
  page.protected = page.environment and config[page.environment] and config[page.environment].protected or false
  function page.url(target, query)
    local all = { environment = request.query.environment }
    for key, value in pairs(query or {}) do all[key] = value end
    return html.url(target:find "^/" and target or "/" .. target, all)
  end
  function page.command_line(part)
    local words = router.command_words(part)
    return router.command_line(table.move(words, 1, #words, page.target and 3 or 1, { "-e", page.target }))
  end
  return page
end

local function wants_json(request)
  return request.query.format == "json" or type(request.accept) == "string" and request.accept:find "^application/json" ~= nil
end

-- A column of another environment is loaded without a person's asking, and must not start a server.
local function refuse_start(ctx, request)
  local environment = ctx.config.environments and ctx.config.environments.dev or {}
  if request.query.start ~= "no" or ctx.opts.env ~= "dev" or environment.url or moonbird.env("DATABASE_DEV_URL") then return end
  if not core.server.status().running then core.fail("connect", "the project's own server is not running") end
end

local function provide(ctx, found, request)
  local needs = found.needs or { db = true, project = true }
  if needs.db then refuse_start(ctx, request) end
  ctx:provide { config = true, project = needs.project, db = needs.db }
  ctx.session:browse()
  core.studio.allow_edits(ctx.session, ctx.studio.write, request.method == "POST")
end

-- A script that sends something can ask for the parts that show the answer.
local function wants_html(request) return type(request.accept) == "string" and request.accept:find "^text/html" ~= nil end

local function show(request, found, page, ctx, data)
  local list = type(found.show) == "function" and found.show(data, ctx, request.query) or found.show
  return 200, HTML, layout(page, data.title or found.title, parts.show(list, data, page))
end

local function answer_page(ctx, request, found, page)
  if request.method == "POST" then
    if not found.post then core.fail("usage", ("the page \"%s\" takes no POST"):format(page.name)) end
    local value = found.post(ctx.db, ctx, request.query, request.body)
    if not wants_html(request) then return 200, JSON, moonbird.json.encode(value) end
    return show(request, found, page, ctx, value)
  end
  local data = found.data and found.data(ctx.db, ctx, request.query) or {}
  if type(data) ~= "table" then core.fail("script", ("\"data\" returned a %s, not a table"):format(type(data))) end
  if wants_json(request) then return 200, JSON, moonbird.json.encode(data) end
  return show(request, found, page, ctx, data)
end

local function describe(err)
  if type(err) ~= "table" then return { message = tostring(err) } end
  return { message = tostring(err.message or err), detail = err.detail, hint = err.hint, kind = err.kind, sqlstate = err.sqlstate }
end

local function answer_error(request, page, err)
  local status = status_of(err)
  if request.method == "POST" and not wants_html(request) or wants_json(request) then
    return status, JSON, moonbird.json.encode { error = describe(err) }
  end
  return status, HTML, layout(page, status == 502 and "No connection" or "This page failed", router.error_section(err))
end

-- A page whose own description fails must not take the menu down.
local function fallback_page(ctx, request, name)
  return {
    name = name, path = "/", query = request.query, environments = {}, project = ctx.studio.project, menu = {},
    url = function(target) return "/" .. target end,
  }
end

local function copy(value, copies)
  if type(value) ~= "table" or getmetatable(value) then return value end
  if not copies[value] then
    copies[value] = {}
    for key, each in pairs(value) do copies[value][key] = copy(each, copies) end
  end
  return copies[value]
end

-- The context for one page: what the page changes in it does not reach the next request.
local function for_page(ctx)
  local own = { opts = copy(ctx.opts, {}), config = copy(ctx.config, {}), studio = {} }
  for key, value in pairs(ctx.studio) do own.studio[key] = value end
  return setmetatable(own, { __index = ctx })
end

-- Answers the request, and returns also whether the connection was lost.
function router.answer(ctx, request)
  local name = request.path == "/" and "overview" or request.path:match "^/([^/]*)$" or ""
  local page
  local ok, status, kind, text = pcall(function()
    ctx:provide { config = true }
    local found = pages.find(name)
    ctx.studio.request = request
    if found then provide(ctx, found, request) end
    page = new_page(ctx, request, name)
    page.under = found and found.menu or nil
    ctx.studio.page = page
    if not found then
      return 404, HTML, layout(page, "No such page", h.section { class = "part", h.p { "The studio has no page \"", name, "\"." } })
    end
    return answer_page(for_page(ctx), request, found, page)
  end)
  if ok then return false, status, kind, text end
  local err = status
  if not page then
    local made, other = pcall(new_page, ctx, request, name)
    page = made and other or fallback_page(ctx, request, name)
  end
  return type(err) == "table" and err.kind == "connect", answer_error(request, page, err)
end

return router
