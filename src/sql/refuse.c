/* refuse.c -- errors about text that a script must not contain, with their hints. */
#include "splitter.h"

#include <errno.h>
#include <string.h>

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
    script->unterminated = true;
    mb_fail(err, MB_ERR_FILE, "%s", what[token->kind]);
    mb_fail_hint(err, script->part
                          ? "It begins here, and this part of the file ends before it does: the "
                            "tool cuts the file at its annotations, even in a string or a comment."
                          : "It begins here, and the file ends before it does.");
    return mb_script_fail_at(script, token->from, err);
}

bool mb_script_fail_data(const mb_script *script, mb_error *err)
{
    const mb_place *at = script->part ? &script->place : &script->data_down;

    if (script->part) {
        mb_fail(err, MB_ERR_FILE, "the data of COPY ... FROM STDIN has no line \"\\.\" before this "
                                  "part of the file ends");
        mb_fail_hint(err, "Write it below the data. If the data has a line like an annotation, the "
                          "tool cuts the file there: load such data in Lua, with db:copy.");
    } else {
        mb_fail(err, MB_ERR_FILE, "this line would be data of COPY ... FROM STDIN, which has no line "
                                  "\"\\.\"");
        mb_fail_hint(err, "Write the line \"\\.\" below the data.");
    }
    return mb_fail_at(err, script->name, at->line, at->column);
}

bool mb_script_fail_command(mb_script *script, const mb_token *token, mb_error *err)
{
    static const struct {
        const char *name, *hint;
    } known[] = {
        {"\\.", "It ends the data of COPY ... FROM STDIN, but no such data comes before it."},
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
    mb_fail_hint(err, "Remove it, or write the file in Lua. psql runs such a script: psql -f, or "
                      "moonbird dev psql -- -f.");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i].name) == 0)
            mb_fail_hint(err, "%s", known[i].hint);
    return mb_script_fail_at(script, token->from, err);
}

bool mb_script_fail_heading(const mb_script *script, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE,
            "this comment looks like the start of the rollback, but the statements after it "
            "would run with those before it");
    mb_fail_hint(err, "%s", script->heading_hint);
    return mb_fail_at(err, script->name, script->heading.line, script->heading.column);
}

bool mb_script_fail_disputed(mb_script *script, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE,
            "standard_conforming_strings is %s in this session, and the file does not set it",
            script->lexer.standard_strings ? "off" : "on");
    mb_fail_hint(err, "Write SET standard_conforming_strings as a separate statement before this "
                      "one.");
    return mb_script_fail_at(script, 0, err);
}

bool mb_script_fail_read(const mb_script *script, mb_error *err)
{
    errno = script->in.failed;
    return mb_fail_errno(err, script->name, "cannot read the file");
}
