-- kinds.lua: the kinds of objects that a schema has, from the files in kinds/.
--
-- A kind is a table:
--   kind      its name, in the words of PostgreSQL's commands: "MATERIALIZED VIEW"
--   rank      the order of objects that do not depend on each other
--   query     a row for each object: _address, name, further fields (snapshot.lua).  Without it, `complete` reads the objects
--   found_in  what sql/present.lua finds in a database that has such an object, separated by commas: "pg_class v"; the query is
--             sent only if it finds one of them.  Without it, the query is always sent
--   report_only  true: moonbird writes no statement, and only reports differences (warnings/notes.lua); then only kind, rank
--             and query are needed
--   complete  function(db, snapshot): reads what the query cannot; optional
--   secret    { field = a field that may hold a secret, which is not printed, words = what it is, stand_in = function(o) → a value
--             for a copy of the schema }.  If a snapshot hides the field, objects have _hidden; _secret tells whether they
--             differ.  Optional
--   finish    function(snapshot): completes the objects once their dependencies are known; optional
--   superuser true, or function(o) → true: only a superuser can create and alter it, and none of these statements calls
--             a function of the database; optional
--   acl       the letter of its privileges in acldefault() of PostgreSQL; c: a column; default: it has none
--   no_default_privileges  true: ALTER DEFAULT PRIVILEGES has no effect on a new one; optional
--   phrase    function(o) → how commands name it: "INDEX public.users_email"; default: kind and name
--   create    function(o, parts, carries, context) → statements.  `parts`: the objects that are written inside this CREATE.
--             `carries`: true if other changes happen with this one, without statements
--   drop      function(o, partly, drops) → statements; default: DROP and phrase; false: there is no such statement.
--             `partly`: the parts of child tables that were inherited from it stay
--   goes_with function(o, drops) → the dropped object whose DROP also drops it.  Default: the object that owns it
--   takes     function(o, drops, { from, to }) → a list of objects that must be created again when this one is dropped; optional
--   takes_when_new  function(o, from) → an object of `from` that must be created again when this one is created; optional
--   releases  function(old, fields, new) → objects that must be created again when these fields are altered; optional
--   loses     function(o, drops) → does its DROP lose data?  Optional
--   alter     { field = function(new, old, field, context) → statements }; if another field differs, the object is
--             dropped and created again
--   can_alter function(new, old, version) → can ALTER lead from one to the other?  Optional
--   first     fields that are altered before the others, in this order; optional
--   unknown   function(field, old, new) → is the field unknown in one of the two, so that it does not count?  Optional
--   later     fields that CREATE cannot express, and that are altered after it; optional
--   disturbs  { field = function(dependent, new, old) → must the dependent be created again when the field is altered? }
--   instead   function(o, to) → an object that is created again in place of this one; optional
--   aside     function(o) → statements that give it another name, and the statement that drops it later: for an object
--             whose values tables store; optional
--   follows   function(o) → the fields that are altered when a type whose values it stores is created again; nil: it is
--             created again, too; optional
--   early     function(fields) → must a change of these be committed before others?  Then also
--             must_commit(change, steps) → do the other steps (changes.lua) need the change committed?  Optional
--   setting   function(o) → "NAME = VALUE": a setting that must be in effect while the object is created; optional
--   mentions  function(o) → a string that can name objects, which pg_depend does not record; optional
--   edges     function(change, graph) → pairs of changes; the first comes before the second; optional
--   joined    function(o) → the object whose CREATE always includes it; optional
--   hosted    function(o) → the objects whose CREATE can include it; optional
--   keys      function(o) → the keys of an index, or of the index of a constraint; optional
--   inherits  function(o, parent) → the id of the part of a parent table from which it is inherited.  Then also
--             implied(o, part, creates) → is it created and dropped with that part?  and cascades = { field =
--             function(part) → does ALTER of the part alter it, too? }, and optionally reaches(o) → is it created only if
--             the table of the part already has this child?
--   moved     function(fields, old, new): adds the fields that also differ if the table loses or gets a parent; optional
--   unlinked  function(o, child) → has it nothing to do with the link between a child and its parent?  Optional
--   at_creation  for a link between tables: true if CREATE TABLE can create it
--   certain   a field that each object has, and that PostgreSQL gives as NULL if the object was just dropped; optional
--   expressions  the fields in which PostgreSQL prints expressions, or function(o) → these; optional
--   does      { create = function(o, parts), drop = function(o, drops), alter = { [field] = function(new, old) } } → the key
--             in facts/statements.lua of the effect of the statement with main = true, or the last, on a table in use, and the name of that
--             table if the object belongs to another one.  A string has the effect of a function that returns it.  Optional
--   online    { create, drop = function(o), alter = { field = function(new, old) } } → statements that do not block a
--             table in use, or nil; optional
--   without_name, last_name  function(o) → a string that is equal for objects that differ only in their names; the name
--             for ALTER ... RENAME TO; optional
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
