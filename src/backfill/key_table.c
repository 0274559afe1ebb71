/* key_table.c -- the table of a backfill, read from the catalog: its columns and its key. */
#include "worker.h"

#include "moonbird/history/history_sql.h"

#include "moonbird/base/mem.h"
#include "moonbird/pg/qualified.h"
#include "moonbird/sql/quote.h"

#include <stdlib.h>
#include <string.h>

static bool ask(mb_result **out, mb_conn *conn, const char *sql, const char *relation,
                const char *key, mb_error *err)
{
    const mb_param params[] = {mb_history_text(relation), mb_array_param(key)};

    return mb_conn_query(out, conn, sql, 2, params, err);
}

/*
 * The column's type without modifier, and for a domain its base type.  A cast to these truncates a
 * value that is too long; the assignment to the column refuses it instead.
 */
#define BASE_TYPE                                                                               \
    "(WITH RECURSIVE base (oid) AS (SELECT a.atttypid UNION ALL SELECT d.typbasetype FROM base" \
    " JOIN pg_catalog.pg_type d ON d.oid" MB_EQ "base.oid AND d.typtype" MB_EQ "'d')"           \
    " SELECT y.oid FROM base JOIN pg_catalog.pg_type y"                                         \
    " ON y.oid" MB_EQ "base.oid AND y.typtype" MB_NE "'d')"

/* The schema of the type's default ordering operators; for citext it is the extension's schema. */
#define OPERATORS                                                                               \
    "coalesce((SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_opclass k"           \
    " JOIN pg_catalog.pg_am m ON m.oid" MB_EQ "k.opcmethod AND m.amname" MB_EQ "'btree'"        \
    " JOIN pg_catalog.pg_amop p ON p.amopfamily" MB_EQ "k.opcfamily AND p.amopstrategy" MB_EQ   \
    "3 AND p.amoplefttype" MB_EQ "k.opcintype AND p.amoprighttype" MB_EQ "k.opcintype"          \
    " JOIN pg_catalog.pg_operator o ON o.oid" MB_EQ "p.amopopr"                                 \
    " JOIN pg_catalog.pg_namespace n ON n.oid" MB_EQ "o.oprnamespace"                           \
    " WHERE k.opcdefault AND k.opcintype" MB_EQ "y.oid), 'pg_catalog')"

/* Citus puts this trigger on each table that it distributes, also on the other nodes. */
#define DISTRIBUTED                                                                             \
    "EXISTS (SELECT FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_proc f"                     \
    " ON f.oid" MB_EQ "g.tgfoid WHERE g.tgrelid" MB_EQ "c.oid AND g.tgisinternal"               \
    " AND f.proname" MB_EQ "'citus_truncate_trigger')"

static mb_field field_of(const mb_result *res, size_t row)
{
    return (mb_field){
        .name = mb_strdup(mb_result_value(res, row, 0)),
        .type = mb_strdup(mb_result_value(res, row, 1)),
        .schema = mb_strdup(mb_result_value(res, row, 6)),
        .oid = (uint32_t)mb_result_int(res, row, 2),
        .not_null = mb_result_bool(res, row, 3),
        .unnests = mb_result_bool(res, row, 10),
        .generated = mb_result_bool(res, row, 13),
        .generated_always = mb_result_bool(res, row, 14),
    };
}

/* A column that is NOT NULL may still hold NULL while the constraint is NOT VALID (since 18). */
#define NEVER_NULL                                                                              \
    "a.attnotnull AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint v"                       \
    " WHERE v.conrelid" MB_EQ "a.attrelid AND v.contype" MB_EQ "'n' AND NOT v.convalidated"     \
    " AND a.attnum" MB_EQ "v.conkey[1])"

static const char *kind_name(const char *relkind)
{
    switch (*relkind) {
    case 'v':
        return "a view";
    case 'f':
        return "a foreign table";
    case 'S':
        return "a sequence";
    case 'i':
    case 'I':
        return "an index";
    case 'c':
        return "a composite type";
    default:
        return "a table without columns";
    }
}

/* No columns of a table were found: is there no such table, or is it something else? */
static bool fail_no_table(const mb_target *t, mb_conn *conn, const mb_backfill *b, mb_error *err)
{
    mb_result *res;

    if (!ask(&res, conn,
             "SELECT c.relkind FROM pg_catalog.pg_class c WHERE c.oid" MB_EQ
             "pg_catalog.to_regclass($1) AND $2 IS NULL",
             t->relation, NULL, err))
        return false;
    if (mb_result_rows(res) == 0) {
        mb_fail(err, MB_ERR_USAGE, "backfill \"%s\": table %s does not exist", b->name,
                t->relation);
    } else {
        mb_fail(err, MB_ERR_USAGE, "backfill \"%s\": %s is %s", b->name, t->relation,
                kind_name(mb_result_value(res, 0, 0)));
        mb_fail_hint(err, "A backfill changes the rows of a table. Name the table that has them.");
    }
    mb_result_free(res);
    return false;
}

static bool read_fields(mb_target *t, mb_conn *conn, const mb_backfill *b, mb_error *err)
{
    mb_result *res;

    if (!ask(&res, conn,
             "SELECT a.attname, pg_catalog.format('%I.%I', z.nspname, y.typname), a.atttypid,"
             " " NEVER_NULL ", s.rows::bigint, s.bytes::bigint, " OPERATORS ", c.relhasrules,"
             " " MB_MAY_REFUSE ", (SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)"
             " FROM pg_catalog.pg_namespace n WHERE n.oid" MB_EQ "c.relnamespace),"
             " y.typcategory" MB_NE "'A' AND y.typtype" MB_NE "'c' AND y.typdelim" MB_EQ
             "',' AND y.typarray" MB_NE "0::pg_catalog.oid, " DISTRIBUTED ","
             " pg_catalog.row_security_active(c.oid), a.attgenerated" MB_NE "'',"
             " (a.attgenerated" MB_NE "'' OR a.attidentity" MB_EQ "'a')"
             " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a"
             " ON a.attrelid" MB_EQ "c.oid"
             " JOIN pg_catalog.pg_type y ON y.oid" MB_EQ BASE_TYPE
             " JOIN pg_catalog.pg_namespace z ON z.oid" MB_EQ "y.typnamespace,"
             " LATERAL (SELECT pg_catalog.sum(CASE WHEN l.reltuples" MB_OP(">") "0 THEN l.reltuples"
             " ELSE pg_catalog.pg_relation_size(l.oid)" MB_OP("/") "50 END) AS rows,"
             " pg_catalog.sum(pg_catalog.pg_table_size(l.oid)) AS bytes FROM pg_catalog.pg_class l"
             " WHERE l.oid" MB_EQ "c.oid OR l.oid" MB_EQ "ANY"
             " (SELECT relid FROM pg_catalog.pg_partition_tree(c.oid) WHERE isleaf)) s"
             " WHERE c.oid" MB_EQ "pg_catalog.to_regclass($1) AND c.relkind" MB_EQ "ANY ('{r,p,m}')"
             " AND a.attnum" MB_OP(">") "0 AND NOT a.attisdropped AND $2 IS NULL ORDER BY a.attnum",
             t->relation, NULL, err))
        return false;
    t->n_fields = mb_result_rows(res);
    t->fields = mb_alloc(t->n_fields * sizeof *t->fields);
    for (size_t i = 0; i < t->n_fields; i++)
        t->fields[i] = field_of(res, i);
    t->estimate = t->n_fields ? mb_result_int(res, 0, 4) : 0;
    t->bytes = t->n_fields ? mb_result_int(res, 0, 5) : 0;
    t->has_rules = t->n_fields && mb_result_bool(res, 0, 7);
    t->may_refuse = t->n_fields && mb_result_bool(res, 0, 8);
    t->sql_name = t->n_fields ? mb_strdup(mb_result_value(res, 0, 9)) : NULL;
    t->distributed = t->n_fields && mb_result_bool(res, 0, 11);
    t->may_hide = t->n_fields && mb_result_bool(res, 0, 12);
    mb_result_free(res);
    return t->n_fields > 0 || fail_no_table(t, conn, b, err);
}

const mb_field *mb_target_field(const mb_target *t, const char *name)
{
    for (size_t i = 0; i < t->n_fields; i++)
        if (strcmp(t->fields[i].name, name) == 0)
            return &t->fields[i];
    return NULL;
}

static bool add_key_column(mb_target *t, const mb_backfill *b, const char *name, mb_error *err)
{
    const mb_field *field = mb_target_field(t, name);

    if (!field)
        return mb_fail(err, MB_ERR_USAGE, "backfill \"%s\": table %s has no column \"%s\"", b->name,
                       t->relation, name);
    if (!field->not_null) {
        mb_fail(err, MB_ERR_USAGE, "backfill \"%s\": its key \"%s\" may be NULL", b->name, name);
        return mb_fail_hint(err, "Rows without a key would never be processed. Use a column that "
                                 "is NOT NULL by a valid constraint, or the primary key.");
    }
    t->key = mb_grow(t->key, t->n_key, sizeof *t->key);
    t->key[t->n_key++] = field;
    return true;
}

#define KEY_OF_INDEX                                                                            \
    "ARRAY(SELECT a.attname::pg_catalog.text"                                                   \
    " FROM pg_catalog.generate_series(0, i.indnkeyatts" MB_OP("-") "1) n"                       \
    " JOIN pg_catalog.pg_attribute a ON a.attrelid" MB_EQ "i.indrelid"                          \
    " AND a.attnum" MB_EQ "i.indkey[n]"                                                         \
    " ORDER BY n)"

static bool read_primary_key(mb_target *t, mb_conn *conn, const mb_backfill *b, mb_error *err)
{
    mb_result *res;
    bool ok = true;

    if (!ask(&res, conn,
             "SELECT pg_catalog.unnest(" KEY_OF_INDEX ") FROM pg_catalog.pg_index i"
             " WHERE i.indrelid" MB_EQ "pg_catalog.to_regclass($1) AND i.indisprimary AND $2 IS"
             " NULL",
             t->sql_name, NULL, err))
        return false;
    for (size_t i = 0; ok && i < mb_result_rows(res); i++)
        ok = add_key_column(t, b, mb_result_value(res, i, 0), err);
    mb_result_free(res);
    return ok;
}

static bool refuse_without_key(const mb_target *t, const mb_backfill *b, mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "backfill \"%s\": table %s has no primary key", b->name,
            t->relation);
    return mb_fail_hint(err, "Set key = \"COLUMN\", the column of a unique index.");
}

/* A table without rows needs no key, and has no identity: no chunk is cut from it. */
static bool read_empty(mb_target *t, mb_conn *conn, const mb_backfill *b, mb_error *err)
{
    char *sql = mb_format("SELECT FROM %s LIMIT 1", t->sql_name);
    mb_result *res;
    bool ok = mb_conn_exec(&res, conn, sql, err);

    free(sql);
    if (!ok)
        return false;
    ok = mb_result_rows(res) == 0 || refuse_without_key(t, b, err);
    mb_result_free(res);
    t->key_text = mb_strdup("{}");
    t->id = mb_strdup("");
    return ok;
}

/* True when other tables, which are not partitions, inherit from the table of index `i`. */
#define HAS_HEIRS                                                                               \
    "EXISTS (SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class p"                   \
    " ON p.oid" MB_EQ "h.inhparent WHERE p.oid" MB_EQ "i.indrelid AND p.relkind" MB_EQ "'r')"

/*
 * True when keys that index `i` tells apart also differ by the columns' own collation and "=".
 * Nondeterministic collations treat different strings as equal.
 */
#define COMPARES_AS_COLUMNS                                                                     \
    "NOT EXISTS (SELECT FROM pg_catalog.generate_series(0, i.indnkeyatts" MB_OP("-") "1) n"     \
    " JOIN pg_catalog.pg_attribute a ON a.attrelid" MB_EQ "i.indrelid"                          \
    " AND a.attnum" MB_EQ "i.indkey[n]"                                                         \
    " JOIN pg_catalog.pg_opclass k ON k.oid" MB_EQ "i.indclass[n]"                              \
    " JOIN pg_catalog.pg_amop m ON m.amopfamily" MB_EQ "k.opcfamily AND m.amopstrategy" MB_EQ   \
    "3 AND m.amoplefttype" MB_EQ "k.opcintype AND m.amoprighttype" MB_EQ "k.opcintype"          \
    " JOIN pg_catalog.pg_operator o ON o.oid" MB_EQ "m.amopopr"                                 \
    " LEFT JOIN pg_catalog.pg_collation d ON d.oid" MB_EQ "a.attcollation"                      \
    " WHERE o.oprname" MB_NE "'=' OR (NOT d.collisdeterministic"                                \
    " AND d.oid" MB_NE "i.indcollation[n]))"

static bool refuse_each(const mb_target *t, const mb_backfill *b, bool heirs, mb_error *err)
{
    if (heirs) {
        mb_fail(err, MB_ERR_USAGE, "backfill \"%s\": \"each\" cannot change table %s, from which "
                                   "other tables inherit", b->name, t->relation);
        mb_fail_detail(err, "Its unique index does not cover the rows of those tables, so several "
                            "rows can have the same key.");
        return mb_fail_hint(err, "Change the rows with \"set\" or \"batch\".");
    }
    mb_fail(err, MB_ERR_USAGE, "backfill \"%s\": the unique index on its key %s does not compare "
                               "the columns as \"=\" does", b->name, t->key_text);
    mb_fail_detail(err, "The index has another collation or operator class, so several rows can "
                        "have keys that are equal by \"=\".");
    return mb_fail_hint(err, "Use the columns of another unique index as the key, or change the "
                             "rows with \"set\" or \"batch\".");
}

/*
 * Also reads the identity, which needs the key.  `each` writes to a row by its key, so one key must
 * be one row; the others process all rows of a range.
 */
static bool check_unique(mb_target *t, mb_conn *conn, const mb_backfill *b, mb_error *err)
{
    mb_result *res;
    bool unique, heirs, same;

    if (!ask(&res, conn,
             "SELECT " MB_TARGET_ID("i.indrelid", "$2") ", " HAS_HEIRS ", " COMPARES_AS_COLUMNS
             " AS same FROM pg_catalog.pg_index i"
             " WHERE i.indrelid" MB_EQ "pg_catalog.to_regclass($1) AND i.indisunique"
             " AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL"
             " AND " KEY_OF_INDEX MB_EQ "$2 ORDER BY same DESC",
             t->sql_name, t->key_text, err))
        return false;
    unique = mb_result_rows(res) > 0;
    t->id = unique ? mb_strdup(mb_result_value(res, 0, 0)) : NULL;
    heirs = unique && mb_result_bool(res, 0, 1);
    same = unique && mb_result_bool(res, 0, 2);
    mb_result_free(res);
    if (unique)
        return !b->script.each || (same && !heirs) || refuse_each(t, b, heirs, err);
    mb_fail(err, MB_ERR_USAGE, "backfill \"%s\": table %s has no unique index on its key %s",
            b->name,
            t->relation, t->key_text);
    return mb_fail_hint(err, "The key must be the columns of a unique index, in the order of the "
                             "index.");
}

static bool read_key(mb_target *t, mb_conn *conn, const mb_backfill *b, mb_error *err)
{
    mb_buf text = {0};

    for (size_t i = 0; i < b->n_key; i++)
        if (!add_key_column(t, b, b->key[i], err))
            return false;
    if (b->n_key == 0 && !read_primary_key(t, conn, b, err))
        return false;
    if (t->n_key == 0)
        return read_empty(t, conn, b, err);
    for (size_t i = 0; i < t->n_key; i++)
        mb_add_element(&text, t->key[i]->name, strlen(t->key[i]->name));
    mb_buf_putc(&text, '}');
    t->key_text = text.data;
    return check_unique(t, conn, b, err);
}

bool mb_target_read(mb_target *out, mb_conn *conn, const mb_backfill *b, mb_error *err)
{
    mb_buf relation = {0};

    *out = (mb_target){0};
    mb_quote_relation(&relation, b->table);
    out->relation = relation.data;
    if (read_fields(out, conn, b, err) && read_key(out, conn, b, err))
        return true;
    mb_target_free(out);
    return false;
}

void mb_target_free(mb_target *t)
{
    for (size_t i = 0; i < t->n_fields; i++) {
        free(t->fields[i].name);
        free(t->fields[i].type);
        free(t->fields[i].schema);
    }
    free(t->fields);
    free(t->key);
    free(t->key_text);
    free(t->id);
    free(t->relation);
    free(t->sql_name);
    *t = (mb_target){0};
}
