#include "verify_sql.h"

#include "moonbird/os/path.h"
#include "moonbird/run/exec.h"
#include "moonbird/sql/script.h"

#include <stdlib.h>
#include <string.h>

static bool is_control(const mb_stmt *stmt)
{
    return stmt->kind == MB_STMT_BEGIN || stmt->kind == MB_STMT_COMMIT ||
           stmt->kind == MB_STMT_ROLLBACK;
}

static bool run_statements(mb_conn *conn, mb_script *script, mb_error *err)
{
    static const mb_exec_with plain = {0};
    int64_t affected;
    mb_stmt stmt;
    bool found;

    while (mb_script_next(script, &stmt, &found, err)) {
        if (!found)
            return true;
        if (!is_control(&stmt) && !mb_exec_statement(conn, script, &stmt, &plain, &affected, err))
            return false;
    }
    return false;
}

bool mb_verify_sql(mb_conn *conn, const char *root, const char *path, mb_error *err)
{
    char *full = mb_path_join(root, path);
    mb_script *script = NULL;
    bool ok = mb_script_open(&script, full, MB_SECTION_UP, err);

    if (ok) {
        mb_script_standard_strings(script, !mb_conn_backslashes(conn));
        ok = run_statements(conn, script, err);
    }
    if (!ok && strcmp(err->file, full) == 0)
        mb_format_into(err->file, sizeof err->file, "%s", path);
    mb_script_close(script);
    free(full);
    return ok;
}
