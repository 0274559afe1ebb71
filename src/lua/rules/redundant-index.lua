-- How an index sorts by its columns: one word for each.  nil if it has expressions, a condition, or is not a B-tree.
local function words(index)
  if index.where or index.method and index.method ~= "btree" then return nil end
  local list, elements = {}, index.definition.indexParams
  for i, column in ipairs(index.columns) do
    if not column then return nil end
    local element = elements and elements[i] or {}
    local function plain(value, usual) return value == usual and "" or value or "" end
    list[i] = table.concat({ column, plain(element.ordering, "SORTBY_DEFAULT"), plain(element.nulls_ordering, "SORTBY_NULLS_DEFAULT"),
                             table.concat(element.opclass or {}, "."),
                             element.collation and table.concat(element.collation.collname, ".") or "" }, " ")
  end
  return list
end

-- Can each search that uses the index `narrow` use `wide`, too?
local function covers(wide, narrow)
  local more, fewer = words(wide), words(narrow)
  if wide == narrow or narrow.unique or not more or not fewer or #fewer > #more or #fewer == 0 then return false end
  if narrow.definition.indexIncludingParams then return false end
  for i, word in ipairs(fewer) do
    if more[i] ~= word then return false end
  end
  return true
end

return {
  id       = "redundant-index",
  aliases  = { "Y14" },
  group    = "type",
  severity = "note",
  summary  = "another index begins with the same columns",
  why      = [[
A search by the columns of the shorter index can use the longer one. Each INSERT, and most UPDATEs, write to both, and
both take space in memory. The shorter one is faster only if the longer one is much larger.]],
  fix      = "Keep the longer index, and drop the shorter one with DROP INDEX CONCURRENTLY.",

  conclude = function(ctx)
    for index, of in ctx.tables:from(ctx.migration, "indexes") do
      local at, is_later = index.definition.relation or index.definition, true
      for _, other in ipairs(of.indexes) do
        if other == index then is_later = false end
        if covers(other, index) and (is_later or not covers(index, other)) then
          ctx:report { statement = index.statement, at = at,
                       message = ("%s is redundant: %s begins with the same columns"):format(index.name, other.name) }
        elseif covers(index, other) and other.migration ~= index.migration and is_later then
          ctx:report { statement = index.statement, at = at,
                       message = ("%s makes %s redundant, which begins with the same columns"):format(index.name, other.name) }
        end
      end
    end
  end,

  bad = {
    "CREATE TABLE t (a int, b int); CREATE INDEX t_a ON t (a); CREATE INDEX t_ab ON t (a, b);",
    "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b)); CREATE INDEX t_a ON t (a);",
    "CREATE TABLE t (a int UNIQUE); CREATE INDEX t_a ON t (a);",
    "CREATE INDEX CONCURRENTLY t_a ON t (a); CREATE INDEX CONCURRENTLY t_a2 ON t (a);",
  },
  good = {
    "CREATE TABLE t (a int, b int); CREATE INDEX t_a ON t (a); CREATE INDEX t_ba ON t (b, a);",
    "CREATE TABLE t (a int, b int); CREATE UNIQUE INDEX t_a ON t (a); CREATE INDEX t_ab ON t (a, b);",
    "CREATE TABLE t (a int, b int); CREATE INDEX t_a ON t (a); CREATE INDEX t_ab ON t (a, b) WHERE b > 0;",
    "CREATE TABLE t (a text, b int); CREATE INDEX t_a ON t (a); CREATE INDEX t_ab ON t (a text_pattern_ops, b);",
    "CREATE TABLE t (a int, b int); CREATE INDEX t_a ON t (a); DROP INDEX t_a; CREATE INDEX t_ab ON t (a, b);",
  },
}
