/*
 * qualified.h -- operators for the statements that moonbird itself sends.
 *
 * A role that may create objects in a schema of the search_path can put a function, an operator or
 * a type there that fits better than PostgreSQL's own, and it would run with the rights of the
 * session (CVE-2018-1058).  Therefore every name in our SQL has its schema: pg_catalog.now(),
 * x::pg_catalog.text, 'pg_catalog.pg_class'::pg_catalog.regclass.  Types that the grammar knows
 * (int, bigint, boolean, real) have it already.  IN, BETWEEN, LIKE, CASE x WHEN, NULLIF, IS
 * DISTINCT FROM, USING and comparisons of rows look up their operators by name, and are not used.
 * tests/cli/planted checks all of it.
 *
 * All operators written this way have one precedence, from left to right and below that of +: write
 * the parentheses.
 */
#ifndef MOONBIRD_PG_QUALIFIED_H
#define MOONBIRD_PG_QUALIFIED_H

#define MB_OP(symbol) " OPERATOR(pg_catalog." symbol ") "

#define MB_EQ MB_OP("=")
#define MB_NE MB_OP("<>")
#define MB_CAT MB_OP("||")

/* NULL instead of an empty string. */
#define MB_FILLED(string) "CASE WHEN " string MB_NE "'' THEN " string " END"

/* A moment in UTC, in ISO 8601. */
#define MB_ISO_UTC(moment) \
    "pg_catalog.to_char(" moment " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

/*
 * Microseconds from one moment to another; and of a moment since 1970.  extract() is numeric: to
 * multiply it by an int, a new session would read all operators of that name.
 */
#define MB_US(from, to)                                                                            \
    "(extract(epoch FROM " to MB_OP("-") from ")" MB_OP("*") "1000000::numeric)::bigint"
#define MB_US_OF(moment) "(extract(epoch FROM " moment ")" MB_OP("*") "1000000::numeric)::bigint"

#endif
