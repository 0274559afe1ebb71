-- place.lua: where a command runs: the project's folder, the user's folder, and paths from one to the other.

local core = ...

-- `root` is the project's folder, and `folder` the user's folder relative to it.  Both are nil in the project's
-- own folder, and with -C, which names that folder.  `refused` is the reason why the surrounding project may not
-- be used.
local place = {}

-- Changes to the folder of the project that this folder is inside of.
function place.enter_project()
  local ok, root, folder = pcall(core.find_root)
  if not ok then place.refused = root end
  if not ok or not root then return end
  place.root, place.folder = root, folder
  core.enter(root)
end

-- Changes back to the user's folder, for -C and for a command that can run anywhere.
function place.leave_project()
  if place.folder then core.enter(place.folder) end
  place.root, place.folder, place.refused = nil, nil, nil
end

-- Refuses a folder of migrations that the surrounding project does not use: it may belong to another project.
function place.check(config)
  for _, name in ipairs { "migrations", "migrations-manual" } do
    local own = place.folder and place.folder .. "/" .. name
    if own and core.same_folder(own, own) and not core.same_folder(own, config.migrations or "migrations")
       and not core.same_folder(own, config.manual or "migrations-manual") then
      core.fail("usage", ('this folder is inside the project "%s", which does not use the folder "%s"'):format(place.root, own),
                ("For that project: moonbird -C %s. To make this folder a separate project: moonbird init."):format(place.root))
    end
  end
end

-- The path of a project file, relative to the user's folder.
function place.path(path) return place.folder and core.path_to(place.folder, path) or path end

-- Paths of the command line are relative to the user's folder.
function place.take_paths(command, specs, opts)
  if not place.folder then return end
  local placed
  function placed(path)
    if type(path) ~= "table" then return path:find "^fd:%d+$" and path or core.path_from(place.folder, path) end
    local paths = {}
    for i, each in ipairs(path) do paths[i] = placed(each) end
    return paths
  end
  for key, spec in pairs(specs) do
    if spec.file and opts[key] then opts[key] = placed(opts[key]) end
  end
  for _, arg in ipairs(command.args or {}) do
    if arg.file and opts[arg.name] then opts[arg.name] = placed(opts[arg.name]) end
  end
end

return place
