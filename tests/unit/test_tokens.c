#include "moonbird/sql/tokens.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

/* Appends the token in brackets, or a word as it is. */
struct writing {
    const char *sql;
    char out[200];
};

static void write_token(void *arg, const mb_sql_token *token)
{
    struct writing *w = arg;
    size_t used = strlen(w->out);

    snprintf(w->out + used, sizeof w->out - used, token->word ? " %.*s" : " [%.*s]",
             (int)(token->to - token->from), w->sql + token->from);
}

static const struct {
    const char *name, *sql, *tokens;
} cases[] = {
    {"empty", " /* nothing */ -- at all", ""},
    {"words", "DROP index a", " DROP index a"},
    {"marks", "a.b(c,1)", " a [.] b [(] c [,] [1] [)]"},
    {"one token each", "\"a b\" 'c''d' $x$e$x$ E'\\''", " [\"a b\"] ['c''d'] [$x$e$x$] [E'\\'']"},
    {"comments between", "a/* b /* c */ */d --e\nf", " a d f"},
};

static void test_tokens__are_those_of_the_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct writing w = {.sql = cases[i].sql};

        current_case = cases[i].name;
        mb_sql_tokens(w.sql, strlen(w.sql), write_token, &w);
        assert_string_equal(w.out, cases[i].tokens);
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens__are_those_of_the_text),
    };

    return RUN_TESTS(tests);
}
