/*
 * result.c -- reading rows; a cell that is not there is remembered, and fails the next statement.
 */
#include "pg.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>

/* For all sessions together: whichever statement comes next, it must not be sent. */
static bool missed;

bool mb_result_missed(mb_error *err)
{
    if (!missed)
        return false;
    missed = false;
    mb_result_refuse(err, "with fewer rows or columns than expected");
    return true;
}

bool mb_result_refuse(mb_error *err, const char *how)
{
    mb_fail(err, MB_ERR_FAILED, "the server answered %s", how);
    return mb_fail_hint(err,
                        "Check whether this connection leads to PostgreSQL itself, or to a proxy "
                        "or another program that breaks its protocol.");
}

bool mb_result_expect(const mb_result *res, size_t rows, size_t columns, mb_error *err)
{
    return (mb_result_rows(res) == rows && mb_result_columns(res) == columns) ||
           mb_result_refuse(err, "with other rows or columns than expected");
}

static bool is_there(const mb_result *res, size_t row, size_t column)
{
    if (row < mb_result_rows(res) && column < mb_result_columns(res))
        return true;
    missed = true;
    return false;
}

size_t mb_result_rows(const mb_result *res)
{
    return (size_t)PQntuples(MB_PG(res));
}

size_t mb_result_columns(const mb_result *res)
{
    return (size_t)PQnfields(MB_PG(res));
}

const char *mb_result_name(const mb_result *res, size_t column)
{
    const char *name = column < mb_result_columns(res) ? PQfname(MB_PG(res), (int)column) : NULL;

    return name ? name : "";
}

uint32_t mb_result_type(const mb_result *res, size_t column)
{
    return column < mb_result_columns(res) ? PQftype(MB_PG(res), (int)column) : 0;
}

bool mb_result_null(const mb_result *res, size_t row, size_t column)
{
    return !is_there(res, row, column) || PQgetisnull(MB_PG(res), (int)row, (int)column);
}

const char *mb_result_cell(const mb_result *res, size_t row, size_t column, size_t *length)
{
    if (!is_there(res, row, column))
        return NULL;
    *length = (size_t)PQgetlength(MB_PG(res), (int)row, (int)column);
    if (*length == 0 && PQgetisnull(MB_PG(res), (int)row, (int)column))
        return NULL;
    return PQgetvalue(MB_PG(res), (int)row, (int)column);
}

const char *mb_result_value(const mb_result *res, size_t row, size_t column)
{
    return is_there(res, row, column) ? PQgetvalue(MB_PG(res), (int)row, (int)column) : "";
}

char *mb_result_copy(const mb_result *res, size_t row, size_t column)
{
    return mb_result_null(res, row, column) ? NULL : mb_strdup(mb_result_value(res, row, column));
}

size_t mb_result_length(const mb_result *res, size_t row, size_t column)
{
    return is_there(res, row, column) ? (size_t)PQgetlength(MB_PG(res), (int)row, (int)column) : 0;
}

int64_t mb_result_int(const mb_result *res, size_t row, size_t column)
{
    return strtoll(mb_result_value(res, row, column), NULL, 10);
}

bool mb_result_bool(const mb_result *res, size_t row, size_t column)
{
    return mb_result_value(res, row, column)[0] == 't';
}

int64_t mb_result_affected(const mb_result *res)
{
    const char *text = PQcmdTuples((PGresult *)res);

    return *text ? strtoll(text, NULL, 10) : 0;
}

void mb_result_free(mb_result *res)
{
    PQclear((PGresult *)res);
}
