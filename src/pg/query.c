/*
 * query.c -- statements with parameters, prepared when they come for the second time.
 *
 * A prepared statement is forgotten when a statement may have changed a table's definition.  Behind
 * a pooler none is prepared: the server's session, and the name in it, goes to other clients.
 */
#include "pg.h"

#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Statements that were forgotten stay prepared on the server; when there are many, drops them all.
 */
static bool tidy(mb_conn *conn, mb_error *err)
{
    if (conn->last_prepared - conn->tidied < 4 * MB_PREPARED_MAX)
        return true;
    mb_conn_forget(conn);
    mb_pg_forget_repeated(conn);
    if (!mb_conn_exec(NULL, conn, "DEALLOCATE ALL", err))
        return false;
    conn->tidied = conn->last_prepared;
    return true;
}

/* Parameters as parallel arrays, which libpq takes. */
typedef struct arrays {
    const char **values;
    int *lengths, *formats;
    Oid *types;
} arrays;

static arrays make_arrays(size_t n, const mb_param *params)
{
    arrays a = {mb_alloc(n * sizeof *a.values), mb_alloc(n * sizeof *a.lengths),
                mb_alloc(n * sizeof *a.formats), mb_alloc(n * sizeof *a.types)};

    for (size_t i = 0; i < n; i++) {
        a.values[i] = params[i].data;
        a.lengths[i] = (int)params[i].len;
        a.formats[i] = params[i].binary;
        a.types[i] = params[i].type;
    }
    return a;
}

static void free_arrays(arrays *a)
{
    free(a->values);
    free(a->lengths);
    free(a->formats);
    free(a->types);
}

static bool send_prepare(mb_conn *conn, mb_prepared *p, size_t n, const mb_param *params,
                         mb_error *err)
{
    arrays a = make_arrays(n, params);
    char name[MB_NAME_SIZE];
    bool ok;

    p->number = ++conn->last_prepared;
    mb_pg_name(name, conn, "", p->number);
    ok = mb_pg_sent(conn, PQsendPrepare(conn->pg, name, p->sql, (int)n, a.types), err);
    free_arrays(&a);
    return ok;
}

static bool prepare(mb_conn *conn, mb_prepared *p, size_t n, const mb_param *params, mb_error *err)
{
    if (mb_pg_ready(conn, err) && send_prepare(conn, p, n, params, err) &&
        mb_pg_give(NULL, conn, err))
        return true;
    p->number = 0;
    return false;
}

static bool send_params(mb_conn *conn, const char *sql, const mb_prepared *p, size_t n,
                        const mb_param *params, mb_error *err)
{
    arrays a;
    char name[MB_NAME_SIZE];
    int ok;

    if (n == 0 && PQpipelineStatus(conn->pg) == PQ_PIPELINE_OFF && !(p && p->number))
        return mb_pg_sent(conn, mb_pg_send(conn, sql), err);
    a = make_arrays(n, params);
    if (p && p->number) {
        mb_pg_name(name, conn, "", p->number);
        ok = PQsendQueryPrepared(conn->pg, name, (int)n, a.values, a.lengths, a.formats, 0);
    } else {
        ok = PQsendQueryParams(conn->pg, sql, (int)n, a.types, a.values, a.lengths, a.formats, 0);
    }
    free_arrays(&a);
    return mb_pg_sent(conn, ok, err);
}

static bool too_many(mb_error *err, size_t n)
{
    return mb_fail(err, MB_ERR_USAGE, "a statement can have at most 65535 parameters, not %zu", n);
}

bool mb_conn_query(mb_result **out, mb_conn *conn, const char *sql, size_t n,
                   const mb_param *params, mb_error *err)
{
    uint64_t key = mb_pg_key(sql, n, params);
    mb_prepared *p = NULL;

    if (n > UINT16_MAX)
        return too_many(err, n);
    if (!mb_pg_ready(conn, err) || !tidy(conn, err))
        return false;
    if (!conn->pooled) {
        p = mb_pg_find_prepared(conn, sql, key);
        if (!p)
            mb_pg_remember(conn, sql, key); /* prepared when it comes again */
        else if (!p->number && !prepare(conn, p, n, params, err))
            return false;
    }
    return send_params(conn, sql, p, n, params, err) && mb_pg_give(out, conn, err);
}

bool mb_pg_send_queued(mb_conn *conn, const char *sql, size_t n, const mb_param *params,
                       bool *prepares, mb_error *err)
{
    uint64_t key = mb_pg_key(sql, n, params);
    mb_prepared *p = NULL;

    *prepares = false;
    if (n > UINT16_MAX)
        return too_many(err, n);
    if (n == 0 && !mb_pg_keeps_definitions(sql))
        mb_conn_forget(conn); /* its result is read only after the next statements were sent */
    if (n > 0 && !conn->pooled) {
        p = mb_pg_find_prepared(conn, sql, key);
        *prepares = p && !p->number;
        if (!p)
            mb_pg_remember(conn, sql, key);
        else if (*prepares && !send_prepare(conn, p, n, params, err))
            return false;
    }
    return send_params(conn, sql, p, n, params, err);
}

/* ---- the types of parameters ---- */

static void read_types(mb_prepared *p, const PGresult *res)
{
    p->n_types = (size_t)PQnparams(res);
    p->types = mb_alloc(p->n_types * sizeof *p->types);
    for (size_t i = 0; i < p->n_types; i++)
        p->types[i] = PQparamtype(res, (int)i);
    p->described = true;
}

static bool describe(mb_conn *conn, mb_prepared *p, mb_error *err)
{
    PGresult *res = NULL;
    char name[MB_NAME_SIZE];

    mb_pg_name(name, conn, "", p->number);
    if (!mb_pg_ready(conn, err) || !mb_pg_sent(conn, PQsendDescribePrepared(conn->pg, name), err) ||
        !mb_pg_finish(&res, conn, err))
        return false;
    read_types(p, res);
    PQclear(res);
    return true;
}

/* Reads the results of a Parse and a Describe message, up to the Sync after them. */
static bool read_description(mb_conn *conn, mb_prepared *p, mb_error *err)
{
    mb_error later;
    bool ok = true, end = false;
    PGresult *res;
    int n = 0;

    while (!end) {
        if (!mb_pg_next(&res, conn, ok ? err : &later))
            return false;
        if (!res && PQstatus(conn->pg) == CONNECTION_BAD)
            return ok ? mb_pg_fail(err, conn, NULL) : false;
        if (ok && res && PQresultStatus(res) == PGRES_FATAL_ERROR)
            ok = mb_pg_fail(err, conn, res);
        else if (ok && PQresultStatus(res) == PGRES_COMMAND_OK && ++n == 2)
            read_types(p, res);
        end = PQresultStatus(res) == PGRES_PIPELINE_SYNC;
        PQclear(res);
    }
    return ok;
}

/*
 * Behind a pooler a name would stay in a server session that goes to other clients, and the next
 * message may reach another server session: Parse and Describe travel together, without a name.
 */
static bool describe_unnamed(mb_conn *conn, mb_prepared *p, mb_error *err)
{
    bool ok;

    if (!mb_pg_ready(conn, err) || !mb_pg_sent(conn, PQenterPipelineMode(conn->pg), err))
        return false;
    ok = mb_pg_sent(conn, PQsendPrepare(conn->pg, "", p->sql, 0, NULL), err) &&
         mb_pg_sent(conn, PQsendDescribePrepared(conn->pg, ""), err) &&
         mb_pg_sent(conn, PQpipelineSync(conn->pg), err) && read_description(conn, p, err);
    return mb_pg_sent(conn, PQexitPipelineMode(conn->pg), ok ? err : &(mb_error){0}) && ok;
}

bool mb_conn_parameter_types(const uint32_t **types, size_t *n, mb_conn *conn, const char *sql,
                             mb_error *err)
{
    uint64_t key = mb_pg_key(sql, 0, NULL);
    mb_prepared *p;

    /* a statement in flight may be DDL, which makes the cached types stale */
    if (!mb_pg_ready(conn, err))
        return false;
    p = mb_pg_find_prepared(conn, sql, key);
    if (!p)
        p = mb_pg_remember(conn, sql, key);
    if (conn->pooled) {
        if (!p->described && !describe_unnamed(conn, p, err))
            return false;
    } else if ((!p->number && !prepare(conn, p, 0, NULL, err)) ||
               (!p->described && !describe(conn, p, err))) {
        return false;
    }
    *types = p->types;
    *n = p->n_types;
    return true;
}
