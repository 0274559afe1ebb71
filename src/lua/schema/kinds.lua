-- kinds.lua: the kinds of objects that a schema has, from the files in kinds/.
--
-- A kind is a table:
--   kind      its name, in the words of PostgreSQL's commands: "MATERIALIZED VIEW"
--   rank      where its objects stand among those that do not depend on each other
--   query     a row for each object: _address, name, further fields (snapshot.lua)
--   report_only  true: no statement is written; differences are reported (warnings/notes.lua); only kind, rank, query are needed
--   finish    function(snapshot): completes the objects once their dependencies are known; optional
--   superuser true, or function(o) → true: only a superuser can create and alter it, and none of these statements calls
--             a function of the database; optional
--   acl       the letter of its privileges in acldefault() of PostgreSQL; c: a column; default: it has none
--   phrase    function(o) → how commands name it: "INDEX public.users_email"; default: kind and name
--   create    function(o, parts, carries) → statements.  `parts`: the objects that are written inside this CREATE.
--             `carries`: true if other changes happen with this one and have no statements
--   drop      function(o, partly, drops) → statements; default: DROP and phrase; false: there is no such statement.
--             `partly`: what came from it in child tables stays
--   goes_with function(o, drops) → the object of these with which it goes, without a statement.  Default: its owners
--   takes     function(o, drops) → an object that must be made again when this one is dropped; optional
--   takes_when_new  function(o, from) → an object of `from` that must be made again when this one is made; optional
--   loses     function(o, drops) → are data lost when it is dropped?  Optional
--   alter     { field = function(new, old, field, context) → statements }; another field that differs means: drop and
--             create
--   can_alter function(new, old, version) → can ALTER lead from one to the other?  Optional
--   first     fields that are altered before the others, in this order; optional
--   later     fields that CREATE cannot express, and that are altered after it; optional
--   disturbs  { field = function(dependent, new, old) → must it be made again when the field is altered? }
--   instead   function(o) → the object that must be made again where this one would have to; optional
--   aside     function(o) → statements by which it takes another name, and the one that drops it then: for an object
--             whose values tables hold; optional
--   follows   function(o) → the fields that are altered when a type that it holds values of is made again; nil: it is
--             made again, too; optional
--   early     function(fields) → must a change of these be committed before others?  Then also
--             must_commit(change, steps) → do these (difference.lua) use it?  Optional
--   prelude   function(o) → a statement that stands at the head of the migration if the object is made; optional
--   mentions  function(o) → a string that names objects which pg_depend does not know of; optional
--   edges     function(change, graph) → pairs of changes, of which the first comes before the second; optional
--   joined    function(o) → the object in whose CREATE it always stands; optional
--   hosted    function(o) → the objects in whose CREATE it can stand; optional
--   keys      function(o) → the keys of an index, or of the index of a constraint; optional
--   inherits  function(o, parent) → the id of the part of a parent table from which it comes; with it go
--             implied(o, part, creates) → does it come and go with that?  and cascades = { field = function(part) →
--             does ALTER of the part alter it, too? }
--   at_creation  of a link between tables: true if CREATE TABLE can make it
--   certain   a field that each object has, and that PostgreSQL gives as NULL if the object was just dropped; optional
--   expressions  the fields in which PostgreSQL prints expressions; optional
--   does      { create = function(o, parts), drop = function(o, drops), alter = { [field] = function(new, old) } } → the key
--             in facts/statements.lua of what the last statement does to a table in use, and the name of that table if
--             it is not the object's own.  A string stands for a function that returns it.  Optional
--   online    { create, drop = function(o), alter = { field = function(new, old) } } → statements that do not block a
--             table in use, or nil; optional
--   without_name, last_name  function(o) → a text that objects share which differ in their name alone, and that name
--             as ALTER ... RENAME TO takes it; optional
--   names     function(o) → what no other object may have at the same time: { "relation public.users" }
--   depends   function(o, snapshot) → further objects that it needs; optional

local core = ...

local kinds = { list = {}, by_name = {} }

for _, file in ipairs(core.built_in "schema/kinds") do
  local kind = core.require("schema.kinds." .. file)
  kinds.list[#kinds.list + 1] = kind
  kinds.by_name[kind.kind] = kind
end

table.sort(kinds.list, function(a, b) return a.rank < b.rank end)

return kinds
