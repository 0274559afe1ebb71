/* The splitter against the parser of PostgreSQL 15, as libpg_query has it. */
#include "moonbird/os/file.h"
#include "moonbird/sql/script.h"

#include "test.h"

#include <ctype.h>
#include <pg_query.h>
#include <stdlib.h>
#include <string.h>

/* Past white space and comments: the parser counts them as part of the statement they precede. */
static const char *skip_gap(const char *s, const char *end)
{
    int depth = 0;

    while (s < end) {
        if (end - s > 1 && strncmp(s, "/*", 2) == 0)
            depth++, s += 2;
        else if (depth && end - s > 1 && strncmp(s, "*/", 2) == 0)
            depth--, s += 2;
        else if (depth || isspace((unsigned char)*s))
            s++;
        else if (end - s > 1 && strncmp(s, "--", 2) == 0)
            s += strcspn(s, "\n");
        else
            break;
    }
    return s;
}

static void compare(const char *path, const mb_buf *text)
{
    PgQuerySplitResult parsed = pg_query_split_with_parser(text->data);
    mb_script *script = mb_script_of_text(text->data, text->len, path);
    mb_stmt stmt;
    mb_error err;
    bool found = true;
    int n = 0;

    if (parsed.error)
        fail_msg("%s: %s at %d", path, parsed.error->message, parsed.error->cursorpos);
    for (; found; n += found) {
        const char *from, *end;

        if (!mb_script_next(script, &stmt, &found, &err))
            fail_msg("%s:%d: %s", path, err.line, err.message);
        if (!found)
            break;
        assert_true(n < parsed.n_stmts);
        from = text->data + parsed.stmts[n]->stmt_location;
        end = from + parsed.stmts[n]->stmt_len;
        from = skip_gap(from, end);
        current_case = stmt.sql;
        assert_true((size_t)(end - from) >= stmt.len);
        assert_memory_equal(from, stmt.sql, stmt.len);
        assert_ptr_equal(skip_gap(from + stmt.len, end), end);
    }
    current_case = path;
    assert_int_equal(n, parsed.n_stmts);
    pg_query_free_split_result(parsed);
    mb_script_close(script);
}

static void compare_file(const char *path)
{
    mb_buf text = {0};
    mb_error err;

    current_case = path;
    if (!mb_file_read(&text, path, &err))
        fail_msg("%s: %s", path, err.message);
    compare(path, &text);
    mb_buf_free(&text);
}

static void test_split__agrees_with_the_parser(void **state)
{
    (void)state;
    compare_file("tests/fixtures/sql/corpus.sql");
    compare_file("tests/fixtures/sql/beyond-psql.sql");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split__agrees_with_the_parser),
    };

    return RUN_TESTS(tests);
}
