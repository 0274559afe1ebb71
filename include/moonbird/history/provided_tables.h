/*
 * provided_tables.h -- two SQL conditions for the table `c` in the schema `n`: it came with an
 * extension or with the provider's services, so no project made it; and it can be the work of
 * migrations that ran as this session's role.
 *
 * Supabase's services keep their tables in schemas such as auth and storage, under roles of their
 * own. The role postgres is a member of these, so privileges do not tell (supabase/postgres,
 * 20220609081115_grant-supabase-auth-admin-and-supabase-storage-admin-to-postgres.sql). In public
 * they can own a project's tables.
 */
#ifndef MOONBIRD_HISTORY_PROVIDED_TABLES_H
#define MOONBIRD_HISTORY_PROVIDED_TABLES_H

#include "moonbird/pg/qualified.h"

#define MB_IS_MEMBER(catalog, oid)                                                                 \
    "EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid" MB_EQ oid " AND d.classid"          \
    MB_EQ "'pg_catalog." catalog "'::pg_catalog.regclass AND d.deptype" MB_EQ "'e')"

#define MB_IS_PROVIDED                                                                             \
    "(" MB_IS_MEMBER("pg_class", "c.oid") " OR " MB_IS_MEMBER("pg_namespace", "n.oid")             \
    " OR n.nspname" MB_NE "'public' AND pg_catalog.pg_get_userbyid(c.relowner)"                    \
    MB_OP("~") "'^supabase_')"

/*
 * The session's role may change `c`, or create tables beside it. A table that the role cannot
 * change says nothing about its migrations.
 */
#define MB_IS_IN_REACH                                                                             \
    "(pg_catalog.pg_has_role(c.relowner, 'MEMBER')"                                                \
    " OR pg_catalog.has_schema_privilege(n.oid, 'CREATE')"                                         \
    " OR pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))"

#endif
