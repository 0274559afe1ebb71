/* files.c -- methods of ctx.project that list and create files. */
#include "binding/value/field.h"
#include "binding/command/session.h"
#include "methods.h"

#include "moonbird/foreign/configured_table.h"
#include "moonbird/format/drizzle_config.h"
#include "moonbird/format/known_tool_tables.h"
#include "moonbird/os/file.h"
#include "moonbird/os/interrupt.h"
#include "moonbird/os/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define FILES      "moonbird.files"
#define CONFIGURED "moonbird.configured_table"
#define LOCK       "moonbird.folder_lock"

static int free_files(lua_State *L)
{
    mb_files_free(lua_touserdata(L, 1));
    return 0;
}

static int free_configured(lua_State *L)
{
    mb_configured_table_free(lua_touserdata(L, 1));
    return 0;
}

static void push_file(lua_State *L, const mb_migration *m)
{
    lua_createtable(L, 0, 7);
    mb_field_text(L, "name", m->name);
    mb_field_text(L, "number", m->number);
    mb_field_text(L, "path", m->path);
    mb_field_flag(L, "lua", m->lua);
    mb_field_flag(L, "orphan", m->orphan);
    mb_field_flag(L, "journaled", m->journaled);
    mb_field_flag(L, "rollback", m->down_path || m->down_section);
}

/* Pushes what `new` needs to know of the format of another tool; nil for moonbird's own. */
static void push_format(lua_State *L, const mb_file_format *format)
{
    const mb_file_template *t = format ? mb_file_format_template(format) : NULL;

    if (!format) {
        lua_pushnil(L);
        return;
    }
    lua_createtable(L, 0, 6);
    mb_field_text(L, "name", mb_file_format_name(format));
    if (!t)
        return;
    mb_field_text(L, "up", t->up);
    mb_field_text(L, "down", t->down);
    mb_field_text(L, "up_ending", t->up_ending);
    mb_field_text(L, "down_ending", t->down_ending);
    mb_field_flag(L, "dated", t->dated);
}

/*
 * project:files(stream) -> array of files, folder, does a journal give the order, the format of
 * another tool
 */
static int project_files(lua_State *L)
{
    static const char *const streams[] = {"auto", "manual", NULL};
    mb_session *s = mb_session_check(L, 1);
    mb_stream stream = (mb_stream)luaL_checkoption(L, 2, "auto", streams);
    mb_files *files = mb_lua_new_zeroed(L, sizeof *files, FILES);
    mb_folders folders = mb_settings_folders(&s->settings);
    mb_error err;

    if (!mb_files_read(files, &folders, NULL, &err))
        return mb_lua_raise_plain(L, &err);
    mb_array_push(L);
    for (size_t i = 0; i < files->n; i++) {
        if (files->items[i].stream != stream)
            continue;
        push_file(L, &files->items[i]);
        mb_array_append(L);
    }
    lua_pushstring(L, stream == MB_AUTO ? s->settings.migrations : s->settings.manual);
    lua_pushboolean(L, files->journal);
    push_format(L, stream == MB_AUTO ? files->format : NULL);
    return 4;
}

/* Sets the fields of a table that is a history of the tool; a schema of NULL is any. */
static void push_history(lua_State *L, const mb_tool_table *t, const char *schema,
                         const char *table)
{
    const char *const more[] = {t->columns[0], t->columns[1], t->order, t->drizzle ? "hash" : NULL,
                                t->drizzle ? "created_at" : t->key};

    lua_createtable(L, 0, 3);
    mb_field_text(L, "table", table);
    if (schema)
        mb_field_text(L, "schema", schema);
    mb_array_push(L);
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
        if (more[i]) {
            lua_pushstring(L, more[i]);
            mb_array_append(L);
        }
    lua_setfield(L, -2, "columns");
}

static void push_words(lua_State *L, const char *words)
{
    mb_array_push(L);
    for (const char *s = words; *s; s += *s == ' ') {
        size_t len = strcspn(s, " ");

        lua_pushlstring(L, s, len);
        mb_array_append(L);
        s += len;
    }
}

static void append_side_table(lua_State *L, const mb_tool_side_table *t, const char *schema,
                              const char *table)
{
    lua_createtable(L, 0, 3);
    mb_field_text(L, "table", table);
    if (schema)
        mb_field_text(L, "schema", schema);
    push_words(L, t->columns);
    lua_setfield(L, -2, "columns");
    mb_array_append(L);
}

/* The settings may name another schema for it, or another table for Liquibase's lock. */
static void append_side_tables(lua_State *L, const mb_tool_side_table *t,
                               const mb_configured_table *c)
{
    append_side_table(L, t, t->schema, t->table);
    if (c->lock)
        append_side_table(L, t, t->schema, c->lock);
    for (size_t i = 0; t->schema && i < c->schemas.n; i++)
        append_side_table(L, t, c->schemas.items[i], t->table);
}

/* Appends the table with its usual name, or with that of Drizzle's configuration. */
static void append_usual(lua_State *L, const mb_tool_table *t)
{
    const char *schema = t->schema ? t->schema : t->drizzle ? "drizzle" : NULL, *table = t->table;
    mb_drizzle_config config;

    mb_drizzle_config_read(&config);
    if (t->drizzle)
        mb_drizzle_config_names(&config, &schema, &table);
    push_history(L, t, schema, table);
    mb_array_append(L);
    mb_drizzle_config_free(&config);
}

/* Appends the table under each name that the settings of the tool give it. */
static void append_configured(lua_State *L, const mb_tool_table *t, const mb_configured_table *c)
{
    for (size_t i = 0; i < c->tables.n; i++) {
        const char *name = c->tables.items[i], *dot = strchr(name, '.');

        lua_pushlstring(L, name, dot ? (size_t)(dot - name) : 0);
        push_history(L, t, dot ? lua_tostring(L, -1) : NULL, dot ? dot + 1 : name);
        lua_remove(L, -2);
        mb_array_append(L);
    }
    for (size_t i = 0; !c->tables.n && i < c->schemas.n; i++) {
        push_history(L, t, c->schemas.items[i], t->table);
        mb_array_append(L);
    }
}

/*
 * project:histories() -> { { table, schema, columns }, ... }: the tables in which the tool whose
 * format the folder has can keep its history, and those beside it; `schema`: nil where any will do
 */
static int project_histories(lua_State *L)
{
    mb_session *s = mb_session_check(L, 1);
    mb_files *files = mb_lua_new_zeroed(L, sizeof *files, FILES);
    mb_folders folders = mb_settings_folders(&s->settings);
    mb_configured_table *configured = mb_lua_new_zeroed(L, sizeof *configured, CONFIGURED);
    const char *tool;
    mb_error err;

    if (!mb_files_read(files, &folders, NULL, &err) ||
        !mb_configured_table_read(configured, mb_files_format(files), s->settings.migrations, &err))
        return mb_lua_raise_plain(L, &err);
    tool = mb_files_format(files);
    mb_array_push(L);
    for (size_t i = 0; tool && i < mb_tool_tables_n; i++)
        if (mb_tool_table_is_of(&mb_tool_tables[i], tool)) {
            append_usual(L, &mb_tool_tables[i]);
            append_configured(L, &mb_tool_tables[i], configured);
        }
    for (size_t i = 0; tool && i < mb_tool_side_tables_n; i++)
        if (strcmp(mb_tool_side_tables[i].tool, tool) == 0)
            append_side_tables(L, &mb_tool_side_tables[i], configured);
    return 1;
}

static void check_inside(lua_State *L, const char *path)
{
    if (path[0] == '/' || strncmp(path, "../", 3) == 0 || strstr(path, "/../"))
        mb_lua_fail(L, MB_ERR_USAGE, "\"%s\" is not inside the project", path);
}

static bool make_file(lua_State *L, const char *path, const char *text, size_t len, mb_error *err)
{
    const char *slash = strrchr(path, '/');

    if (slash)
        path = lua_pushlstring(L, path, (size_t)(slash - path));
    return (!slash || mb_folder_make(path, err)) &&
           mb_file_write(lua_tostring(L, 2), text, len, false, err);
}

/*
 * project:create(path [, text]) -> was it created?  Creates a file, or without a text a folder.  An
 * existing one is not changed.
 */
static int project_create(lua_State *L)
{
    const char *path = mb_lua_check_path(L, 2);
    size_t len = 0;
    const char *text = luaL_optlstring(L, 3, NULL, &len);
    mb_error err;
    bool found;

    mb_session_check_may_change(L, 1);
    check_inside(L, path);
    lua_settop(L, 3);
    if (!(text ? mb_file_find(&found, path, &err) : mb_folder_find(&found, path, &err)) ||
        (!found && !(text ? make_file(L, path, text, len, &err) : mb_folder_make(path, &err))))
        return mb_lua_raise_plain(L, &err);
    lua_pushboolean(L, !found);
    return 1;
}

static bool has_line(const char *text, const char *line)
{
    size_t len = strlen(line);

    for (const char *at = text; (at = strstr(at, line)) != NULL; at += len)
        if ((at == text || at[-1] == '\n') && (!at[len] || at[len] == '\n' || at[len] == '\r'))
            return true;
    return false;
}

/*
 * project:append(path, lines) -> the number of lines that were appended; those in the file are not
 */
static int project_append(lua_State *L)
{
    const char *path = mb_lua_check_path(L, 2);
    lua_Integer n = (luaL_checktype(L, 3, LUA_TTABLE), (lua_Integer)lua_rawlen(L, 3)), added = 0;
    mb_buf *text = mb_lua_new_buf(L);
    mb_error err;

    mb_session_check_may_change(L, 1);
    check_inside(L, path);
    if (!mb_file_read(text, path, &err))
        return mb_lua_raise_plain(L, &err);
    for (lua_Integer i = 1; i <= n; i++) {
        const char *line;

        lua_rawgeti(L, 3, i);
        line = luaL_checkstring(L, -1);
        if (!has_line(mb_buf_str(text), line)) {
            mb_buf_printf(text, "%s%s\n",
                          text->len && text->data[text->len - 1] != '\n' ? "\n" : "", line);
            added++;
        }
        lua_pop(L, 1);
    }
    if (added && !mb_file_write(path, text->data, text->len, true, &err))
        return mb_lua_raise_plain(L, &err);
    lua_pushinteger(L, added);
    return 1;
}

static int unlock(lua_State *L)
{
    int *fd = luaL_checkudata(L, 1, LOCK);

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return 0;
}

/* Waits for the lock of the folder.  Where the file system has no locks, there is none. */
static bool lock_folder(int *fd, const char *folder, mb_error *err)
{
    const struct timespec some = {.tv_nsec = 20000000};
    bool ok = mb_folder_make(folder, err);

    if (ok && (*fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return mb_fail_errno(err, folder, "cannot open the folder");
    while (ok && flock(*fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        nanosleep(&some, NULL);
        ok = mb_interrupt_check(err);
    }
    return ok;
}

/*
 * project:lock(folder) -> a value to close.  Until then no other process has the lock, so that two
 * of them do not use the same number.
 */
static int project_lock(lua_State *L)
{
    const char *folder = mb_lua_check_path(L, 2);
    int *fd = (mb_session_check(L, 1), mb_lua_new_zeroed(L, sizeof *fd, LOCK));
    mb_error err;

    *fd = -1;
    if (!lock_folder(fd, folder, &err))
        return mb_lua_raise_plain(L, &err);
    return 1;
}

const luaL_Reg mb_files_methods[] = {
    {"files", project_files},
    {"histories", project_histories},
    {"create", project_create},
    {"append", project_append},
    {"lock", project_lock},
    {NULL, NULL},
};

int mb_open_files(lua_State *L)
{
    static const luaL_Reg files[] = {{"__gc", free_files}, {NULL, NULL}};
    static const luaL_Reg configured[] = {{"__gc", free_configured}, {NULL, NULL}};
    static const luaL_Reg lock[] = {{"__gc", unlock}, {"__close", unlock}, {NULL, NULL}};

    mb_lua_new_class(L, FILES, files);
    mb_lua_new_class(L, CONFIGURED, configured);
    mb_lua_new_class(L, LOCK, lock);
    return 0;
}
