#include "moonbird/server/restore.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/file.h"
#include "moonbird/os/probe.h"
#include "moonbird/os/program.h"
#include "moonbird/pg/child_env.h"
#include "moonbird/server/find_programs.h"
#include "process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the table of contents ---- */

enum { LIST_MOST = 1 << 28 };

/* Copies the rest of the line behind `label` in the comments at the head of the list. */
static void read_comment(char *out, size_t size, const char *list, const char *label)
{
    const char *at = strstr(list, label);

    if (!at)
        return;
    at += strlen(label);
    snprintf(out, size, "%.*s", (int)strcspn(at, "\r\n"), at);
}

/* An entry is a line that does not begin with ";". */
static size_t count_entries(const char *list)
{
    size_t n = 0;

    while (*list) {
        size_t len = strcspn(list, "\n");

        n += len > 0 && *list != ';';
        list += len + (list[len] == '\n');
    }
    return n;
}

static bool fail_list(mb_error *err, const char *path, const mb_program_end *end)
{
    const char *said = mb_buf_str(&end->err);
    size_t len = strlen(said);

    while (len > 0 && said[len - 1] == '\n')
        len--;
    mb_fail(err, MB_ERR_FAILED, "pg_restore cannot read the backup");
    mb_fail_detail(err, "%.*s", (int)len, said);
    return mb_fail_at(err, path, 0, 0);
}

bool mb_archive_read(mb_archive *out, const char *path, mb_error *err)
{
    const char *argv[] = {NULL, "--list", path, NULL};
    mb_program_end end = {0};
    char *program = NULL;
    bool folder = false, ok;

    *out = (mb_archive){0};
    if (!mb_file_check(path, &folder, err) || !mb_server_program(&program, "pg_restore", err))
        return false;
    argv[0] = program;
    ok = mb_program_run(&end, &(mb_program){.argv = argv, .folder = "/", .most = LIST_MOST}, err);
    if (ok && end.status != 0)
        ok = fail_list(err, path, &end);
    if (ok) {
        const char *list = mb_buf_str(&end.out);

        read_comment(out->made, sizeof out->made, list, "; Archive created at ");
        read_comment(out->database, sizeof out->database, list, ";     dbname: ");
        read_comment(out->server, sizeof out->server, list, ";     Dumped from database version: ");
        out->entries = count_entries(list);
    }
    mb_program_end_free(&end);
    free(program);
    return ok;
}

/* ---- restoring ---- */

/*
 * With an empty name, libpq takes the name from the environment; a name may look like a connection
 * string.
 */
static bool run(const mb_restore *what, const char *program, const mb_conn *conn, mb_error *err)
{
    const char *argv[] = {program, "--no-password", "--single-transaction", "--exit-on-error",
                          "--dbname=", what->archive, NULL, NULL, NULL};
    mb_names env;
    bool ok;

    if (what->no_owner) {
        argv[5] = "--no-owner";
        argv[6] = "--no-privileges";
        argv[7] = what->archive;
    }
    if (!mb_conn_child_env(&env, conn, err))
        return false;
    mb_names_add(&env, NULL); /* the end */
    ok = mb_process_run(&(mb_process){.argv = argv,
                                      .env = (const char *const *)env.items,
                                      .log = what->log,
                                      .lock = -1,
                                      .death_signal = SIGTERM},
                        err);
    mb_names_free(&env);
    if (!ok)
        err->file[0] = '\0'; /* the log is removed */
    return ok;
}

bool mb_restore_run(const mb_restore *what, const mb_conn *conn, mb_error *err)
{
    char *program = NULL;
    bool ok;

    if (!mb_server_program(&program, "pg_restore", err))
        return false;
    ok = run(what, program, conn, err);
    unlink(what->log);
    free(program);
    return ok;
}
