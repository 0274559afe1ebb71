#include "hook_files.h"
#include "binding/command/session.h"

#include "ctx_conn.h"
#include "function.h"

#include "moonbird/os/file.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"
#include "moonbird/base/secret.h"
#include "moonbird/base/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FOLDER "scripts/hooks"

typedef struct hook {
    mb_hook_event event;
    char *path;  /* relative to the project */
    mb_lua *lua; /* NULL: not loaded yet */
} hook;

struct mb_hook_scripts {
    const mb_script_env *env;
    bool found;  /* the folder was read */
    bool connecting; /* a before_connect hook runs */
    hook *items; /* in the order in which they run */
    size_t n;
};

void mb_hook_scripts_open(mb_hook_scripts **out, const mb_script_env *env)
{
    mb_hook_scripts *s = mb_alloc(sizeof *s);

    s->env = env;
    *out = s;
}

static void drop(mb_hook_scripts *s)
{
    for (size_t i = 0; i < s->n; i++) {
        mb_lua_close(s->items[i].lua);
        free(s->items[i].path);
    }
    free(s->items);
    s->items = NULL;
    s->n = 0;
}

void mb_hook_scripts_close(mb_hook_scripts *s)
{
    if (!s)
        return;
    drop(s);
    free(s);
}

/* ---- finding them ---- */

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), n = strlen(end);

    return len > n && strcasecmp(name + len - n, end) == 0;
}

/* The length of a script's name without .lua; 0: the file is not a script. */
static size_t stem(const char *name)
{
    return ends_with(name, ".lua") ? strlen(name) - 4 : 0;
}

/* True for a README or an editor's backup; false for SQL, which someone may expect to run. */
static bool is_no_script(const char *name)
{
    return !ends_with(name, ".lua") && !ends_with(name, ".sql");
}

static bool refuse(const char *name, size_t len, mb_error *err)
{
    const char *words[MB_HOOK_EVENTS], *near;
    char given[64];

    for (int i = 0; i < MB_HOOK_EVENTS; i++)
        words[i] = mb_hook_event_name((mb_hook_event)i);
    mb_format_into(given, sizeof given, "%.*s", (int)len, name);
    near = mb_nearest(given, words, MB_HOOK_EVENTS);
    mb_fail(err, MB_ERR_FILE, "\"%s\" is not an event", given);
    mb_format_into(err->file, sizeof err->file, FOLDER "/%s", name);
    if (near)
        return mb_fail_hint(err, "Did you mean \"%s\"?", near);
    return mb_fail_hint(err, "Name a hook after its event, such as before_each.lua. Put code "
                             "that several hooks share in scripts/lib.");
}

static bool is_event(const char *name, size_t len)
{
    for (int i = 0; i < MB_HOOK_EVENTS; i++)
        if (strlen(mb_hook_event_name((mb_hook_event)i)) == len &&
            strncmp(mb_hook_event_name((mb_hook_event)i), name, len) == 0)
            return true;
    return false;
}

static bool check_file(const char *name, mb_error *err)
{
    size_t len = stem(name);
    char *path;
    bool ok;

    if (is_no_script(name))
        return true;
    if (!is_event(name, len))
        return refuse(name, len ? len : strlen(name), err);
    path = mb_format(FOLDER "/%s", name);
    ok = mb_suffix_check(path, ".lua", err);
    free(path);
    return ok;
}

static bool check_names(const mb_names *files, const mb_names *folders, mb_error *err)
{
    for (size_t i = 0; i < files->n; i++)
        if (!check_file(files->items[i], err))
            return false;
    for (size_t i = 0; i < folders->n; i++)
        if (!is_event(folders->items[i], strlen(folders->items[i])))
            return refuse(folders->items[i], strlen(folders->items[i]), err);
    return true;
}

static bool check_folder(const char *folder, mb_error *err)
{
    mb_names files = {0}, folders = {0};
    bool ok = mb_folder_read(&files, &folders, folder, err) && check_names(&files, &folders, err);

    mb_names_free(&files);
    mb_names_free(&folders);
    return ok;
}

static void add(mb_hook_scripts *s, mb_hook_event event, char *path)
{
    s->items = mb_grow(s->items, s->n, sizeof *s->items);
    s->items[s->n++] = (hook){.event = event, .path = path};
}

static bool check_no_folder(mb_hook_event event, const mb_names *folders, mb_error *err)
{
    char *path;

    if (folders->n == 0)
        return true;
    path = mb_format(FOLDER "/%s/%s", mb_hook_event_name(event), folders->items[0]);
    mb_fail(err, MB_ERR_FILE, "moonbird does not look for hooks in this subfolder");
    mb_fail_at(err, path, 0, 0);
    free(path);
    return mb_fail_hint(err, "Put the hooks of one event in files NAME.lua in the event's folder.");
}

static bool add_names(mb_hook_scripts *s, mb_hook_event event, const mb_names *names, mb_error *err)
{
    for (size_t i = 0; i < names->n; i++) {
        char *path;

        if (is_no_script(names->items[i]))
            continue;
        path = mb_format(FOLDER "/%s/%s", mb_hook_event_name(event), names->items[i]);
        if (stem(names->items[i]) && mb_suffix_check(path, ".lua", err)) {
            add(s, event, path);
            continue;
        }
        if (!stem(names->items[i])) {
            mb_fail(err, MB_ERR_FILE, "a hook must be a file NAME.lua");
            mb_fail_at(err, path, 0, 0);
        }
        free(path);
        return false;
    }
    return true;
}

static bool add_event(mb_hook_scripts *s, mb_hook_event event, const char *folder, mb_error *err)
{
    char *file = mb_format("%s/%s.lua", folder, mb_hook_event_name(event));
    char *several = mb_format("%s/%s", folder, mb_hook_event_name(event));
    mb_names names = {0}, folders = {0};
    bool single = false, many = false, ok;

    /* check_names has refused names with other capitals. */
    ok = (!mb_path_taken(file) || mb_file_find(&single, file, err)) &&
         (!mb_path_taken(several) || mb_folder_find(&many, several, err));
    if (ok && single)
        add(s, event, mb_format(FOLDER "/%s.lua", mb_hook_event_name(event)));
    if (ok && many)
        ok = mb_folder_read(&names, &folders, several, err) &&
             check_no_folder(event, &folders, err) && add_names(s, event, &names, err);
    mb_names_free(&names);
    mb_names_free(&folders);
    free(several);
    free(file);
    return ok;
}

/* Refuses EVENT.lua in a folder whose hooks do not run, since its veto would have no effect. */
static bool check_elsewhere(const char *root, const char *folder, mb_error *err)
{
    char *whole = mb_path_join(root, folder);
    bool there = mb_folder_exists(whole), ok = true;

    free(whole);
    for (int i = 0; ok && there && i < MB_HOOK_EVENTS; i++) {
        const char *event = mb_hook_event_name((mb_hook_event)i);
        char *file = mb_format("%s/%s.lua", folder, event), *path = mb_path_join(root, file);

        ok = !mb_file_exists(path);
        if (!ok) {
            mb_fail(err, MB_ERR_FILE, "moonbird does not look for hooks in this folder");
            mb_fail_hint(err, "Move it to " FOLDER "/%s.lua.", event);
            mb_fail_at(err, file, 0, 0);
        }
        free(file);
        free(path);
    }
    return ok;
}

static bool find(mb_hook_scripts *s, mb_error *err)
{
    char *folder;
    bool there, ok;

    if (s->found)
        return true;
    folder = mb_path_join(s->env->root, FOLDER);
    ok = mb_scripts_find(&there, s->env->root, FOLDER, err) &&
         check_elsewhere(s->env->root, "hooks", err) &&
         check_elsewhere(s->env->root, "scripts", err);
    if (ok && there) {
        ok = check_folder(folder, err);
        for (int i = 0; ok && i < MB_HOOK_EVENTS; i++)
            ok = add_event(s, (mb_hook_event)i, folder, err);
    }
    free(folder);
    if (!ok)
        drop(s);
    s->found = ok;
    return ok;
}

/* ---- running them ---- */

static bool load(hook *h, const mb_script_env *env, mb_error *err)
{
    return h->lua || mb_function_load(&h->lua, env, h->path, err);
}

static bool load_all(void *self, mb_error *err)
{
    mb_hook_scripts *s = self;

    if (!find(s, err))
        return false;
    for (size_t i = 0; i < s->n; i++)
        if (!load(&s->items[i], s->env, err))
            return false;
    return true;
}

static bool has(void *self, mb_hook_event event)
{
    const mb_hook_scripts *s = self;

    for (size_t i = 0; i < s->n; i++)
        if (s->items[i].event == event)
            return true;
    return false;
}

bool mb_hook_scripts_each(mb_hook_scripts *s, mb_hook_event event, mb_hook_function fn, void *arg,
                          mb_error *err)
{
    if (!find(s, err))
        return false;
    for (size_t i = 0; i < s->n; i++) {
        hook *h = &s->items[i];

        if (h->event != event)
            continue;
        if (!load(h, s->env, err))
            return false;
        if (!fn(h->lua, arg, err))
            return mb_fail_at(err, h->path, 0, 0);
    }
    return true;
}

static bool run(void *self, mb_hook_event event, mb_conn *conn, const mb_call *call, mb_error *err)
{
    mb_hook_scripts *s = self;

    for (size_t i = 0; i < s->n; i++) {
        if (s->items[i].event != event)
            continue;
        if (!mb_function_call(s->items[i].lua, conn, call, err))
            return mb_fail_at(err, s->items[i].path, 0, 0);
    }
    return true;
}

void mb_hook_scripts_hooks(mb_hooks *out, mb_hook_scripts *hook_scripts)
{
    *out = (mb_hooks){.self = hook_scripts, .load = load_all, .has = has, .run = run};
}

/* ---- before_connect ---- */

typedef struct connecting {
    char **conninfo;
    const mb_call *call;
    mb_call_scope scope;
} connecting;

/* Adds the parameters in the table on top; each replaces the one of the connection string. */
static void add_parameters(lua_State *L, char **conninfo)
{
    mb_error *err = mb_lua_scratch(L);

    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || !lua_isstring(L, -1))
            mb_lua_fail(L, MB_ERR_USAGE,
                        "ctx.conn must have libpq parameter names as keys and strings as values");
        lua_pushvalue(L, -1); /* lua_tostring changes a number in place */
        if (!mb_conninfo_add(conninfo, mb_lua_check_name(L, -3), mb_lua_check_name(L, -1), err))
            mb_lua_raise(L, err);
        lua_pop(L, 1);
    }
}

static void set_string(lua_State *L, char **conninfo)
{
    if (lua_type(L, -1) != LUA_TSTRING)
        mb_lua_fail(L, MB_ERR_USAGE, "ctx.conn must be a string or a table, not a %s",
                    luaL_typename(L, -1));
    mb_lua_check_name(L, -1);
    free(*conninfo);
    *conninfo = mb_strdup(lua_tostring(L, -1));
}

static int connect_protected(lua_State *L)
{
    connecting *what = lua_touserdata(L, 1);

    mb_function_push(L);
    mb_call_scope_begin(L, &what->scope, NULL, what->call); /* -- what function db ctx */
    mb_ctx_conn_add(L, *what->conninfo);
    lua_pushvalue(L, -1);
    lua_insert(L, 2);  /* -- what ctx function db ctx */
    lua_call(L, 2, 2); /* -- what ctx verdict why */
    mb_function_check_verdict(L, "it");
    if (lua_getfield(L, 2, "conn") == LUA_TTABLE)
        add_parameters(L, what->conninfo);
    else
        set_string(L, what->conninfo);
    return 0;
}

/* While the hook runs, the passwords of ctx.conn are masked in all of its output. */
static bool connect_with(mb_lua *lua, void *arg, mb_error *err)
{
    connecting *what = arg;
    size_t mark = mb_secret_mark();
    bool ok = mb_lua_enter(lua, connect_protected, what, err);

    mb_secret_forget(mark);
    mb_call_scope_end(&what->scope, ok);
    if (!ok && err->code != MB_ERR_INTERRUPTED)
        err->code = MB_ERR_SCRIPT;
    return ok;
}

bool mb_hook_scripts_connect(mb_hook_scripts *s, char **conninfo, const mb_call *call,
                             mb_error *err)
{
    connecting what = {.conninfo = conninfo, .call = call};
    bool ok;

    if (s->connecting)
        return true;
    s->connecting = true;
    ok = mb_hook_scripts_each(s, MB_BEFORE_CONNECT, connect_with, &what, err);
    s->connecting = false;
    return ok;
}
