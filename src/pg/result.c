/* result.c -- reading rows. */
#include "pg.h"

#include <stdlib.h>

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
    return PQfname(MB_PG(res), (int)column);
}

uint32_t mb_result_type(const mb_result *res, size_t column)
{
    return PQftype(MB_PG(res), (int)column);
}

bool mb_result_null(const mb_result *res, size_t row, size_t column)
{
    return PQgetisnull(MB_PG(res), (int)row, (int)column);
}

const char *mb_result_value(const mb_result *res, size_t row, size_t column)
{
    return PQgetvalue(MB_PG(res), (int)row, (int)column);
}

size_t mb_result_length(const mb_result *res, size_t row, size_t column)
{
    return (size_t)PQgetlength(MB_PG(res), (int)row, (int)column);
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
