#include "moonbird/format/tool_table.h"

#include <string.h>

const mb_tool_table mb_tool_tables[] = {
    {.tools = "drizzle", .table = "__drizzle_migrations", .key = "name", .sum = "hash",
     .drizzle = true},
    {.tools = "prisma", .table = "_prisma_migrations", .key = "migration_name",
     .columns = {"finished_at", "rolled_back_at"}, .applied = MB_APPLIED_FINISHED,
     .order = "started_at", .time = "finished_at", .sum = "checksum"},
    {.tools = "flyway", .table = "flyway_schema_history", .key = "version",
     .columns = {"success", "type"}, .applied = MB_APPLIED_FORWARD, .order = "installed_rank",
     .time = "installed_on"},
    {.tools = "goose", .table = "goose_db_version", .key = "version_id",
     .columns = {"is_applied"}, .applied = MB_APPLIED_TRUE, .order = "id", .time = "tstamp"},
    {.tools = "golang-migrate", .table = "schema_migrations", .key = "version",
     .columns = {"dirty"}, .up_to = true},
    {.tools = "dbmate rails ecto supabase", .table = "schema_migrations", .key = "version"},
    {.tools = "sqlx", .table = "_sqlx_migrations", .key = "version", .columns = {"success"},
     .applied = MB_APPLIED_SUCCEEDED, .time = "installed_on"},
    {.tools = "diesel", .table = "__diesel_schema_migrations", .key = "version", .time = "run_on"},
    {.tools = "atlas", .table = "atlas_schema_revisions", .key = "version",
     .columns = {"applied", "total"}, .applied = MB_APPLIED_WHOLE, .time = "executed_at"},
    {.tools = "sql-migrate", .table = "gorp_migrations", .key = "id", .time = "applied_at"},
    {.tools = "yoyo", .table = "_yoyo_migration", .key = "migration_id"},
    {.tools = "refinery", .table = "refinery_schema_history", .key = "version"},
    {.tools = "node-pg-migrate", .table = "pgmigrations", .key = "name", .time = "run_on"},
    {.tools = "knex", .table = "knex_migrations", .key = "name", .time = "migration_time"},
    {.tools = "sequelize", .table = "SequelizeMeta", .key = "name"},
    {.tools = "kysely", .table = "kysely_migration", .key = "name"},
    {.tools = "phinx", .table = "phinxlog", .key = "version"},
    {.tools = "efcore", .table = "__EFMigrationsHistory", .key = "MigrationId"},
    {.tools = "bun", .table = "bun_migrations", .key = "name"},
    {.tools = "postgrator", .table = "schemaversion", .key = "version", .columns = {"md5"}},
    {.tools = "sqitch", .table = "changes", .schema = "sqitch", .key = "change",
     .time = "committed_at"},
    {.tools = "graphile-migrate", .table = "migrations", .schema = "graphile_migrate",
     .key = "filename", .time = "date"},
    {.tools = "typeorm", .table = "migrations", .all_columns = "id name timestamp",
     .key = "timestamp"},
    {.tools = "laravel", .table = "migrations", .all_columns = "batch id migration",
     .key = "migration"},
    {.tools = "tern", .table = "schema_version", .all_columns = "version", .key = "version",
     .up_to = true},
    {.tools = "alembic", .table = "alembic_version"},
    {.tools = "liquibase", .table = "databasechangelog"},
    {.tools = "django", .table = "django_migrations"},
    {.tools = "doctrine", .table = "doctrine_migration_versions"},
};

const size_t mb_tool_tables_n = sizeof mb_tool_tables / sizeof mb_tool_tables[0];

bool mb_tool_table_is_of(const mb_tool_table *table, const char *tool)
{
    size_t len = strlen(tool);

    for (const char *at = table->tools; (at = strstr(at, tool)); at += len)
        if (len && (at == table->tools || at[-1] == ' ') && (!at[len] || at[len] == ' '))
            return true;
    return false;
}
