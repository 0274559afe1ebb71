/*
 * names -- the statements of a server's log (stdin) that name something without its schema.
 *
 * log_line_prefix is '<%p %a> '; statements of sessions whose application_name does not begin with
 * "moonbird" are left out.  Each finding is a line with the kind of object, its name and the
 * statement.  A statement for which search_path is "pg_catalog, pg_temp" may name things as it
 * likes.  The last line on stdout is the number of different statements read.
 */
#include "moonbird/base/buf.h"
#include "moonbird/base/json.h"
#include "moonbird/base/mem.h"

#include <pg_query.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a parse tree ---- */

enum { NAME_SIZE = 64 };

typedef struct finder {
    mb_json json;
    const char *tree, *sql;
    size_t findings;
} finder;

/* A value: how many elements an array has; the last string in it. */
typedef struct value {
    size_t n;
    char text[NAME_SIZE];
} value;

/* The values of an object that are known at its end. */
typedef struct object {
    value funcname, names, name, oper, coll, relname, kind, method;
    bool schema, arg, joined_by_name;
} object;

static void find(finder *f, const char *what, const char *name)
{
    printf("%s %s: %s\n", what, name, f->sql);
    f->findings++;
}

static mb_json_token next(finder *f)
{
    mb_json_token token;
    mb_error err;

    if (!mb_json_next(&f->json, &token, &err)) {
        fprintf(stderr, "names: %s\n", err.message);
        exit(2);
    }
    return token;
}

static void copy(char out[NAME_SIZE], const mb_json_token *token)
{
    snprintf(out, NAME_SIZE, "%.*s", (int)token->len, token->text);
}

static bool is_with_query(const finder *f, const char *name)
{
    char *mark = mb_format("\"ctename\":\"%s\"", name);
    bool is = strstr(f->tree, mark);

    free(mark);
    return is;
}

static void keep(object *o, const char *key, const value *v)
{
    const struct {
        const char *key;
        value *to;
    } kept[] = {
        {"funcname", &o->funcname}, {"names", &o->names},       {"name", &o->name},
        {"operName", &o->oper},     {"collname", &o->coll},     {"relname", &o->relname},
        {"kind", &o->kind},         {"subLinkType", &o->kind},  {"method", &o->method},
    };

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (strcmp(kept[i].key, key) == 0)
            *kept[i].to = *v;
    o->schema |= strcmp(key, "schemaname") == 0;
    o->arg |= strcmp(key, "arg") == 0;
    o->joined_by_name |= strcmp(key, "usingClause") == 0 || strcmp(key, "isNatural") == 0;
}

static void judge(finder *f, const char *type, const object *o)
{
    if (o->funcname.n == 1)
        find(f, "function", o->funcname.text);
    /* The server replaces serial before it looks types up (parse_utilcmd.c). */
    if (o->names.n == 1 && strcmp(o->names.text, "serial") != 0)
        find(f, "type", o->names.text);
    if (strcmp(type, "RangeTableSample") == 0 && o->method.n == 1)
        find(f, "sampling method", o->method.text);
    if (o->coll.n == 1)
        find(f, "collation", o->coll.text);
    if (strcmp(type, "A_Expr") == 0 && o->name.n == 1)
        find(f, o->kind.text, o->name.text);
    if (strcmp(type, "SubLink") == 0 && o->oper.n < 2 &&
        (strcmp(o->kind.text, "ANY_SUBLINK") == 0 || strcmp(o->kind.text, "ALL_SUBLINK") == 0))
        find(f, "operator of a subquery", o->oper.text);
    if (strcmp(type, "CaseExpr") == 0 && o->arg)
        find(f, "operator", "of CASE x WHEN");
    if (o->joined_by_name)
        find(f, "operator", "of USING");
    if (o->relname.n && !o->schema && !is_with_query(f, o->relname.text))
        find(f, "relation", o->relname.text);
}

static value walk(finder *f, mb_json_token token, const char *type);

static value walk_object(finder *f, const char *type)
{
    object o = {0};
    value last = {0};
    mb_json_token token;

    while ((token = next(f)).kind != MB_JSON_OBJECT_END) {
        char key[NAME_SIZE];

        copy(key, &token);
        last = walk(f, next(f), key);
        keep(&o, key, &last);
    }
    judge(f, type, &o);
    return last;
}

static value walk(finder *f, mb_json_token token, const char *type)
{
    value v = {.n = 1};

    if (token.kind == MB_JSON_OBJECT)
        return walk_object(f, type);
    if (token.kind == MB_JSON_STRING)
        copy(v.text, &token);
    if (token.kind != MB_JSON_ARRAY)
        return v;
    v.n = 0;
    while ((token = next(f)).kind != MB_JSON_ARRAY_END) {
        value element = walk(f, token, "");

        memcpy(v.text, element.text, sizeof v.text);
        v.n++;
    }
    return v;
}

/* A name within a string is looked up when it is read: 'pg_class'::regclass. */
static void look_into_strings(finder *f)
{
    static const char cast[] = "'::pg_catalog.reg";

    for (const char *at = f->sql; (at = strstr(at, cast)) != NULL; at++) {
        const char *from = at;

        while (from > f->sql && from[-1] != '\'')
            from--;
        if (!memchr(from, '.', (size_t)(at - from)))
            find(f, "name in a string", "");
    }
}

static size_t find_in(const char *sql)
{
    PgQueryParseResult tree = pg_query_parse(sql);
    finder f = {.tree = tree.parse_tree, .sql = sql};

    if (tree.error) {
        find(&f, "not read", tree.error->message);
    } else {
        mb_json_read(&f.json, f.tree, strlen(f.tree));
        walk(&f, next(&f), "");
        look_into_strings(&f);
    }
    pg_query_free_parse_result(tree);
    return f.findings;
}

/* ---- the log ---- */

typedef struct reader {
    char **seen; /* statements */
    size_t n, findings;
    int *pinned; /* processes whose search_path is fixed until COMMIT or ROLLBACK */
    size_t n_pinned;
} reader;

static bool add_seen(reader *r, const char *sql)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->seen[i], sql) == 0)
            return false;
    r->seen = mb_grow(r->seen, r->n, sizeof *r->seen);
    r->seen[r->n++] = mb_strdup(sql);
    return true;
}

static int *pin_of(reader *r, int pid)
{
    for (size_t i = 0; i < r->n_pinned; i++)
        if (r->pinned[i] == pid)
            return &r->pinned[i];
    return NULL;
}

static bool is_pinned(reader *r, int pid, const char *sql, const char *detail)
{
    bool pins = strstr(sql, "search_path = pg_catalog, pg_temp") ||
                strstr(detail, "$1 = 'search_path', $2 = 'pg_catalog, pg_temp'");
    bool ends = strncmp(sql, "COMMIT", 6) == 0 || strncmp(sql, "ROLLBACK", 8) == 0;
    int *pin = pin_of(r, pid);

    if (pins && !pin && !strchr(sql, ';')) {
        r->pinned = mb_grow(r->pinned, r->n_pinned, sizeof *r->pinned);
        r->pinned[r->n_pinned++] = pid;
    }
    if (pin && ends)
        *pin = 0;
    return pins || pin;
}

/* The statement of a record, or NULL. */
static const char *statement_of(const char *record)
{
    static const char *const marks[] = {"LOG:  statement: ", "LOG:  execute ", " parse ",
                                        "STATEMENT:  "};

    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const char *at = strstr(record, marks[i]);

        if (!at || (i == 2 && !strstr(record, "LOG:  duration: ")))
            continue;
        at += strlen(marks[i]);
        return i == 1 || i == 2 ? strstr(at, ": ") + 2 : at;
    }
    return NULL;
}

typedef struct record {
    mb_buf text, detail; /* detail: the statement's parameters */
} record;

static void take(reader *r, record *rec)
{
    const char *sql = rec->text.data ? statement_of(rec->text.data) : NULL;
    int pid, at = 0;

    if (sql && sscanf(rec->text.data, "<%d moonbird%n", &pid, &at) == 1 && at > 0 &&
        !is_pinned(r, pid, sql, mb_buf_str(&rec->detail)) && add_seen(r, sql))
        r->findings += find_in(sql);
    mb_buf_free(&rec->text);
    mb_buf_free(&rec->detail);
}

int main(void)
{
    reader r = {0};
    record rec = {0};
    char *line = NULL;
    size_t size = 0;

    while (getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (strstr(line, "> DETAIL:  ")) {
            mb_buf_puts(&rec.detail, line);
            continue;
        }
        if (line[0] == '\t')
            mb_buf_putc(&rec.text, '\n');
        else
            take(&r, &rec);
        mb_buf_puts(&rec.text, line);
    }
    take(&r, &rec);
    printf("%zu statements\n", r.n);
    for (size_t i = 0; i < r.n; i++)
        free(r.seen[i]);
    free(r.seen);
    free(r.pinned);
    free(line);
    return r.findings > 0;
}
