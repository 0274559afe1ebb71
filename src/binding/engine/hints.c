/* hints.c -- hints for SQL syntax in Lua, a common mistake of people who write SQL. */
#include "hints.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define JOINED "Join strings with two dots: a .. b."
#define NULL_COUNTS                                                                                \
    "Is the value moonbird.null? Compare it first: if value ~= moonbird.null then ... end"
#define NULL_IN_LUA                                                                                \
    "For NULL, write moonbird.null in a table: a row, a list or JSON. Elsewhere write nil."
#define LOOP_OVER_ROWS                                                                             \
    "Write: for row in db:rows(...) do ... end. For a list with all rows, call db:query."
#define NO_ASSIGNING_OPERATOR "Lua has no += and no ++. Write n = n + 1, and s = s .. \"text\"."

static const struct {
    const char *message, *near; /* part of the message; the word at which the parser stopped */
    const char *hint;
} habits[] = {
    {"", "!", "In Lua, write ~= instead of !=, and not instead of !."},
    {"unexpected symbol", ">", "In Lua, write ~= instead of <>."},
    {"'then' expected", "=", "In Lua, compare with ==."},
    {"'do' expected", "=", "In Lua, compare with ==."},
    {"unexpected symbol", "|", JOINED},
    {"", "AND", "Lua's keywords are in lower case: and, or, not."},
    {"", "OR", "Lua's keywords are in lower case: and, or, not."},
    {"'then' expected", "IS", "In Lua, write == nil for IS NULL, and ~= nil for IS NOT NULL."},
    {"'then' expected", "is", "In Lua, write == nil for IS NULL, and ~= nil for IS NOT NULL."},
    {"syntax error", "+", NO_ASSIGNING_OPERATOR},
    {"syntax error", "-", NO_ASSIGNING_OPERATOR},
    {"syntax error", "*", NO_ASSIGNING_OPERATOR},
    {"syntax error", "/", NO_ASSIGNING_OPERATOR},
    {"syntax error", "..", NO_ASSIGNING_OPERATOR},
    {"unfinished string", NULL, "Write a string of several lines between [[ and ]]."},
};

/* True for the first character of a value or of a key, where a comma may be missing before it. */
static bool begins_value(const char *near)
{
    return isalnum((unsigned char)*near) || strchr("_\"'{[", *near);
}

/* The hint for a parser that wanted the end of a list and found one more value. */
static const char *comma_hint(const char *message, const char *near)
{
    static const char *const words[] = {"end", "then", "do", "else", "local", "return", "until"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strncmp(near, words[i], strlen(words[i])) == 0 && near[strlen(words[i])] == '\'')
            return NULL;
    if (strncmp(message, "'}' expected", 12) == 0 && begins_value(near))
        return "Is a comma missing before it?";
    if (strncmp(message, "')' expected", 12) == 0 && begins_value(near))
        return "Is a comma missing before it, or did a quote end the string? Write SQL that "
               "contains quotes between [[ and ]].";
    return NULL;
}

const char *mb_lua_syntax_hint(const char *message)
{
    const char *near = strstr(message, " near '");

    if (!near)
        return NULL;
    near += strlen(" near '");
    for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++) {
        const char *word = habits[i].near;

        if (strncmp(message, habits[i].message, strlen(habits[i].message)) == 0 &&
            (!word || (strncmp(near, word, strlen(word)) == 0 && near[strlen(word)] == '\'')))
            return habits[i].hint;
    }
    return comma_hint(message, near);
}

const char *mb_lua_running_hint(const char *message)
{
    static const struct {
        const char *first, *second; /* parts of the message */
        const char *hint;
    } slips[] = {
        {"attempt to add a '", "'string'", JOINED},
        {"attempt to call a table value", "'for iterator'",
         "Loop over rows with \"for row in db:rows(...) do\", and over a list with "
         "\"for i, value in ipairs(list) do\"."},
        {"attempt to call a number value", "'for iterator'", "Count with \"for i = 1, 10 do\"."},
        {"got moonbird.rows)", "", LOOP_OVER_ROWS},
        {"get length of a moonbird.rows", "", LOOP_OVER_ROWS},
        {"unknown method of rows", "", LOOP_OVER_ROWS},
        {"got null)", "", NULL_COUNTS},
        {"invalid value (userdata)", "'concat'", NULL_COUNTS},
        {"'for' ", "got userdata)", NULL_COUNTS},
    };

    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        const char *first = strstr(message, slips[i].first);

        if (first && strstr(first, slips[i].second))
            return slips[i].hint;
    }
    return NULL;
}

const char *mb_lua_string_hint(const char *name)
{
    if (strcmp(name, "trim") == 0 || strcmp(name, "strip") == 0)
        return "To trim s, write s:match \"^%s*(.-)%s*$\".";
    if (strcmp(name, "split") == 0)
        return "To split s at commas, write: for part in s:gmatch \"[^,]+\" do ... end";
    return NULL;
}

const char *mb_lua_name_hint(const char *name)
{
    if (strcasecmp(name, "null") == 0)
        return NULL_IN_LUA;
    if (strcmp(name, "db") == 0 || strcmp(name, "ctx") == 0)
        return "db and ctx are parameters, as in up = function(db, ctx) ... end. At the top level "
               "of a file they do not exist. Pass them to the functions that need them.";
    if (strcasecmp(name, "true") == 0 || strcasecmp(name, "false") == 0)
        return "Lua's keywords are in lower case: true, false.";
    return NULL;
}
