/* splitter.c -- the window on a script, its places, and which section is read. */
#include "splitter.h"

#include "moonbird/base/utf8.h"

bool mb_script_fail_at(mb_script *script, size_t at, mb_error *err)
{
    mb_place place = script->place;

    mb_place_pass(&place, script->in.data, at);
    return mb_fail_at(err, script->name, place.line, place.column);
}

void mb_script_drop(mb_script *script, size_t n)
{
    mb_place_pass(&script->place, script->in.data, n);
    mb_reader_drop(&script->in, n);
    script->checked = script->checked > n ? script->checked - n : 0;
}

bool mb_script_wants(const mb_script *script)
{
    return script->section == script->wanted;
}

bool mb_script_check(mb_script *script, size_t end, mb_error *err)
{
    size_t bad;

    if (end <= script->checked)
        return true;
    bad = script->checked + mb_text_bad(script->in.data + script->checked, end - script->checked);
    script->checked = bad;
    if (bad == end)
        return true;
    mb_text_fail(err, script->in.data + bad);
    return mb_script_fail_at(script, bad, err);
}

void mb_script_pass_gap(mb_script *script, const mb_token *token)
{
    if (token->kind == MB_TOKEN_SPACE)
        script->line_start |= token->newline;
    else
        script->line_start = false;
}
