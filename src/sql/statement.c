/* statement.c -- where a statement ends, and its normalized form on the way. */
#include "splitter.h"

/* Learns from a word what kind of statement it is, and where its body ends. */
static void inspect_word(mb_reading *now, const mb_reader *in, const mb_token *token)
{
    bool armed = now->armed;

    now->armed = false;
    switch (now->shape) {
    case SHAPE_START:
        now->shape = mb_token_is(in, token, "create") ? SHAPE_CREATE
                     : mb_token_is(in, token, "copy") ? SHAPE_COPY
                                                      : SHAPE_OTHER;
        break;
    case SHAPE_CREATE:
        if (mb_token_is(in, token, "function") || mb_token_is(in, token, "procedure"))
            now->shape = SHAPE_ROUTINE;
        else if (!mb_token_is(in, token, "or") && !mb_token_is(in, token, "replace"))
            now->shape = SHAPE_OTHER;
        break;
    case SHAPE_ROUTINE:
        now->armed = now->depth == 0 && mb_token_is(in, token, "begin");
        if (armed && mb_token_is(in, token, "atomic")) {
            now->shape = SHAPE_BODY;
            now->armed = true;
        }
        break;
    case SHAPE_BODY: /* its statements end with ";": an END right after one is the body's */
        if (armed && mb_token_is(in, token, "end"))
            now->shape = SHAPE_OTHER;
        break;
    case SHAPE_COPY:
        now->armed = now->depth == 0 && mb_token_is(in, token, "from");
        /* the grammar accepts STDOUT for STDIN here */
        if (armed && (mb_token_is(in, token, "stdin") || mb_token_is(in, token, "stdout")))
            now->copy_in = true;
        break;
    case SHAPE_OTHER:
        break;
    }
}

static void inspect_mark(mb_reading *now, const mb_token *token)
{
    if (token->kind == MB_TOKEN_OPEN)
        now->depth++;
    else if (token->kind == MB_TOKEN_CLOSE && now->depth > 0)
        now->depth--;
    now->armed = token->kind == MB_TOKEN_SEMICOLON && now->shape == SHAPE_BODY;
    if (now->shape == SHAPE_START || now->shape == SHAPE_CREATE)
        now->shape = SHAPE_OTHER;
}

/* Hashes the run so far. */
static void flush_run(mb_script *script, const mb_reading *now)
{
    if (mb_script_wants(script))
        mb_normalizer_text(&script->normalizer, script->in.data + now->run, now->end - now->run);
}

/*
 * Adds a token to the run, a piece of text with single spaces between its tokens; other white space
 * ends it.
 */
static void add_token(mb_script *script, mb_reading *now, const mb_token *token)
{
    size_t gap = token->from - now->end;

    if (gap > 1 || (gap == 1 && script->in.data[now->end] != ' ')) {
        flush_run(script, now);
        if (mb_script_wants(script))
            mb_normalizer_mark(&script->normalizer, " ");
        now->run = token->from;
    }
    now->end = token->to;
    if (token->kind == MB_TOKEN_WORD)
        inspect_word(now, &script->in, token);
    else
        inspect_mark(now, token);
}

/* Does the statement end before this token? */
static bool ends(mb_script *script, mb_reading *now, const mb_token *token, bool *end,
                 mb_error *err)
{
    if (token->open)
        return mb_script_fail_open(script, token, err);
    if (token->kind == MB_TOKEN_BACKSLASH)
        return mb_script_fail_command(script, token, err);
    if (token->kind == MB_TOKEN_BLOCK_COMMENT && !mb_expect_comment(script, token, true, err))
        return false;
    if (token->kind == MB_TOKEN_LINE_COMMENT &&
        !mb_script_comment(script, token, &now->hard_end, err))
        return false;
    *end = token->kind == MB_TOKEN_END || now->hard_end != MEANS_NOTHING ||
           (token->kind == MB_TOKEN_SEMICOLON && now->depth == 0 && now->shape != SHAPE_BODY);
    return true;
}

bool mb_statement_read(mb_script *script, mb_reading *now, mb_token *token, mb_error *err)
{
    bool end = false;

    *now = (mb_reading){0};
    script->in_head = false;
    for (;;) {
        mb_lex(&script->lexer, now->at, token);
        if (!ends(script, now, token, &end, err))
            return false;
        if (end)
            break;
        if (!mb_token_is_gap(token->kind))
            add_token(script, now, token);
        mb_script_pass_gap(script, token);
        now->at = token->to;
    }
    flush_run(script, now);
    if (mb_script_wants(script))
        mb_normalizer_mark(&script->normalizer, ";");
    return mb_script_check(script, now->at, err);
}
