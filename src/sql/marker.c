/* marker.c -- comments that mean something: directives, `-- moonbird:down`, breakpoints. */
#include "splitter.h"

#include "sql/lexer/comment.h"

/*
 * Asks the caller's check about a comment of the wanted section that begins a line or, in another
 * tool's format, follows a statement on its line.  A comment at offset 0 is between statements, not
 * inside one.
 */
static bool ask_check(mb_script *script, const mb_token *token, mb_error *err)
{
    bool follows = !script->line_start && token->from == 0 && script->tool;
    const char *heading = NULL;

    if (!script->check || !(script->line_start || follows) || !mb_script_wants(script))
        return true;
    if (!script->check(script->in.data + token->from, token->to - token->from, script->tool,
                       &heading, err))
        return mb_script_fail_at(script, token->from, err);
    if (heading && !follows && token->from == 0 && script->number > 0) {
        script->heading = script->place;
        script->heading_hint = heading;
    }
    return true;
}

/* To a lexer, the text behind a breakpoint is a part of the comment, and would not run. */
static bool refuse_behind(mb_script *script, const char *text, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "a statement follows \"--> statement-breakpoint\" on its line");
    mb_fail_hint(
        err, "Write it on the next line. Drizzle splits the file there and runs it; to psql and "
             "moonbird it is a part of a comment.");
    return mb_script_fail_at(script, (size_t)(text - script->in.data), err);
}

bool mb_script_comment(mb_script *script, const mb_token *token, mb_meaning *out, mb_error *err)
{
    const char *text = script->in.data + token->from, *rest;
    size_t len = token->to - token->from, rest_len;
    const char *behind = mb_comment_behind_breakpoint(text, len);

    if (behind)
        return refuse_behind(script, behind, err);
    *out = mb_comment_is_breakpoint(text, len) ||
                   (script->breakpoint && mb_comment_is(text, len, script->breakpoint))
               ? MEANS_BREAKPOINT
               : MEANS_NOTHING;
    if (!ask_check(script, token, err) ||
        !mb_expect_comment(script, token, token->from > 0, err))
        return false;
    rest = mb_comment_expectation(text, len, &rest_len);
    if (rest && mb_script_wants(script))
        mb_normalizer_directive(&script->normalizer, rest, rest_len);
    rest = mb_comment_directive(text, len, &rest_len);
    if (!rest)
        return true;
    *out = mb_directive_is_down(rest, rest_len) ? MEANS_DOWN : MEANS_DIRECTIVE;
    if (script->line_start && (*out == MEANS_DOWN || script->in_head))
        return true;
    if (!script->line_start)
        mb_fail(err, MB_ERR_FILE, "a \"moonbird:\" comment must be on a separate line");
    else
        mb_fail(err, MB_ERR_FILE, "a directive must come before the first statement");
    mb_fail_hint(err,
                 "Move it to the head of the file; only \"-- moonbird:down\" may come later, on "
                 "its own line.");
    return mb_script_fail_at(script, token->from, err);
}

static bool start_down(mb_script *script, const mb_token *token, mb_error *err)
{
    mb_place place = script->place;

    if (script->down_line) {
        mb_fail(err, MB_ERR_FILE, "the file has a second \"-- moonbird:down\"");
        return mb_script_fail_at(script, token->from, err);
    }
    mb_place_pass(&place, script->in.data, token->from);
    script->down_line = place.line;
    script->heading = (mb_place){0};
    script->in_head = false;
    script->section = MB_SECTION_DOWN;
    script->lexer.standard_strings = script->session_strings;
    return true;
}

bool mb_script_pass_comment(mb_script *script, const mb_token *token, mb_error *err)
{
    const char *rest;
    mb_meaning means;
    size_t len;

    script->down_comment = script->down_comment || script->section == MB_SECTION_DOWN;
    if (token->kind == MB_TOKEN_BLOCK_COMMENT)
        return ask_check(script, token, err) && mb_expect_comment(script, token, false, err);
    if (!mb_script_comment(script, token, &means, err))
        return false;
    if ((means == MEANS_DOWN || means == MEANS_BREAKPOINT) && !mb_expect_separate(script, err))
        return false;
    if (means == MEANS_DOWN)
        return start_down(script, token, err);
    if (means == MEANS_DIRECTIVE && mb_script_wants(script)) {
        rest = mb_comment_directive(script->in.data + token->from, token->to - token->from, &len);
        if (mb_directive_counts(rest, len))
            mb_normalizer_directive(&script->normalizer, rest, len);
    }
    return true;
}
