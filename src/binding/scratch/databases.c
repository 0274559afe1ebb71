/* databases.c -- scratch databases for schemas, and where the schemas come from. */
#include "scratch.h"

#include "binding/command/session.h"
#include "binding/project/methods.h"
#include "binding/library/library.h"
#include "binding/value/field.h"

#include "moonbird/format/format.h"
#include "moonbird/os/file.h"
#include "moonbird/os/log.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"
#include "moonbird/policy/allow.h"
#include "moonbird/scratch/scratch.h"

#include <string.h>

#define NAMES "moonbird.names" /* of src/binding/command/scripts.c */

/* Messages of migrations and files while they make a scratch database do not matter to the user. */
static mb_level hush(void)
{
    mb_level level = mb_log_threshold();

    if (level != MB_LOG_DEBUG)
        mb_log_set_threshold(MB_LOG_ERROR);
    return level;
}

static bool run_files(lua_State *L, int files, mb_scratch *scratch, const char *conninfo,
                      mb_error *err)
{
    bool ok = true;

    for (lua_Integer i = 1; ok && lua_geti(L, files, i) != LUA_TNIL; i++) {
        ok = mb_scratch_load(scratch, conninfo, mb_lua_check_path(L, -1), err);
        lua_pop(L, 1);
    }
    return ok;
}

static bool replay(lua_State *L, int names, mb_scratch *scratch, const char *conninfo,
                   mb_error *err)
{
    size_t n = lua_rawlen(L, names);
    mb_replayed *applied = lua_newuserdatauv(L, (n + 1) * sizeof *applied, 0);
    mb_replay what;
    int args;

    if (mb_field_get(L, 2, "args") != LUA_TTABLE)
        lua_newtable(L);
    args = lua_gettop(L);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, names, (lua_Integer)i + 1);
        applied[i].name = luaL_checkstring(L, -1); /* the tables keep the strings alive */
        lua_getfield(L, args, applied[i].name);
        applied[i].args = lua_tostring(L, -1);
        lua_pop(L, 2);
    }
    mb_field_get(L, 2, "kept_first");
    what = (mb_replay){applied, n, lua_toboolean(L, -1)};
    return mb_scratch_replay(scratch, conninfo, &what, err);
}

/* Makes the database of trial:database.  Stack: trial options ... */
static bool make(lua_State *L, mb_scratch *scratch, char **conninfo, mb_error *err)
{
    bool migrated = (mb_field_get(L, 2, "migrations"), lua_toboolean(L, -1));
    const char *at = (mb_field_get(L, 2, "at"), lua_tostring(L, -1)), *before;
    mb_session *s = mb_trial_only_reads(L, 1, &before);
    bool ok = mb_scratch_make(conninfo, scratch, !migrated, at, err);

    if (ok && mb_field_get(L, 2, "applied") == LUA_TTABLE)
        ok = replay(L, lua_gettop(L), scratch, *conninfo, err);
    if (ok && mb_field_get(L, 2, "files") == LUA_TTABLE)
        ok = run_files(L, lua_gettop(L), scratch, *conninfo, err);
    s->env.only_reads = before;
    return ok;
}

/*
 * trial:database([options]) -> a db of a new database
 *
 * It is empty, or has what one of the options says: `migrations` (true): all of the auto stream,
 * or the part up to `at`; `applied`: the migrations of this list, STREAM/NAME, in its order,
 * with the values that the history keeps of them, which are in `args` by these names, as JSON,
 * and with `kept_first` come before those of project:trial;
 * `files`: these SQL files were run.
 */
int mb_trial_database(lua_State *L)
{
    mb_scratch **scratch = mb_lua_check_handle(L, 1, MB_META_TRIAL);
    mb_buf *conninfo;
    mb_level level;
    bool ok;
    mb_error err;

    luaL_argcheck(L, *scratch, 1, "it is closed");
    lua_settop(L, 2);
    if (lua_isnil(L, 2)) {
        lua_newtable(L);
        lua_replace(L, 2);
    }
    conninfo = mb_lua_new_buf(L);
    level = hush();
    ok = make(L, *scratch, &conninfo->data, &err);
    mb_log_set_threshold(level);
    if (!ok)
        return mb_lua_raise_plain(L, &err);
    mb_lua_push_own(L, conninfo->data, false);
    return 1;
}

/*
 * trial:confined(database, user) -> a db of a database of the trial, for statements that come from
 * another database; see mb_scratch_confine.  Only once, after all others are open.
 */
int mb_trial_confined(lua_State *L)
{
    mb_scratch **scratch = mb_lua_check_handle(L, 1, MB_META_TRIAL);
    const char *database = luaL_checkstring(L, 2), *user = luaL_checkstring(L, 3);
    mb_buf *conninfo = mb_lua_new_buf(L);
    mb_error err;

    luaL_argcheck(L, *scratch, 1, "it is closed");
    if (!mb_scratch_confine(&conninfo->data, *scratch, database, user, &err))
        return mb_lua_raise_plain(L, &err);
    mb_lua_push_own(L, conninfo->data, false);
    if (!mb_scratch_seal(*scratch, &err))
        return mb_lua_raise_plain(L, &err);
    return 1;
}

/* trial:lift(lifted): gives the rights of a superuser to confined roles, or takes them again */
int mb_trial_lift(lua_State *L)
{
    mb_scratch **scratch = mb_lua_check_handle(L, 1, MB_META_TRIAL);
    mb_error err;

    luaL_argcheck(L, *scratch, 1, "it is closed");
    if (!mb_scratch_lift(*scratch, lua_toboolean(L, 2), &err))
        return mb_lua_raise_plain(L, &err);
    return 0;
}

/*
 * project:sql_files(path) -> the paths of the SQL files in a folder, sorted; or the path of a file.
 * Raises an error for a folder that has other scripts or a subfolder.
 */
static int project_sql_files(lua_State *L)
{
    const char *path = mb_lua_check_path(L, 2);
    mb_names *names = mb_lua_new_zeroed(L, sizeof *names, NAMES);
    mb_names *folders = mb_lua_new_zeroed(L, sizeof *folders, NAMES);
    mb_error err;
    bool folder = mb_folder_exists(path);

    mb_session_check(L, 1);
    if (folder && !(mb_folder_read(names, folders, path, &err) &&
                    mb_format_check_schema(path, names, folders, &err)))
        return mb_lua_raise_plain(L, &err);
    mb_array_push(L);
    if (!folder) {
        lua_pushstring(L, path);
        mb_array_append(L);
    }
    for (size_t i = 0; i < names->n; i++) {
        if (!mb_path_ends(names->items[i], ".sql"))
            continue;
        lua_pushfstring(L, "%s/%s", path, names->items[i]);
        mb_array_append(L);
    }
    return 1;
}

/* Writes a file of moonbird's own, which the user can read after an error in it; pushes its path. */
static int keep(lua_State *L, const char *name, const char *text, size_t len)
{
    const char *path = lua_pushfstring(L, ".moonbird/%s.sql", name);
    mb_error err;

    if (!mb_folder_make(".moonbird", &err) || !mb_file_write(path, text, len, true, &err))
        return mb_lua_raise_plain(L, &err);
    return 1;
}

/* Raises the error of a program that printed no schema.  Stack: argv ... status out err. */
static int fail_program(lua_State *L)
{
    int status = (int)lua_tointeger(L, -3);
    const char *out = lua_tostring(L, -2), *said = lua_tostring(L, -1), *name;
    mb_error err;

    lua_geti(L, 1, 1);
    name = lua_tostring(L, -1);
    if (status != 0)
        mb_fail(&err, MB_ERR_FAILED, "%s, the program of the key schema, ended with status %d",
                name, status);
    else
        mb_fail(&err, MB_ERR_FAILED, "%s, the program of the key schema, printed no schema", name);
    out += strspn(out, " \t\r\n");
    mb_fail_detail(&err, "%s%s", out, said);
    for (size_t n = strlen(err.detail); n && err.detail[n - 1] == '\n'; n--)
        err.detail[n - 1] = '\0';
    if (status == 0)
        mb_fail_hint(&err, "It must print the schema as SQL; for an empty schema, a comment.");
    return mb_lua_raise_plain(L, &err);
}

/*
 * project:printed_schema([i]) -> the path of a file with the output of the program of the key
 * `schema`, or of that of its item i
 *
 * An empty output is an error: drizzle-kit export ends with status 0 also if it fails, and an empty
 * schema would drop everything.
 */
static int project_printed_schema(lua_State *L)
{
    lua_Integer number = luaL_optinteger(L, 2, 1);
    bool listed = !lua_isnoneornil(L, 2);
    char name[32] = "schema";
    size_t len;
    const char *text;

    mb_session_check(L, 1);
    lua_settop(L, 0);
    mb_lua_push_config(L, "schema");
    if (listed) {
        lua_geti(L, 1, number);
        lua_replace(L, 1);
        mb_format_into(name, sizeof name, "schema_%d", (int)number);
    }
    lua_getfield(L, 1, "command");
    lua_replace(L, 1);
    mb_lua_run_program(L); /* -- argv ... status out err */
    text = lua_tolstring(L, -2, &len);
    if (lua_tointeger(L, -3) != 0 || strspn(text, " \t\r\n") == len)
        return fail_program(L);
    return keep(L, name, text, len);
}

/* project:reader(url) -> a db of another database, which is only read */
static int project_reader(lua_State *L)
{
    mb_session_check(L, 1);
    mb_lua_push_own(L, mb_target_push(L, 1, luaL_checkstring(L, 2), NULL), true);
    return 1;
}

/* project:keep_sql(name, text) -> the path of the file .moonbird/NAME.sql, which it replaces */
static int project_keep_sql(lua_State *L)
{
    const char *name = luaL_checkstring(L, 2);
    size_t len;
    const char *text = luaL_checklstring(L, 3, &len);

    mb_session_check(L, 1);
    luaL_argcheck(L, name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")] == '\0', 2,
                  "only a to z and _ are allowed");
    return keep(L, name, text, len);
}

/*
 * project:only_reads(whether): with true, scripts open other databases read-only, while a command
 * makes schemas in scratch databases
 */
static int project_only_reads(lua_State *L)
{
    mb_session_only_reads(mb_session_check(L, 1), lua_toboolean(L, 2));
    return 0;
}

/* project:allow_push(): raises unless the database may be changed without a migration */
static int project_allow_push(lua_State *L)
{
    mb_error err;

    if (!mb_project_allow_push(mb_session_project(L, 1), &err))
        return mb_lua_raise_plain(L, &err);
    return 0;
}

/* project:allow_baseline(): raises unless the policies allow a baseline; records nothing */
static int project_allow_baseline(lua_State *L)
{
    mb_error err;

    if (!mb_project_allow_again(mb_session_project(L, 1), "baseline", &err))
        return mb_lua_raise_plain(L, &err);
    return 0;
}

const luaL_Reg mb_sources_methods[] = {
    {"allow_baseline", project_allow_baseline},
    {"allow_push", project_allow_push},
    {"keep_sql", project_keep_sql},
    {"only_reads", project_only_reads},
    {"printed_schema", project_printed_schema},
    {"reader", project_reader},
    {"sql_files", project_sql_files},
    {NULL, NULL},
};
