/* migrations.c -- ctx.project:migrations: the migrations in the folders, with their statements. */
#include "binding/parse/parse.h"
#include "binding/value/field.h"
#include "methods.h"

#include "moonbird/project/source.h"

#define READER "moonbird.migrations"

/* What one loop reads: the files, the next of them, and what is open while it is read. */
struct reader {
    mb_files files;
    size_t next;
    mb_script *script;
    mb_directives directives;
    const mb_session *session; /* borrowed; the caller of the iterator keeps it open */
};

static int free_reader(lua_State *L)
{
    struct reader *r = lua_touserdata(L, 1);

    mb_script_close(r->script);
    r->script = NULL;
    mb_directives_free(&r->directives);
    mb_files_free(&r->files);
    return 0;
}

static void set_limit(lua_State *L, const char *key, int ms)
{
    if (ms != MB_UNSET)
        mb_field_count(L, key, (size_t)ms);
}

static void set_directives(lua_State *L, const mb_directives *d)
{
    mb_directives_set(L, d);
    mb_field_text(L, "irreversible", d->irreversible);
    mb_field_flag(L, "transaction", !d->no_transaction);
    set_limit(L, "lock_timeout_ms", d->lock_timeout_ms);
    set_limit(L, "statement_timeout_ms", d->statement_timeout_ms);
}

/* Sets the statements of an SQL file in the table on top. */
static void set_statements(lua_State *L, struct reader *r, const mb_migration *m, bool backslashes)
{
    mb_error *err = mb_lua_scratch(L);

    if (!mb_source_open_up(&r->script, ".", m, backslashes, err))
        mb_lua_raise_plain(L, err);
    mb_lua_push_statements(L, r->script, m->path);
    lua_setfield(L, -2, "statements");
    mb_script_close(r->script);
    r->script = NULL;
}

static void push_migration(lua_State *L, struct reader *r, const mb_migration *m)
{
    const mb_session *session = r->session;
    mb_error *err = mb_lua_scratch(L);

    lua_createtable(L, 0, 18);
    mb_field_text(L, "name", m->name);
    mb_field_text(L, "stream", mb_stream_name(m->stream));
    mb_field_text(L, "path", m->path);
    mb_field_flag(L, "lua", m->lua);
    mb_field_flag(L, "repeatable", m->repeatable);
    mb_field_flag(L, "rollback", m->down_path || m->down_section);
    mb_field_text(L, "rollback_path", m->down_path);
    if (!m->lua)
        set_statements(L, r, m, session->settings.backslashes);
    mb_directives_free(&r->directives);
    if (!mb_source_directives(&r->directives, &session->settings, &session->host, m, err))
        mb_lua_raise_plain(L, err);
    set_directives(L, &r->directives);
}

/*
 * The iterator: the next migration that has a file, or nil.  Its second upvalue is the session's
 * userdata, or nil.
 */
static int next_migration(lua_State *L)
{
    struct reader *r = lua_touserdata(L, lua_upvalueindex(1));

    if (!lua_isnil(L, lua_upvalueindex(2)))
        mb_session_check(L, lua_upvalueindex(2));
    while (r->next < r->files.n) {
        const mb_migration *m = &r->files.items[r->next++];

        if (!m->path)
            continue;
        push_migration(L, r, m);
        return 1;
    }
    return 0;
}

/* Pushes the iterator; the userdata of the session, or nil, is on top and is popped. */
static void push_iterator(lua_State *L, const mb_session *session)
{
    mb_folders folders = mb_settings_folders(&session->settings);
    struct reader *r = mb_lua_new_zeroed(L, sizeof *r, READER); /* -- userdata reader */
    mb_error *err = mb_lua_scratch(L);

    r->session = session;
    mb_directives_init(&r->directives);
    if (!mb_files_read(&r->files, &folders, NULL, err))
        mb_lua_raise_plain(L, err);
    lua_insert(L, -2);
    lua_pushcclosure(L, next_migration, 2);
}

void mb_migrations_push(lua_State *L, const mb_session *session)
{
    lua_pushnil(L);
    push_iterator(L, session);
}

/*
 * project:migrations() -> iterator over the migrations of both streams in their order: tables with
 * name, stream, path, lua, repeatable, rollback, statements (nil for Lua) and directives
 */
static int project_migrations(lua_State *L)
{
    const mb_session *session = mb_session_check(L, 1);

    lua_settop(L, 1);
    push_iterator(L, session);
    return 1;
}

const luaL_Reg mb_migrations_methods[] = {{"migrations", project_migrations}, {NULL, NULL}};

int mb_open_migration_files(lua_State *L)
{
    static const luaL_Reg reader[] = {{"__gc", free_reader}, {NULL, NULL}};

    mb_lua_new_class(L, READER, reader);
    return 0;
}
