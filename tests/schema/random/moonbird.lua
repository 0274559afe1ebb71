return {
  memory = "1GB",
  grants = { ["scripts/commands/pairs.lua"] = { "exec", "fs" }, ["scripts/lib/world.lua"] = { "fs" } },
}
