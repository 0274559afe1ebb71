#include "moonbird/format/tool_table.h"

const mb_tool_table mb_tool_tables[] = {
    {.table = "__drizzle_migrations", .key = "name", .drizzle = true},
    {.table = "_prisma_migrations", .key = "migration_name",
     .columns = {"finished_at", "rolled_back_at"}, .applied = MB_APPLIED_FINISHED,
     .order = "started_at"},
    {.table = "flyway_schema_history", .key = "version", .columns = {"success", "type"},
     .applied = MB_APPLIED_FORWARD, .order = "installed_rank"},
    {.table = "goose_db_version", .key = "version_id", .columns = {"is_applied"},
     .applied = MB_APPLIED_TRUE, .order = "id"},
    /* golang-migrate */
    {.table = "schema_migrations", .key = "version", .columns = {"dirty"}, .up_to = true},
    /* dbmate, Rails, Supabase, Ecto */
    {.table = "schema_migrations", .key = "version"},
    {.table = "_sqlx_migrations", .key = "version", .columns = {"success"},
     .applied = MB_APPLIED_TRUE},
    {.table = "__diesel_schema_migrations", .key = "version"},
    {.table = "atlas_schema_revisions", .key = "version", .columns = {"applied", "total"},
     .applied = MB_APPLIED_WHOLE},
    {.table = "gorp_migrations", .key = "id"}, /* sql-migrate */
    {.table = "_yoyo_migration", .key = "migration_id"},
    {.table = "refinery_schema_history", .key = "version"},
    {.table = "pgmigrations", .key = "name"}, /* node-pg-migrate */
    {.table = "knex_migrations", .key = "name"},
    {.table = "SequelizeMeta", .key = "name"},
    {.table = "kysely_migration", .key = "name"},
    {.table = "phinxlog", .key = "version"},
    {.table = "__EFMigrationsHistory", .key = "MigrationId"}, /* Entity Framework */
    {.table = "bun_migrations", .key = "name"},
    {.table = "schemaversion", .key = "version", .columns = {"md5"}}, /* Postgrator */
    {.table = "changes", .schema = "sqitch", .key = "change"},
    {.table = "migrations", .schema = "graphile_migrate", .key = "filename"},
    /* TypeORM, Laravel, tern */
    {.table = "migrations", .all_columns = "id name timestamp", .key = "timestamp"},
    {.table = "migrations", .all_columns = "batch id migration", .key = "migration"},
    {.table = "schema_version", .all_columns = "version", .key = "version", .up_to = true},
    {.table = "alembic_version"},
    {.table = "databasechangelog"}, /* Liquibase */
    {.table = "django_migrations"},
    {.table = "doctrine_migration_versions"},
};

const size_t mb_tool_tables_n = sizeof mb_tool_tables / sizeof mb_tool_tables[0];
