/*
 * expect.c -- the statement that an expectation belongs to.
 *
 * Expectations right below a statement wait until the line of the next one is known: what touches
 * both could mean either, and checking the wrong statement would be worse than an error.
 */
#include "splitter.h"

#include "sql/lexer/comment.h"

void mb_script_expect(mb_script *script, mb_expectations *out)
{
    script->expecting.found = out;
    script->expecting.known = out->n;
}

static bool is_on(const mb_script *script)
{
    return script->expecting.found && mb_script_wants(script);
}

static bool fail_at(const mb_script *script, const mb_expectation *one, mb_error *err)
{
    return mb_fail_at(err, script->name, one->line, one->column);
}

/* The expectations that wait belong to this statement. */
static bool assign(mb_script *script, size_t statement, mb_error *err)
{
    mb_expecting *e = &script->expecting;

    for (; e->known < e->found->n; e->known++) {
        mb_expectation *one = &e->found->items[e->known];

        one->statement = statement;
        if (e->known == 0 || one[-1].statement != statement)
            continue;
        mb_fail(err, MB_ERR_FILE, "the statement has a second expectation");
        mb_fail_hint(err, "Write one for each statement.");
        return fail_at(script, one, err);
    }
    return true;
}

/* The first expectation that waits; NULL: none. */
static const mb_expectation *waiting(const mb_script *script)
{
    const mb_expecting *e = &script->expecting;

    return e->known < e->found->n ? &e->found->items[e->known] : NULL;
}

bool mb_expect_comment(mb_script *script, const mb_token *token, bool inside, mb_error *err)
{
    mb_expecting *e = &script->expecting;
    mb_place place = script->place;
    const char *text;
    size_t len;

    if (!is_on(script))
        return true;
    text = mb_comment_expectation(script->in.data + token->from, token->to - token->from, &len);
    if (!text)
        return true;
    if (!mb_expectation_add(e->found, text, len, err))
        return mb_script_fail_at(script, token->from, err);
    mb_place_pass(&place, script->in.data, token->from);
    e->found->items[e->found->n - 1].line = place.line;
    e->found->items[e->found->n - 1].column = place.column;
    if (inside)
        return assign(script, script->number + 1, err);
    return !e->above || place.line != e->above_line || assign(script, e->above, err);
}

/* A line starts here at the beginning of the text and below the data of COPY: nothing is above. */
void mb_expect_above(mb_script *script)
{
    bool above = mb_script_wants(script) && !script->line_start;

    script->expecting.above = above ? script->number : 0;
    script->expecting.above_line = script->expecting.last_line = script->place.line;
}

bool mb_expect_separate(mb_script *script, mb_error *err)
{
    const mb_expectation *one = is_on(script) ? waiting(script) : NULL;
    size_t above = script->expecting.above;

    script->expecting.above = 0;
    if (!one || above)
        return !one || assign(script, above, err);
    mb_fail(err, MB_ERR_FILE, "this expectation belongs to no statement");
    mb_fail_hint(err, "Write it right below or above its statement, without an empty line.");
    return fail_at(script, one, err);
}

/* An empty line before line `line`? */
static bool is_apart(const mb_script *script, int line)
{
    return line > script->expecting.last_line + 1;
}

bool mb_expect_passed(mb_script *script, const mb_token *token, mb_error *err)
{
    if (token->kind != MB_TOKEN_SPACE) {
        script->expecting.last_line = script->place.line;
        return true;
    }
    return !is_apart(script, script->place.line) || mb_expect_separate(script, err);
}

bool mb_expect_below(mb_script *script, mb_error *err)
{
    const mb_expectation *one = is_on(script) ? waiting(script) : NULL;

    if (!one || !script->expecting.above)
        return !one || assign(script, script->number + 1, err);
    mb_fail(err, MB_ERR_FILE, "this expectation could belong to the statement above or below it");
    mb_fail_hint(err, "Write it on the line where its statement ends, or put an empty line between "
                      "it and the other statement.");
    return fail_at(script, one, err);
}
