/*
 * cache.c -- which statements the session has prepared: in memory only, nothing is sent from here.
 */
#include "pg.h"

#include "moonbird/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void mb_pg_forget_repeated(mb_conn *conn)
{
    for (size_t i = 0; i < MB_REPEATED_MAX; i++)
        free(conn->repeated[i].sql);
    memset(conn->repeated, 0, sizeof conn->repeated);
}

mb_repeated *mb_pg_repeated(mb_conn *conn, const char *sql, bool *added)
{
    size_t i = 0;

    while (i < MB_REPEATED_MAX && conn->repeated[i].sql && strcmp(conn->repeated[i].sql, sql) != 0)
        i++;
    *added = i < MB_REPEATED_MAX && !conn->repeated[i].sql;
    if (*added)
        conn->repeated[i] = (mb_repeated){mb_strdup(sql), ++conn->last_repeated};
    return i < MB_REPEATED_MAX ? &conn->repeated[i] : NULL;
}

uint64_t mb_pg_key(const char *sql, size_t n, const mb_param *params)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */

    for (; *sql; sql++)
        h = (h ^ (unsigned char)*sql) * 1099511628211u;
    for (size_t i = 0; i < n; i++)
        if (params[i].type)
            h = (h ^ (i << 32 ^ params[i].type)) * 1099511628211u;
    return h;
}

static void free_prepared(mb_prepared *p)
{
    free(p->sql);
    free(p->types);
}

void mb_conn_forget(mb_conn *conn)
{
    for (size_t i = 0; i < conn->n_prepared; i++)
        free_prepared(&conn->prepared[i]);
    conn->n_prepared = 0;
    conn->forgot++;
}

uint64_t mb_conn_forgot(const mb_conn *conn)
{
    return conn->forgot;
}

uint64_t mb_conn_resets(const mb_conn *conn)
{
    return conn->resets;
}

bool mb_pg_keeps_definitions(const char *text)
{
    static const char *const words[] = {
        "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE",   "WITH",      "TABLE",
        "VALUES", "FETCH",  "COPY",   "SET",    "DECLARE", "SAVEPOINT", "RELEASE",
        "BEGIN",  "COMMIT", "CLOSE",  "SHOW",   "LOCK",    "PREPARE",
    };
    size_t len = strcspn(text, " \t\r\n(");

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == len && strncasecmp(words[i], text, len) == 0)
            return true;
    return !*text; /* the tag of an empty statement */
}

void mb_pg_forget_after(mb_conn *conn, const char *tag)
{
    if (mb_pg_keeps_definitions(tag))
        return;
    mb_conn_forget(conn);
    conn->resets += strcmp(tag, "RESET") == 0;
    if (strcmp(tag, "DEALLOCATE ALL") == 0 || strcmp(tag, "DISCARD ALL") == 0)
        mb_pg_forget_repeated(conn);
}

mb_prepared *mb_pg_find_prepared(mb_conn *conn, const char *sql, uint64_t key)
{
    for (size_t i = 0; i < conn->n_prepared; i++)
        if (conn->prepared[i].key == key && strcmp(conn->prepared[i].sql, sql) == 0)
            return &conn->prepared[i];
    return NULL;
}

mb_prepared *mb_pg_remember(mb_conn *conn, const char *sql, uint64_t key)
{
    mb_prepared *p;

    if (conn->n_prepared == MB_PREPARED_MAX)
        mb_conn_forget(conn);
    if (!conn->prepared)
        conn->prepared = mb_alloc(MB_PREPARED_MAX * sizeof *conn->prepared);
    p = &conn->prepared[conn->n_prepared++];
    *p = (mb_prepared){.sql = mb_strdup(sql), .key = key};
    return p;
}

void mb_pg_name(char name[MB_NAME_SIZE], const mb_conn *conn, const char *kind, unsigned number)
{
    snprintf(name, MB_NAME_SIZE, "mb_%08x_%s%u", conn->mark, kind, number);
}
