/* backups.c -- ctx.project's backups: made, listed, restored, pruned. */
#include "binding/project/request.h"
#include "binding/project/methods.h"
#include "binding/project/run_output.h"
#include "binding/command/session.h"
#include "binding/value/field.h"
#include "database.h"

#include "moonbird/policy/backup.h"

#include <string.h>
#include <time.h>

#define BACKUP "moonbird.backup"
#define FILES "moonbird.backups"
#define RESTORED "moonbird.restored"

static int free_backup(lua_State *L)
{
    mb_backup_free(lua_touserdata(L, 1));
    return 0;
}

static int free_files(lua_State *L)
{
    mb_backup_files_free(lua_touserdata(L, 1));
    return 0;
}

static int free_restored(lua_State *L)
{
    mb_restored_free(lua_touserdata(L, 1));
    return 0;
}

/* project:backup() -> { path, bytes, duration_ms, recorded } */
static int project_backup(lua_State *L)
{
    mb_project *project = mb_session_project(L, 1);
    mb_backup *backup = mb_lua_new_zeroed(L, sizeof *backup, BACKUP);
    mb_report report;
    mb_error err;
    bool ok;

    mb_session_check_may_change(L, 1);
    mb_session_check_idle(L, 1);
    mb_report_begin(&report, false);
    ok = mb_project_backup(backup, project, &report.reporter, &err);
    mb_report_end(&report);
    if (!ok)
        return mb_lua_raise(L, &err);
    lua_createtable(L, 0, 4);
    mb_field_text(L, "path", backup->path);
    mb_field_count(L, "bytes", (size_t)backup->bytes);
    mb_field_ms(L, "duration_ms", backup->duration_us);
    mb_field_flag(L, "recorded", backup->recorded);
    return 1;
}

/* ---- the folder ---- */

static mb_backup_files *push_files(lua_State *L)
{
    const mb_session *s = mb_session_check(L, 1);
    mb_backup_files *files = mb_lua_new_zeroed(L, sizeof *files, FILES);
    mb_error err;

    if (!mb_backups_list(files, &s->settings, &err))
        mb_lua_raise_plain(L, &err);
    return files;
}

static void push_file(lua_State *L, const mb_backup_file *file)
{
    const time_t made = (time_t)file->made;
    char text[32] = "";
    struct tm utc;

    if (gmtime_r(&made, &utc))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    lua_createtable(L, 0, 5);
    mb_field_text(L, "name", file->name);
    mb_field_text(L, "path", file->path);
    mb_field_text(L, "database", file->database);
    mb_field_text(L, "made_at", text);
    mb_field_count(L, "bytes", (size_t)file->bytes);
}

/*
 * project:backups() -> { folder, backups = { { name, path, database, made_at, bytes }... } }, the
 * newest first; `database` is null for files that moonbird did not make
 */
static int project_backups(lua_State *L)
{
    const mb_backup_files *files = push_files(L);

    lua_createtable(L, 0, 2);
    mb_field_text(L, "folder", files->folder);
    mb_array_push(L);
    for (size_t i = 0; i < files->n; i++) {
        push_file(L, &files->items[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "backups");
    return 1;
}

/* Is the name in the list at the index 3?  Without a list no file is. */
static bool is_wanted(lua_State *L, const char *name)
{
    bool found = false;

    for (lua_Integer i = 1; !found && lua_istable(L, 3) && i <= luaL_len(L, 3); i++) {
        lua_geti(L, 3, i);
        found = lua_isstring(L, -1) && strcmp(lua_tostring(L, -1), name) == 0;
        lua_pop(L, 1);
    }
    return found;
}

/* Deletes the file if it is wanted, and appends it to the array on top. */
static void prune(lua_State *L, const mb_backup_file *file)
{
    mb_error err;

    if (file->kept || (lua_istable(L, 3) && !is_wanted(L, file->name)))
        return;
    if (lua_istable(L, 3) && !mb_backup_delete(file, &err))
        mb_lua_raise_plain(L, &err);
    push_file(L, file);
    mb_array_append(L);
}

/*
 * project:prune_backups(keep [, names]) -> { kept, deleted }: `keep` as "7d, 4w", nil: as in the
 * configuration.  Without names nothing is deleted: `deleted` lists the backups that would be.
 * Otherwise it deletes the backups of these names that need not be kept.
 */
static int project_prune(lua_State *L)
{
    const mb_session *s = mb_session_check(L, 1);
    const char *rule = luaL_optstring(L, 2, s->settings.keep);
    mb_backup_files *files;
    mb_retention keep;
    size_t kept = 0;
    mb_error err;

    lua_settop(L, 3);
    mb_session_check_may_change(L, 1);
    if (!rule) {
        mb_fail(&err, MB_ERR_USAGE, "no rule says which backups to keep");
        mb_fail_hint(&err, "Use --keep \"7d, 4w\", or set keep = \"7d, 4w\" in moonbird.lua: one a "
                           "day for 7 days, and one a week for 4 weeks.");
        return mb_lua_raise_plain(L, &err);
    }
    if (!mb_retention_read(&keep, rule, &err))
        return mb_lua_raise_plain(L, &err);
    files = push_files(L);
    mb_backups_choose(files, &keep);
    lua_createtable(L, 0, 2);
    mb_array_push(L);
    for (size_t i = 0; i < files->n; i++) {
        kept += files->items[i].kept;
        prune(L, &files->items[i]);
    }
    lua_setfield(L, -2, "deleted");
    mb_field_count(L, "kept", kept);
    return 1;
}

/* ---- restoring ---- */

static bool flag(lua_State *L, const char *key)
{
    bool set;

    mb_field_get(L, 2, key);
    set = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return set;
}

/*
 * project:restore_backup({ file, name, database, overwrite, force, no_owner, dry_run }) -> { path,
 * archive = { database, made, server, entries }, before, duration_ms }; `before` is the database as
 * it was, as from project:database
 */
static int project_restore(lua_State *L)
{
    static const char *const known[] = {"file",  "name",     "database", "overwrite",
                                        "force", "no_owner", "dry_run",  NULL};
    mb_report report;
    mb_database_at at = mb_database_at_of(L, 1, "backup restore");
    mb_restored *out = mb_lua_new_zeroed(L, sizeof *out, RESTORED);
    mb_restore_request request;
    mb_error err;
    bool ok;

    mb_session_check_may_change(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    mb_field_check_names(L, 2, "field", known);
    request = (mb_restore_request){
        .file = mb_request_text(L, 2, "file"),
        .name = mb_request_text(L, 2, "name"),
        .overwrite = flag(L, "overwrite"),
        .force = flag(L, "force"),
        .no_owner = flag(L, "no_owner"),
        .look = flag(L, "dry_run"),
    };
    at.name = mb_request_text(L, 2, "database");
    if (!request.file || !at.name)
        return mb_lua_fail(L, MB_ERR_USAGE, "name the file and the database");
    mb_report_begin(&report, false);
    at.reporter = &report.reporter;
    ok = mb_database_restore(out, &at, &request, &err);
    mb_report_end(&report);
    if (!ok)
        return mb_lua_raise_plain(L, &err);
    lua_createtable(L, 0, 4);
    mb_field_text(L, "path", out->path);
    mb_field_ms(L, "duration_ms", out->duration_us);
    mb_database_push(L, &out->before);
    lua_setfield(L, -2, "before");
    lua_createtable(L, 0, 4);
    mb_field_text(L, "database", out->archive.database);
    mb_field_text(L, "made", out->archive.made);
    mb_field_text(L, "server", out->archive.server);
    mb_field_count(L, "entries", out->archive.entries);
    lua_setfield(L, -2, "archive");
    return 1;
}

const luaL_Reg mb_backups_methods[] = {
    {"backup", project_backup},
    {"backups", project_backups},
    {"prune_backups", project_prune},
    {"restore_backup", project_restore},
    {NULL, NULL},
};

void mb_open_backups(lua_State *L)
{
    static const luaL_Reg backup[] = {{"__gc", free_backup}, {NULL, NULL}};
    static const luaL_Reg files[] = {{"__gc", free_files}, {NULL, NULL}};
    static const luaL_Reg restored[] = {{"__gc", free_restored}, {NULL, NULL}};

    mb_lua_new_class(L, BACKUP, backup);
    mb_lua_new_class(L, FILES, files);
    mb_lua_new_class(L, RESTORED, restored);
}
