/* gap.c -- the text between statements: white space, comments, semicolons, \restrict. */
#include "splitter.h"

#include <string.h>
#include <strings.h>

/* Does the window have `word`, followed by white space or the end, at offset `at`? */
static bool has_word(mb_script *script, size_t at, const char *word)
{
    size_t len = strlen(word);

    mb_reader_at(&script->in, at + len);
    if (script->in.len < at + len || memcmp(script->in.data + at, word, len) != 0)
        return false;
    return script->in.len == at + len || strchr(" \t\r\n", script->in.data[at + len]);
}

/* pg_dump writes \restrict KEY and \unrestrict KEY around its output: both are skipped. */
static bool pass_command(mb_script *script, mb_token *token, mb_error *err)
{
    if (!has_word(script, token->from, "\\restrict") &&
        !has_word(script, token->from, "\\unrestrict"))
        return mb_script_fail_command(script, token, err);
    script->in_head = false;
    token->to = mb_reader_find(&script->in, token->to, '\n');
    return true;
}

/* Steps over one token between statements.  *found: the token begins a statement. */
static bool pass_token(mb_script *script, mb_token *token, bool *found, mb_error *err)
{
    if (token->open)
        return mb_script_fail_open(script, token, err);
    if ((token->kind == MB_TOKEN_LINE_COMMENT || token->kind == MB_TOKEN_BLOCK_COMMENT) &&
        !mb_script_pass_comment(script, token, err))
        return false;
    if (token->kind == MB_TOKEN_BACKSLASH && !pass_command(script, token, err))
        return false;
    if (token->kind == MB_TOKEN_SEMICOLON)
        script->in_head = false;
    *found = !mb_token_is_gap(token->kind) && token->kind != MB_TOKEN_BACKSLASH &&
             token->kind != MB_TOKEN_SEMICOLON;
    return *found || mb_script_check(script, token->to, err);
}

/* Does a ROLLBACK begin here? Then the comment before it describes that statement. */
static bool is_rollback(const mb_script *script, const mb_token *token)
{
    static const char word[] = "rollback";

    return token->to - token->from == sizeof word - 1 &&
           strncasecmp(script->in.data + token->from, word, sizeof word - 1) == 0;
}

bool mb_script_to_statement(mb_script *script, bool *found, mb_error *err)
{
    mb_token token;

    *found = false;
    mb_expect_above(script);
    for (;;) {
        mb_lex(&script->lexer, 0, &token);
        if (token.kind == MB_TOKEN_END)
            return mb_expect_separate(script, err);
        if (!pass_token(script, &token, found, err))
            return false;
        if (*found && is_rollback(script, &token))
            script->heading = (mb_place){0};
        if (*found)
            return mb_expect_below(script, err) &&
                   (script->heading.line == 0 || mb_script_fail_heading(script, err));
        mb_script_pass_gap(script, &token);
        mb_script_drop(script, token.to);
        if (!mb_expect_passed(script, &token, err))
            return false;
    }
}
