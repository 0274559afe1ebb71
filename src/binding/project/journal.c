/* journal.c -- ctx.project:journal: Drizzle's journal, repaired. */
#include "moonbird/report/journal.h"

#include "binding/value/field.h"
#include "methods.h"
#include "run_output.h"

#include "moonbird/base/hash.h"

#include <string.h>

#define FIX "moonbird.journal_fix"

static int free_fix(lua_State *L)
{
    mb_journal_fix_free(lua_touserdata(L, 1));
    return 0;
}

static void set_number(lua_State *L, const char *key, int64_t value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, key);
}

static void push_change(lua_State *L, const mb_journal_change *change)
{
    lua_createtable(L, 0, 6);
    mb_field_text(L, "change", mb_journal_change_name(change->kind));
    mb_field_text(L, "tag", change->tag);
    set_number(L, "idx", change->idx);
    set_number(L, "when", change->when);
    set_number(L, "old_idx", change->old_idx);
    set_number(L, "old_when", change->old_when);
}

static void push_fix(lua_State *L, const mb_journal_fix *fix, const char *path)
{
    char sum[MB_HASH_HEX];

    mb_sha256_hex(mb_buf_str(&fix->before), fix->before.len, sum);
    lua_createtable(L, 0, 4);
    mb_field_text(L, "path", path);
    mb_field_text(L, "checksum", sum);
    mb_field_flag(L, "right", strcmp(mb_buf_str(&fix->before), mb_buf_str(&fix->after)) == 0);
    mb_array_push(L);
    for (size_t i = 0; i < fix->n; i++) {
        push_change(L, &fix->items[i]);
        mb_array_append(L);
    }
    lua_setfield(L, -2, "changes");
}

/* Writes the journal, unless it is not the one whose checksum is at `index`. */
static void write_fix(lua_State *L, const mb_journal_fix *fix, const char *folder, int index)
{
    char sum[MB_HASH_HEX];
    mb_error err;

    mb_sha256_hex(mb_buf_str(&fix->before), fix->before.len, sum);
    if (strcmp(sum, luaL_checkstring(L, index)) != 0) {
        mb_fail(&err, MB_ERR_FILE, "another program changed the journal at the same time");
        mb_fail_hint(&err, "Run the command again.");
        mb_lua_raise_plain(L, &err);
    }
    if (!mb_journal_fix_write(fix, folder, folder, &err))
        mb_lua_raise_plain(L, &err);
}

/*
 * project:journal(keep, checksum or nil) -> { path, right, checksum, changes }.  `keep` is the side
 * of a conflict whose times stay.  With the checksum that an earlier call returned, it writes the
 * journal.
 */
static int project_journal(lua_State *L)
{
    static const char *const sides[] = {"ours", "theirs", NULL};
    mb_session *s = mb_session_check(L, 1);
    mb_journal_side keep = (mb_journal_side)luaL_checkoption(L, 2, "ours", sides);
    mb_project *project = mb_session_clean_project(L, 1);
    const char *folder = s->settings.migrations;
    mb_journal_fix *fix;
    mb_report report;
    mb_error err;
    bool ok;

    if (!s->conn)
        return mb_lua_fail(L, MB_ERR_USAGE, "journal needs a database connection");
    lua_settop(L, 3);
    fix = mb_lua_new_zeroed(L, sizeof *fix, FIX);
    mb_report_begin(&report, false);
    ok = mb_project_fix_journal(fix, project, keep, &report.reporter, &err);
    mb_report_end(&report);
    if (!ok)
        return mb_lua_raise_plain(L, &err);
    if (!lua_isnil(L, 3))
        write_fix(L, fix, folder, 3);
    push_fix(L, fix, lua_pushfstring(L, "%s/" MB_JOURNAL_FILE, folder));
    return 1;
}

const luaL_Reg mb_journal_methods[] = {{"journal", project_journal}, {NULL, NULL}};

int mb_open_journal(lua_State *L)
{
    static const luaL_Reg fix[] = {{"__gc", free_fix}, {NULL, NULL}};

    mb_lua_new_class(L, FIX, fix);
    return 0;
}
