local config = [[
-- Everything is optional. Commented lines show the defaults. Hooks, checks and lint rules go into scripts/hooks,
-- scripts/checks and scripts/rules: see "moonbird help configuration".
return {
  -- migrations = "migrations",
  -- manual = "migrations-manual",
  -- backups = ".moonbird/backups",
  -- keep = "7d, 4w",         -- no default: what "moonbird backup prune" keeps
  -- history_schema = "moonbird",
  -- lock_timeout = "5s",
  -- statement_timeout = 0,
  -- transaction_timeout = 0,
  -- retries = 5,
  -- pipeline = true,         -- send small migrations together
  -- out_of_order = "warn",   -- or "allow", "refuse"
  -- changed = "refuse",      -- or "warn"
  environments = {
    -- Examples. "moonbird help environments" explains them.
    -- staging = { url = env "STAGING_URL" },   -- without url: DATABASE_STAGING_URL
    -- production = {                           -- applies to its database, by whatever URL you connect
    --   protected = true,                      -- requires --yes, or its name typed at a terminal
    --   promote_from = "staging",              -- runs only what ran there with the same contents
    --   window = "Sun 02:00-04:00 UTC",
    --   backup = "manual",                     -- pg_dump before manual migrations; or "always"
    -- },
  },
}
]]

-- Beside drizzle-kit, its folder of migrations, and the text of the configuration that names it.
local function beside_drizzle(ctx)
  local drizzle = ctx.project:drizzle_config()
  if not drizzle then return "migrations", config end
  local folder = (drizzle.out or "drizzle"):gsub("^%./", ""):gsub("/+$", "")
  if not folder:find "^[%w_][%w_./-]*$" or folder:find("..", 1, true) then return "migrations", config end
  return folder, (config:gsub('%-%- (migrations = )"migrations",', function(key)
    return ("%s%q, -- of %s"):format(key, folder, drizzle.file)
  end):gsub('%-%- (manual = )', "%1"))
end

local ignored = { "/.moonbird/", "/.env" }

return {
  name    = "init",
  summary = "set up a new project in this folder",
  chapter = "configuration",
  needs   = { project = true, anywhere = true },

  run = function(ctx)
    local made, kept, added = moonbird.json.array(), moonbird.json.array(), moonbird.json.array()
    local function create(path, text)
      local list = ctx.project:create(path, text) and made or kept
      list[#list + 1] = text and path or path .. "/"
    end
    local folder, text = beside_drizzle(ctx)
    create(ctx.config.migrations or folder)
    create(ctx.config.manual or "migrations-manual")
    create "scripts/commands"
    create "scripts/lib"
    if pcall(moonbird.read, "scripts/moonbird.lua") then
      kept[#kept + 1] = "scripts/moonbird.lua"
    else
      create("moonbird.lua", text)
    end
    create(".gitignore", table.concat(ignored, "\n") .. "\n")
    if ctx.project:append(".gitignore", ignored) > 0 then
      kept[#kept] = nil
      added[1] = ".gitignore"
    end
    if ctx.out:result { made = made, kept = kept, changed = added } then return end
    for _, path in ipairs(made) do ctx.out:line("made     %s", path) end
    for _, path in ipairs(kept) do ctx.out:line("kept     %s", path) end
    for _, path in ipairs(added) do ctx.out:line("changed  %s: added what git should ignore", path) end
  end,
}
