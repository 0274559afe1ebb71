#include "format_scripts.h"

#include "binding/value/field.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The registry keys of a script's mb_format_script, and of the table that it returns. */
static const char script_key, table_key;

typedef struct format_script {
    const char *name;
    char *path;
    mb_lua *lua;                    /* NULL: not loaded yet */
    const mb_script_folder *folder; /* NULL: no function of the script runs */
} format_script;

struct mb_format_scripts {
    const mb_script_env *env;
    mb_names names;
    format_script *items; /* for each name */
    mb_script_formats *formats;
};

/* ---- the folder ---- */

/* folder:read(file) -> its text */
static int folder_read(lua_State *L)
{
    const char *file = (luaL_checktype(L, 1, LUA_TTABLE), mb_lua_check_name(L, 2));
    const format_script *script;
    mb_error *err = mb_lua_scratch(L);
    mb_buf *text;

    lua_rawgetp(L, LUA_REGISTRYINDEX, &script_key);
    script = lua_touserdata(L, -1);
    if (!script->folder)
        return mb_lua_fail(L, MB_ERR_USAGE, "the folder can be read only while a function of the "
                                            "format runs");
    text = mb_lua_new_buf(L);
    if (!mb_script_folder_read(text, script->folder, file, err))
        return mb_lua_raise(L, err);
    mb_lua_charge(L, text);
    lua_pushlstring(L, mb_buf_str(text), text->len);
    mb_lua_free_buf(L, text);
    return 1;
}

static void push_folder(lua_State *L, const mb_script_folder *folder)
{
    const mb_names *files = mb_script_folder_files(folder);

    lua_createtable(L, 0, 3);
    lua_pushstring(L, mb_script_folder_path(folder));
    lua_setfield(L, -2, "path");
    mb_array_of_names(L, files->items, files->n);
    lua_setfield(L, -2, "files");
    lua_pushcfunction(L, folder_read);
    lua_setfield(L, -2, "read");
    mb_lua_strict(L, "field of the folder");
}

/* ---- loading ---- */

static void check_function(lua_State *L, int table, const char *key, bool needed)
{
    int type = mb_field_get(L, table, key);

    if (type != LUA_TFUNCTION && (needed || type != LUA_TNIL))
        mb_lua_fail(L, MB_ERR_FILE, "\"%s\" must be a function(folder), not %s", key,
                    luaL_typename(L, -1));
    lua_pop(L, 1);
}

typedef struct loading {
    format_script *script;
    const mb_buf *text;
} loading;

static int load_protected(lua_State *L)
{
    static const char *const keys[] = {"recognise", "list", NULL};
    const loading *what = lua_touserdata(L, 1);

    lua_pushlightuserdata(L, what->script);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &script_key);
    mb_lua_load(L, what->script->path, mb_buf_str(what->text), what->text->len);
    mb_lua_set_loading(L, true); /* and so the functions reach nothing outside, either */
    lua_call(L, 0, 1);           /* -- what table */
    if (!lua_istable(L, 2))
        mb_lua_fail(L, MB_ERR_FILE, "the file must return a table { recognise = function(folder) "
                                    "... end, list = function(folder) ... end }, not %s",
                    luaL_typename(L, 2));
    mb_field_check_names(L, 2, "key of a format", keys);
    check_function(L, 2, "recognise", false);
    check_function(L, 2, "list", true);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &table_key);
    return 0;
}

/* An error in a script is one of the project's files. */
static bool fail_script(const format_script *script, mb_error *err)
{
    if (err->code == MB_ERR_SCRIPT)
        err->code = MB_ERR_FILE;
    return mb_fail_at(err, script->path, 0, 0);
}

static bool load(format_script *script, const mb_script_env *env, mb_error *err)
{
    char *full = mb_path_join(env->root, script->path);
    mb_buf text = {0};
    loading what = {.script = script, .text = &text};
    bool ok = mb_file_read(&text, full, err) &&
              mb_lua_open(&script->lua, MB_LUA_SCRIPT, env, err);

    if (ok && !mb_lua_enter(script->lua, load_protected, &what, err)) {
        mb_lua_close(script->lua);
        script->lua = NULL;
        ok = fail_script(script, err);
    }
    mb_buf_free(&text);
    free(full);
    return ok;
}

/* ---- what `list` returns ---- */

/* A migration of the list: "migration 3", or "migration 3 (0003_users)". */
typedef struct reading {
    mb_script_folder *folder;
    lua_Integer number;
    const char *name; /* NULL: not yet known, or not on one line */
} reading;

/* Raises the error with the migration in its message. */
static int raise_entry(lua_State *L, const reading *r, mb_error *err)
{
    char what[sizeof err->message];

    mb_format_into(what, sizeof what, "%s", err->message);
    mb_format_into(err->message, sizeof err->message, "migration %lld of the list%s%s%s: %s",
                   (long long)r->number, r->name ? " (" : "", r->name ? r->name : "",
                   r->name ? ")" : "", what);
    return mb_lua_raise_plain(L, err);
}

static int fail_entry(lua_State *L, const reading *r, const char *what)
{
    mb_error *err = mb_lua_scratch(L);

    mb_fail(err, MB_ERR_FILE, "%s", what);
    return raise_entry(L, r, err);
}

/* The text of a field of the table at `index`, which keeps it alive; NULL: it has none. */
static const char *text_of(lua_State *L, int index, const char *key, const reading *r)
{
    int type = mb_field_get(L, index, key);
    const char *text = NULL;

    if (type == LUA_TSTRING)
        text = mb_lua_check_name(L, -1);
    else if (type != LUA_TNIL)
        fail_entry(L, r, lua_pushfstring(L, "\"%s\" must be a string, not %s", key,
                                         luaL_typename(L, -1)));
    lua_pop(L, 1);
    return text;
}

static bool flag_of(lua_State *L, int index, const char *key, bool otherwise, const reading *r)
{
    int type = mb_field_get(L, index, key);
    bool flag = type == LUA_TNIL ? otherwise : lua_toboolean(L, -1);

    if (type != LUA_TNIL && type != LUA_TBOOLEAN)
        fail_entry(L, r, lua_pushfstring(L, "\"%s\" must be true or false, not %s", key,
                                         luaL_typename(L, -1)));
    lua_pop(L, 1);
    return flag;
}

static long long position_of(lua_State *L, int index, const char *key, long long otherwise,
                             const reading *r)
{
    int type = mb_field_get(L, index, key);
    long long position = type == LUA_TNIL ? otherwise : lua_tointeger(L, -1);

    if (type != LUA_TNIL && !lua_isinteger(L, -1))
        fail_entry(L, r, lua_pushfstring(L, "\"%s\" must be the position of a byte, not %s", key,
                                         luaL_typename(L, -1)));
    lua_pop(L, 1);
    return position;
}

/* Reads a part, which is the path of a file or a table; leaves it on the stack, as its owner. */
static void read_part(lua_State *L, int entry, const char *key, mb_script_part *out,
                      const reading *r)
{
    static const char *const keys[] = {"file", "from", "to", "text", "transaction", NULL};
    int type = mb_field_get(L, entry, key), part = lua_gettop(L);

    *out = (mb_script_part){.from = 1, .to = MB_TO_THE_END};
    if (type == LUA_TNIL)
        return;
    if (type == LUA_TSTRING) {
        out->file = mb_lua_check_name(L, part);
        return;
    }
    if (type != LUA_TTABLE)
        fail_entry(L, r, lua_pushfstring(L, "\"%s\" must be the path of a file, or a table { file = "
                                            "..., from = ..., to = ... }, not %s", key,
                                         luaL_typename(L, part)));
    mb_field_check_names(L, part, lua_pushfstring(L, "key of \"%s\"", key), keys);
    out->file = text_of(L, part, "file", r);
    if (!out->file)
        fail_entry(L, r, lua_pushfstring(L, "\"%s\" has no \"file\"", key));
    out->from = position_of(L, part, "from", 1, r);
    out->to = position_of(L, part, "to", MB_TO_THE_END, r);
    out->text = text_of(L, part, "text", r);
    out->no_transaction = !flag_of(L, part, "transaction", true, r);
}

/* Adds the migration on top to the folder, and pops it. */
static void add_entry(lua_State *L, reading *r)
{
    static const char *const keys[] = {"name",   "number",     "up", "down",
                                       "verify", "repeatable", NULL};
    int entry = lua_gettop(L);
    mb_script_entry said = {0};
    mb_error *err = mb_lua_scratch(L);

    if (!lua_istable(L, entry))
        fail_entry(L, r, lua_pushfstring(L, "it must be a table, not %s", luaL_typename(L, entry)));
    mb_field_check_names(L, entry, "key of a migration", keys);
    said.name = text_of(L, entry, "name", r);
    if (!said.name)
        fail_entry(L, r, "it has no \"name\"");
    r->name = strpbrk(said.name, "\n\r\t") ? NULL : said.name;
    said.number = text_of(L, entry, "number", r);
    read_part(L, entry, "up", &said.up, r);
    read_part(L, entry, "down", &said.down, r);
    if (!said.up.file)
        fail_entry(L, r, "it has no \"up\"");
    said.verify = text_of(L, entry, "verify", r);
    said.repeatable = flag_of(L, entry, "repeatable", false, r);
    if (!mb_script_folder_add(r->folder, &said, err))
        raise_entry(L, r, err);
    lua_settop(L, entry - 1);
    r->name = NULL;
}

/* ---- calling ---- */

typedef struct calling {
    format_script *script;
    const mb_script_folder *asked;
    mb_script_folder *listed;
    bool is;
} calling;

static int recognise_protected(lua_State *L)
{
    calling *what = lua_touserdata(L, 1);

    lua_rawgetp(L, LUA_REGISTRYINDEX, &table_key); /* -- what table */
    if (mb_field_get(L, 2, "recognise") == LUA_TNIL)
        return 0;
    push_folder(L, what->asked);
    lua_call(L, 1, 1);
    what->is = lua_toboolean(L, -1);
    return 0;
}

/* The files that the format leaves out, at `index`. */
static void ignore_files(lua_State *L, int index, mb_script_folder *folder)
{
    lua_Integer n = lua_isnil(L, index) ? 0 : mb_list_length(L, index);
    mb_error *err = mb_lua_scratch(L);

    if (n < 0)
        mb_lua_fail(L, MB_ERR_FILE, "the second value of \"list\" must be a list of paths");
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, index, i);
        if (!mb_script_folder_ignore(folder, mb_lua_check_name(L, -1), err))
            mb_lua_raise_plain(L, err);
        lua_pop(L, 1);
    }
}

static int list_protected(lua_State *L)
{
    calling *what = lua_touserdata(L, 1);
    reading r = {.folder = what->listed};
    lua_Integer n;

    lua_rawgetp(L, LUA_REGISTRYINDEX, &table_key); /* -- what table */
    mb_field_get(L, 2, "list");
    push_folder(L, what->listed);
    lua_call(L, 1, 2); /* -- what table migrations ignored */
    n = mb_list_length(L, 3);
    if (n < 0)
        mb_lua_fail(L, MB_ERR_FILE, "\"list\" must return a list of migrations, not %s",
                    luaL_typename(L, 3));
    for (r.number = 1; r.number <= n; r.number++) {
        lua_rawgeti(L, 3, r.number);
        add_entry(L, &r);
    }
    ignore_files(L, 4, what->listed);
    return 0;
}

static bool call(mb_format_scripts *scripts, const char *name, lua_CFunction fn, calling *what,
                 mb_error *err)
{
    format_script *script = scripts->items;
    bool ok;

    while (strcmp(script->name, name) != 0)
        script++;
    if (!script->lua && !load(script, scripts->env, err))
        return false;
    what->script = script;
    script->folder = what->asked;
    ok = mb_lua_enter(script->lua, fn, what, err);
    script->folder = NULL;
    return ok || fail_script(script, err);
}

static bool recognise(bool *is, void *self, const char *name, const mb_script_folder *folder,
                      mb_error *err)
{
    calling what = {.asked = folder};
    bool ok = call(self, name, recognise_protected, &what, err);

    *is = what.is;
    return ok;
}

static bool list(void *self, const char *name, mb_script_folder *folder, mb_error *err)
{
    calling what = {.asked = folder, .listed = folder};

    return call(self, name, list_protected, &what, err);
}

/* ---- opening ---- */

bool mb_format_scripts_open(mb_format_scripts **out, const mb_script_env *env, mb_names *names,
                            mb_error *err)
{
    mb_format_scripts *scripts = mb_alloc(sizeof *scripts);
    const mb_script_format_host host = {.self = scripts, .recognise = recognise, .list = list};

    *out = scripts;
    scripts->env = env;
    scripts->names = *names;
    *names = (mb_names){0};
    scripts->items = mb_alloc((scripts->names.n + 1) * sizeof *scripts->items);
    for (size_t i = 0; i < scripts->names.n; i++)
        scripts->items[i] = (format_script){
            .name = scripts->names.items[i],
            .path = mb_format(MB_SCRIPT_FORMATS "/%s.lua", scripts->names.items[i]),
        };
    return mb_script_formats_new(&scripts->formats, &scripts->names, &host, err);
}

void mb_format_scripts_close(mb_format_scripts *scripts)
{
    if (!scripts)
        return;
    for (size_t i = 0; i < scripts->names.n; i++) {
        mb_lua_close(scripts->items[i].lua);
        free(scripts->items[i].path);
    }
    free(scripts->items);
    mb_names_free(&scripts->names);
    mb_script_formats_free(scripts->formats);
    free(scripts);
}

const mb_script_formats *mb_format_scripts_formats(const mb_format_scripts *scripts)
{
    return scripts ? scripts->formats : NULL;
}
