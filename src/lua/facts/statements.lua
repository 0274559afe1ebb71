-- statements.lua: what each form of a DDL statement locks, rewrites, reads and loses.
--
-- A key names what a parse tree knows: the node without "Stmt", its subtype without "AT_" or the type of its object,
-- and then, in lower case, what else decides: AlterTableStmt with AT_AddColumn whose default is volatile is
-- "AlterTable.AddColumn.volatile_default".
--
-- A fact:
--   lock      the mode on the relation that the statement names, until the end of the transaction; nil: none
--   others    the modes on further relations: { referenced = …, index = … }
--   rewrites  true: the relation gets a new file, with all of its rows
--   scans     true: reads all rows. Of a domain: all rows of the tables that use it. Of a materialized view: all rows of
--             the tables in its query
--   loses     "rows", "values" or "position": what is deleted
--   beyond    true: the position is only lost if it is beyond new bounds
--   breaks    true: what uses the old name fails
--   alone     true: cannot run in a transaction block.  Then the lock is taken in short transactions
--   since     the first version of PostgreSQL that has the form
--   [14] = {…}  the fields that are different since that version
--
-- Sources: the page of each command in PostgreSQL's manual, "Explicit Locking" there, and for subtypes of ALTER TABLE
-- AlterTableGetLockLevel and ATController of src/backend/commands/tablecmds.c.  tests/schema/facts runs each form on a
-- server and compares.

local AS, RS, RE, SUE, S, SRE, E, AE =
  "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE",
  "ACCESS EXCLUSIVE"

local statements = {}

statements.all = {
  -- ALTER TABLE: columns.  "ALTER TABLE", section Notes: a volatile default, a stored generated column, an identity
  -- column or a domain with constraints rewrites the table; a constant default does not.
  ["AlterTable.AddColumn"]                          = { lock = AE },
  ["AlterTable.AddColumn.volatile_default"]         = { lock = AE, rewrites = true, scans = true },
  ["AlterTable.AddColumn.stored"]                   = { lock = AE, rewrites = true, scans = true },
  ["AlterTable.AddColumn.virtual"]                  = { lock = AE, since = 18 },
  ["AlterTable.AddColumn.identity"]                 = { lock = AE, rewrites = true, scans = true },
  ["AlterTable.AddColumn.domain_with_constraint"]   = { lock = AE, rewrites = true, scans = true },
  ["AlterTable.AddColumn.references"]               = { lock = AE, others = { referenced = SRE } },
  ["AlterTable.AddColumn.unique"]                   = { lock = AE, scans = true },
  ["AlterTable.AddColumn.check"]                    = { lock = AE, scans = true },
  ["AlterTable.DropColumn"]                         = { lock = AE, loses = "values" },
  ["AlterTable.ColumnDefault"]                      = { lock = AE },
  ["AlterTable.DropNotNull"]                        = { lock = AE },
  -- "if a valid CHECK constraint is found which proves no NULL can exist, then the table scan is skipped"
  ["AlterTable.SetNotNull"]                         = { lock = AE, scans = true },
  ["AlterTable.SetNotNull.proved"]                  = { lock = AE },
  ["AlterTable.SetExpression"]                      = { lock = AE, rewrites = true, scans = true, since = 17 },
  ["AlterTable.SetExpression.virtual"]              = { lock = AE, since = 18 },
  ["AlterTable.DropExpression"]                     = { lock = AE },
  ["AlterTable.AddIdentity"]                        = { lock = AE },
  ["AlterTable.SetIdentity"]                        = { lock = AE, others = { sequence = SRE } },
  ["AlterTable.DropIdentity"]                       = { lock = AE, others = { sequence = AE } },
  ["AlterTable.SetStatistics"]                      = { lock = SUE },
  ["AlterTable.SetOptions"]                         = { lock = SUE },
  ["AlterTable.ResetOptions"]                       = { lock = SUE },
  ["AlterTable.SetStorage"]                         = { lock = AE },
  ["AlterTable.SetCompression"]                     = { lock = AE, since = 14 },
  ["AlterTable.AlterColumnType"]                    = { lock = AE, rewrites = true, scans = true },
  -- A cast without a function, or a length that the old values have already: tablecmds.c, ATColumnChangeRequiresRewrite.
  ["AlterTable.AlterColumnType.binary_coercible"]   = { lock = AE },
  ["AlterTable.AlterColumnType.wider"]              = { lock = AE },
  -- An index on the column is built again.
  ["AlterTable.AlterColumnType.collation"]          = { lock = AE },
  ["AlterTable.AlterColumnType.collation_indexed"]  = { lock = AE, scans = true },

  -- ALTER TABLE: constraints.
  ["AlterTable.AddConstraint.check"]                = { lock = AE, scans = true },
  ["AlterTable.AddConstraint.check.not_valid"]      = { lock = AE },
  ["AlterTable.AddConstraint.foreign"]              = { lock = SRE, scans = true, others = { referenced = SRE } },
  ["AlterTable.AddConstraint.foreign.not_valid"]    = { lock = SRE, others = { referenced = SRE } },
  ["AlterTable.AddConstraint.unique"]               = { lock = AE, scans = true },
  ["AlterTable.AddConstraint.primary"]              = { lock = AE, scans = true },
  ["AlterTable.AddConstraint.exclusion"]            = { lock = AE, scans = true },
  ["AlterTable.AddConstraint.unique.using_index"]   = { lock = AE },
  -- The columns become NOT NULL. PostgreSQL reads the table for this, unless they are NOT NULL already.
  ["AlterTable.AddConstraint.primary.using_index"]  = { lock = AE, scans = true },
  ["AlterTable.AddConstraint.primary.using_index.not_null"] = { lock = AE },
  ["AlterTable.AddConstraint.not_null"]             = { lock = AE, scans = true, since = 18 },
  ["AlterTable.AddConstraint.not_null.not_valid"]   = { lock = AE, since = 18 },
  ["AlterTable.ValidateConstraint.check"]           = { lock = SUE, scans = true },
  ["AlterTable.ValidateConstraint.foreign"]         = { lock = SUE, scans = true, others = { referenced = RS } },
  ["AlterTable.ValidateConstraint.not_null"]        = { lock = SUE, scans = true, since = 18 },
  ["AlterTable.AlterConstraint"]                    = { lock = AE },
  ["AlterTable.DropConstraint"]                     = { lock = AE },
  ["AlterTable.DropConstraint.foreign"]             = { lock = AE, others = { referenced = AE } },

  -- ALTER TABLE: the table as a whole.
  ["AlterTable.ChangeOwner"]                        = { lock = AE },
  ["AlterTable.ClusterOn"]                          = { lock = SUE },
  ["AlterTable.DropCluster"]                        = { lock = SUE },
  ["AlterTable.SetLogged"]                          = { lock = AE, rewrites = true, scans = true },
  -- "the data in an unlogged table is not crash-safe": page of CREATE TABLE.
  ["AlterTable.SetUnLogged"]                        = { lock = AE, rewrites = true, scans = true },
  ["AlterTable.SetAccessMethod"]                    = { lock = AE, rewrites = true, scans = true, since = 15 },
  ["AlterTable.SetTableSpace"]                      = { lock = AE, rewrites = true },
  ["AlterTable.SetRelOptions"]                      = { lock = SUE },
  ["AlterTable.ResetRelOptions"]                    = { lock = SUE },
  ["AlterTable.EnableTrig"]                         = { lock = SRE },
  ["AlterTable.DisableTrig"]                        = { lock = SRE },
  ["AlterTable.EnableRule"]                         = { lock = AE },
  ["AlterTable.DisableRule"]                        = { lock = AE },
  ["AlterTable.AddInherit"]                         = { lock = AE, others = { parent = SUE } },
  ["AlterTable.DropInherit"]                        = { lock = AE, others = { parent = AS } },
  ["AlterTable.AddOf"]                              = { lock = AE },
  ["AlterTable.DropOf"]                             = { lock = AE },
  ["AlterTable.ReplicaIdentity"]                    = { lock = AE },
  ["AlterTable.EnableRowSecurity"]                  = { lock = AE },
  ["AlterTable.DisableRowSecurity"]                 = { lock = AE },
  ["AlterTable.ForceRowSecurity"]                   = { lock = AE },
  ["AlterTable.NoForceRowSecurity"]                 = { lock = AE },
  -- The relation that the statement names is the partitioned table. PostgreSQL reads the partition and a default
  -- partition, unless a CHECK constraint implies the bound.
  ["AlterTable.AttachPartition"]                    = { lock = SUE, others = { partition = AE }, scans = true },
  ["AlterTable.AttachPartition.proved"]             = { lock = SUE, others = { partition = AE } },
  ["AlterTable.AttachPartition.default"]            = { lock = SUE, others = { partition = AE, default = AE }, scans = true },
  ["AlterTable.DetachPartition"]                    = { lock = AE, others = { partition = SUE },
                                                        [14] = { others = { partition = AE } } },
  ["AlterTable.DetachPartition.concurrent"]         = { lock = SUE, alone = true, since = 14 },

  -- Names and schemas.
  ["Rename.Table"]                                  = { lock = AE, breaks = true },
  ["Rename.Column"]                                 = { lock = AE, breaks = true },
  ["Rename.TabConstraint"]                          = { lock = AE },
  ["Rename.Index"]                                  = { lock = SUE },
  ["Rename.View"]                                   = { lock = AE, breaks = true },
  ["AlterObjectSchema.Table"]                       = { lock = AE, breaks = true },

  -- Indexes.
  ["Index"]                                         = { lock = S, scans = true },
  ["Index.concurrent"]                              = { lock = SUE, scans = true, alone = true },
  ["Drop.Index"]                                    = { lock = AE, others = { index = AE } },
  ["Drop.Index.concurrent"]                         = { lock = SUE, alone = true },
  ["AlterTable.Index.SetTableSpace"]                = { lock = AE, rewrites = true },
  ["AlterTable.Index.SetRelOptions"]                = { lock = SUE },
  ["AlterTable.Index.SetStatistics"]                = { lock = SUE },
  ["Reindex.Table"]                                 = { lock = S, scans = true, others = { index = AE } },
  ["Reindex.Index"]                                 = { lock = S, scans = true, others = { index = AE } },
  ["Reindex.Table.concurrent"]                      = { lock = SUE, scans = true, alone = true },

  -- Tables and their rows.
  ["Create.references"]                             = { others = { referenced = SRE } },
  ["Create.inherits"]                               = { others = { parent = SUE } },
  ["Create.partition_of"]                           = { others = { parent = AE } },
  ["Create.like"]                                   = { others = { source = AS } },
  ["Drop.Table"]                                    = { lock = AE, loses = "rows" },
  ["Drop.Table.references"]                         = { lock = AE, loses = "rows", others = { referenced = AE } },
  ["Drop.Table.partition"]                          = { lock = AE, loses = "rows", others = { parent = AE } },
  ["Truncate"]                                      = { lock = AE, rewrites = true, loses = "rows" },
  ["Cluster"]                                       = { lock = AE, rewrites = true, scans = true },
  ["Vacuum"]                                        = { lock = SUE, alone = true },
  ["Vacuum.full"]                                   = { lock = AE, rewrites = true, alone = true },
  ["Vacuum.analyze"]                                = { lock = SUE },
  ["Insert"]                                        = { lock = RE },
  ["Update"]                                        = { lock = RE, scans = true },
  ["Delete"]                                        = { lock = RE, scans = true, loses = "rows" },
  ["Select"]                                        = { lock = AS, scans = true },
  ["Select.for_update"]                             = { lock = RS, scans = true },
  ["Lock"]                                          = { lock = AE },

  -- Objects that belong to tables.
  ["CreateTrig"]                                    = { lock = SRE },
  ["Drop.Trigger"]                                  = { lock = AE },
  ["CreatePolicy"]                                  = { lock = AE },
  ["AlterPolicy"]                                   = { lock = AE },
  ["Drop.Policy"]                                   = { lock = AE },
  ["Rule"]                                          = { lock = AE },
  ["Drop.Rule"]                                     = { lock = AE },
  ["CreateStats"]                                   = { lock = SUE },
  ["Drop.StatisticExt"]                             = { lock = SUE },
  ["Comment.Table"]                                 = { lock = SUE },
  ["Comment.Column"]                                = { lock = SUE },
  ["Grant.Table"]                                   = { [18] = { lock = AS } },
  ["CreatePublication.Table"]                       = { lock = SUE },

  -- Views and sequences.
  ["View"]                                          = { others = { source = AS } },
  ["View.replace"]                                  = { lock = AE, others = { source = AS } },
  ["Drop.View"]                                     = { lock = AE },
  ["CreateTableAs.MatView"]                         = { scans = true, others = { source = AS } },
  ["RefreshMatView"]                                = { lock = AE, rewrites = true, scans = true, others = { source = AS } },
  ["RefreshMatView.concurrent"]                     = { lock = E, scans = true, others = { source = AS } },
  ["Drop.MatView"]                                  = { lock = AE },
  -- The new file has one row.
  ["AlterSeq"]                                      = { lock = SRE, rewrites = true },
  ["AlterSeq.narrower"]                             = { lock = SRE, rewrites = true, loses = "position", beyond = true },
  ["Drop.Sequence"]                                 = { lock = AE, loses = "position" },

  ["DropSubscription"]                              = { loses = "position" },

  -- Types.
  ["AlterEnum"]                                     = {},
  -- Tables with columns of the domain are read under SHARE.
  ["AlterDomain.AddConstraint"]                     = { lock = S, scans = true },
  ["AlterDomain.AddConstraint.not_valid"]           = {},
  ["AlterDomain.ValidateConstraint"]                = { lock = S, scans = true },
  ["AlterDomain.SetNotNull"]                        = { lock = S, scans = true },
  ["AlterDomain.DropNotNull"]                       = {},
  ["AlterDomain.DropConstraint"]                    = {},
  ["AlterDomain.ColumnDefault"]                     = {},
}

-- The fact for a key on a server of this version (150020), or nil if that has no such form.
function statements.of(key, version)
  local fact, major = statements.all[key], version // 10000
  if not fact or fact.since and fact.since > major then return nil end
  local merged = {}
  for field, value in pairs(fact) do
    if type(field) == "string" then merged[field] = value end
  end
  for since = 14, major do
    for field, value in pairs(fact[since] or {}) do merged[field] = value end
  end
  return merged
end

return statements
