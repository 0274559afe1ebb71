/* gap.c -- white space, comments and psql commands round the statements. */
#include "state.h"

#include "sql/lexer/comment.h"

#include <string.h>

/* A comment that begins a line of the section that is read. At 0 it is not inside a statement. */
static bool watch(mb_script *script, const mb_token *token, mb_error *err)
{
    bool heads_down = false;

    if (!script->check || !script->line_start || !mb_script_wants(script))
        return true;
    if (!script->check(script->in.data + token->from, token->to - token->from, &heads_down, err))
        return mb_script_fail_at(script, token->from, err);
    if (heads_down && token->from == 0 && script->number > 0)
        script->heading = script->place;
    return true;
}

bool mb_script_comment(mb_script *script, const mb_token *token, mb_meaning *out, mb_error *err)
{
    const char *text = script->in.data + token->from, *rest;
    size_t len = token->to - token->from, rest_len;

    *out = mb_comment_is_breakpoint(text, len) ? MEANS_BREAKPOINT : MEANS_NOTHING;
    if (!watch(script, token, err))
        return false;
    rest = mb_comment_directive(text, len, &rest_len);
    if (!rest)
        return true;
    *out = mb_directive_is_down(rest, rest_len) ? MEANS_DOWN : MEANS_DIRECTIVE;
    if (script->line_start && (*out == MEANS_DOWN || script->in_head))
        return true;
    if (!script->line_start)
        mb_fail(err, MB_ERR_FILE, "a \"moonbird:\" comment must have a line of its own");
    else
        mb_fail(err, MB_ERR_FILE, "directive after the head of the file");
    mb_fail_hint(err, "Directives stand before the first statement; only \"-- moonbird:down\" may"
                      " come later, on its own line.");
    return mb_script_fail_at(script, token->from, err);
}

void mb_script_pass_gap(mb_script *script, const mb_token *token)
{
    if (token->kind == MB_TOKEN_SPACE)
        script->line_start |= token->newline;
    else
        script->line_start = false;
}

static bool start_down(mb_script *script, const mb_token *token, mb_error *err)
{
    if (script->has_down) {
        mb_fail(err, MB_ERR_FILE, "a second \"-- moonbird:down\"");
        return mb_script_fail_at(script, token->from, err);
    }
    script->has_down = true;
    script->heading = (mb_place){0};
    script->in_head = false;
    script->section = MB_SECTION_DOWN;
    script->lexer.standard_strings = script->session_strings;
    return true;
}

static bool pass_comment(mb_script *script, const mb_token *token, mb_error *err)
{
    const char *rest;
    mb_meaning means;
    size_t len;

    if (!mb_script_comment(script, token, &means, err))
        return false;
    if (means == MEANS_DOWN)
        return start_down(script, token, err);
    if (means == MEANS_DIRECTIVE && mb_script_wants(script)) {
        rest = mb_comment_directive(script->in.data + token->from, token->to - token->from, &len);
        mb_canon_directive(&script->canon, rest, len);
    }
    return true;
}

bool mb_script_fail_open(mb_script *script, const mb_token *token, mb_error *err)
{
    static const char *const what[] = {
        [MB_TOKEN_BLOCK_COMMENT] = "unterminated /* comment",
        [MB_TOKEN_NAME] = "unterminated quoted identifier",
        [MB_TOKEN_STRING] = "unterminated quoted string",
        [MB_TOKEN_DOLLAR] = "unterminated dollar-quoted string",
    };

    if (!mb_script_check(script, script->in.len, err))
        return false;
    mb_fail(err, MB_ERR_FILE, "%s", what[token->kind]);
    mb_fail_hint(err, "It begins here and has no end in the rest of the file.");
    return mb_script_fail_at(script, token->from, err);
}

bool mb_script_fail_command(mb_script *script, const mb_token *token, mb_error *err)
{
    static const struct {
        const char *name, *hint;
    } known[] = {
        {"\\.", "It ends the data of COPY ... FROM STDIN, and no such data stands before it."},
        {"\\copy", "Use COPY ... FROM STDIN with its data below it, or db:copy in Lua."},
        {"\\i", "Use db:file in a Lua migration."},
        {"\\ir", "Use db:file in a Lua migration."},
        {"\\if", "Write the migration in Lua."},
        {"\\set", "Use --set and current_setting('moonbird.NAME')."},
    };
    char name[32] = "\\";

    for (size_t i = 1; i < sizeof name - 1; i++) {
        int c = mb_reader_at(&script->in, token->from + i);

        if (c <= ' ' || c == '\\' || c >= 0x7F)
            break;
        name[i] = (char)c;
    }
    mb_fail(err, MB_ERR_FILE, "\"%s\" is a command of psql, not SQL", name);
    mb_fail_hint(err, "Remove it, or write the migration in Lua.");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i].name) == 0)
            mb_fail_hint(err, "%s", known[i].hint);
    return mb_script_fail_at(script, token->from, err);
}

static bool has_word(mb_script *script, size_t at, const char *word)
{
    size_t len = strlen(word);

    mb_reader_at(&script->in, at + len);
    if (script->in.len < at + len || memcmp(script->in.data + at, word, len) != 0)
        return false;
    return script->in.len == at + len || strchr(" \t\r\n", script->in.data[at + len]);
}

/* pg_dump writes \restrict KEY and \unrestrict KEY round its output. */
static bool pass_command(mb_script *script, mb_token *token, mb_error *err)
{
    if (!has_word(script, token->from, "\\restrict") &&
        !has_word(script, token->from, "\\unrestrict"))
        return mb_script_fail_command(script, token, err);
    script->in_head = false;
    token->to = mb_reader_find(&script->in, token->to, '\n');
    return true;
}

/* One token between statements; *found says that it begins one. */
static bool pass_token(mb_script *script, mb_token *token, bool *found, mb_error *err)
{
    if (token->open)
        return mb_script_fail_open(script, token, err);
    if (token->kind == MB_TOKEN_LINE_COMMENT && !pass_comment(script, token, err))
        return false;
    if (token->kind == MB_TOKEN_BLOCK_COMMENT && !watch(script, token, err))
        return false;
    if (token->kind == MB_TOKEN_BACKSLASH && !pass_command(script, token, err))
        return false;
    if (token->kind == MB_TOKEN_SEMICOLON)
        script->in_head = false;
    *found = !mb_token_is_gap(token->kind) && token->kind != MB_TOKEN_BACKSLASH &&
             token->kind != MB_TOKEN_SEMICOLON;
    return *found || mb_script_check(script, token->to, err);
}

/* Statements on both sides of a comment such as `-- Down` would run as one part. */
static bool refuse_heading(const mb_script *script, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "this comment looks like the beginning of the down part, and the "
                              "statements after it would run with those before it");
    mb_fail_hint(err, "If they are the rollback, write \"-- moonbird:down\" instead; otherwise word "
                      "the comment differently.");
    return mb_fail_at(err, script->name, script->heading.line, script->heading.column);
}

bool mb_script_to_statement(mb_script *script, bool *found, mb_error *err)
{
    mb_token token;

    *found = false;
    for (;;) {
        mb_lex(&script->lexer, 0, &token);
        if (token.kind == MB_TOKEN_END)
            return true;
        if (!pass_token(script, &token, found, err))
            return false;
        if (*found)
            return script->heading.line == 0 || refuse_heading(script, err);
        mb_script_pass_gap(script, &token);
        mb_script_drop(script, token.to);
    }
}
