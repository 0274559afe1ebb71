-- pending.lua: which migrations a page about pending ones is about.

local pending = {}

-- The plan of all pending migrations ("1"), or of those up to one, STREAM/NAME.
function pending.plan(ctx, wanted)
  local stream, name = wanted:match "^(%a+)/(.+)$"
  if stream == "manual" then return ctx.project:plan { stream = "manual", names = { name } } end
  return ctx.project:plan { direction = "up", to = name }
end

-- The paths of their files: { [path] = true }.
function pending.files(ctx, wanted)
  local planned, files = {}, {}
  for _, step in ipairs(pending.plan(ctx, wanted).steps) do planned[step.stream .. "/" .. step.name] = true end
  for migration in ctx.project:migrations() do
    if planned[migration.stream .. "/" .. migration.name] then files[migration.path] = true end
  end
  return files
end

return pending
