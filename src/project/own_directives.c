/*
 * own_directives.c -- the directives in a migration's main file, and the check that it has one
 * rollback.
 */
#include "moonbird/project/settings.h"
#include "moonbird/project/source.h"
#include "moonbird/format/names.h"

#include "moonbird/base/buf.h"
#include "moonbird/format/cut.h"
#include "moonbird/os/file.h"
#include "moonbird/base/mem.h"
#include "moonbird/pg/version.h"

#include <stdlib.h>
#include <string.h>

/* The declarations in the main file of a migration. */
typedef struct own {
    mb_directives directives;
    bool has_down; /* Lua: it has a function `down` */
} own;

static bool read_lua(own *out, const char *text, size_t len, const mb_host *host,
                     const mb_migration *m, mb_error *err)
{
    mb_chunk *chunk = NULL;

    if (!host->load(host->self, &chunk, m->path, text, len, err))
        return false;
    mb_directives_copy(&out->directives, &host->info(chunk)->directives);
    out->has_down = host->info(chunk)->has[MB_ENTRY_DOWN];
    host->free(chunk);
    return true;
}

static bool read_own(own *out, const mb_settings *settings, const mb_host *host,
                     const mb_migration *m, mb_error *err)
{
    char *full = mb_path_join(settings->root, m->path);
    mb_buf text = {0};
    bool ok = m->lua ? mb_file_read(&text, full, err)
                     : mb_cut_read(&text, full, &m->up, MB_SOURCE_HEAD, err);

    *out = (own){0};
    mb_directives_init(&out->directives);
    if (ok)
        ok = m->lua ? read_lua(out, mb_buf_str(&text), text.len, host, m, err)
                    : mb_directives_read(&out->directives, mb_buf_str(&text), text.len, m->path,
                                         err);
    if (ok && m->given)
        mb_directives_add(&out->directives, m->given);
    mb_buf_free(&text);
    free(full);
    return ok;
}

bool mb_source_directives(mb_directives *out, const mb_settings *settings, const mb_host *host,
                          const mb_migration *m, mb_error *err)
{
    own read;
    bool ok = read_own(&read, settings, host, m, err);

    *out = read.directives;
    return ok;
}

/* An older server has no such limit anyway. */
bool mb_directives_check_server(const mb_directives *directives, const char *path,
                                const mb_conn *conn, mb_error *err)
{
    if (directives->transaction_timeout_ms <= 0 ||
        mb_conn_has(conn, MB_FEATURE_TRANSACTION_TIMEOUT))
        return true;
    mb_fail(err, MB_ERR_FILE,
            "transaction_timeout needs PostgreSQL 17, and the server has version"
            " %d",
            mb_conn_version(conn) / 10000);
    mb_fail_hint(err, "Remove it from the file. statement_timeout limits each statement.");
    return mb_fail_at(err, path, 0, 0);
}

/* Refuse contradictory rollbacks instead of choosing one. */
static bool check(const mb_migration *m, bool irreversible, bool has_down, mb_error *err)
{
    if (irreversible) {
        mb_fail(err, MB_ERR_FILE, "migration \"%s\" is marked irreversible but has a rollback",
                m->name);
        mb_fail_hint(err, "Delete the rollback, or remove \"irreversible\".");
        return mb_fail_at(err, m->down_path ? m->down_path : m->path, 0, 0);
    }
    return !m->down_path || !has_down ||
           mb_fail_two_files(err, "rollbacks", m->name, m->path, m->down_path);
}

static bool refuse_ignored(const mb_source *source, const char *what, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "%s has no effect in a rollback file", what);
    mb_fail_hint(err, "Remove it, or move it to the migration's file.");
    return mb_fail_at(err, source->path, 0, 0);
}

/* The function "up" of such a file would most likely make the change again. */
static bool check_rollback_functions(const mb_source *source, const mb_chunk_info *info,
                                     mb_error *err)
{
    if (!info->has[MB_ENTRY_DOWN]) {
        mb_fail(err, MB_ERR_FILE, "the table has no function \"down\"");
        mb_fail_hint(err, "A rollback file must end with: return { down = function(db, ctx) ... "
                          "end }");
        return mb_fail_at(err, source->path, 0, 0);
    }
    if (info->has[MB_ENTRY_UP])
        return refuse_ignored(source, "a function \"up\"", err);
    return !info->has[MB_ENTRY_VERIFY] || refuse_ignored(source, "a function \"verify\"", err);
}

/* Refuse what has a meaning only in the file of a migration. */
static bool check_rollback_file(const mb_source *source, const mb_host *host, mb_error *err)
{
    const mb_directives *d = source->directives;
    const char *name = d->n_requires ? "\"requires\"" : d->n_conflicts ? "\"conflicts\""
                       : d->shelved  ? "\"shelved\""
                       : d->empty    ? "\"empty\""    : NULL;

    if (name)
        return refuse_ignored(source, name, err);
    return !source->chunk || check_rollback_functions(source, host->info(source->chunk), err);
}

static bool fail_empty(const mb_source *source, const char *what, const char *hint, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "%s", what);
    mb_fail_hint(err, "%s", hint);
    return mb_fail_at(err, source->path, 0, 0);
}

bool mb_source_check_empty(const mb_source *source, mb_error *err)
{
    const mb_migration *m = source->file;
    bool says = source->directives->empty;

    if (source->lua || source->direction == MB_DOWN || says == (source->statements == 0))
        return true;
    if (says)
        return fail_empty(source, "the file has statements, but says that it is empty",
                          "Remove the directive \"empty\".", err);
    if (!source->has_directives && !source->is_bare &&
        !source->has_down) /* its comment says what it is about */
        return true;
    /* A file that another tool made may be empty, but the template of `new` has directives. */
    return ((m->format || m->journaled) && !source->has_directives) ||
           fail_empty(source, "the migration is not written yet: it has no statements",
                      "Write it. If it is to do nothing, write why in the file: -- moonbird: "
                      "empty=REASON",
                      err);
}

static bool refuse_repeatable(const mb_source *source, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "a repeatable migration has no rollback: it runs again when its file "
                              "changes");
    mb_fail_hint(err, "Delete the function \"down\".");
    return mb_fail_at(err, source->path, 0, 0);
}

bool mb_source_check_rollback(const mb_source *source, const mb_settings *settings,
                              const mb_host *host, mb_error *err)
{
    const mb_migration *m = source->file;
    bool irreversible = source->directives->irreversible;
    own read;
    bool ok;

    if (m->repeatable && source->chunk && host->info(source->chunk)->has[MB_ENTRY_DOWN])
        return refuse_repeatable(source, err);
    if (!m->down_path && !m->down_section)
        return true;
    if (source->direction == MB_UP || !m->down_path)
        return check(m, irreversible,
                     source->chunk && host->info(source->chunk)->has[MB_ENTRY_DOWN], err);
    if (!read_own(&read, settings, host, m, err))
        return false;
    ok = check(m, irreversible || read.directives.irreversible, read.has_down, err) &&
         check_rollback_file(source, host, err);
    mb_directives_free(&read.directives);
    return ok;
}
