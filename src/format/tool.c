#include "tool.h"

#include "moonbird/format/names.h"
#include "moonbird/os/file.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- names of files ---- */

static bool has_number(const char *file)
{
    return isdigit((unsigned char)*file);
}

/* The endings have a dot, or are "".  The letter after it tells most of them apart. */
static bool is_one_of(const char *ending, const char *const *endings)
{
    for (; *endings; endings++)
        if (*ending && tolower((unsigned char)ending[1]) == (*endings)[1] &&
            strcasecmp(ending, *endings) == 0)
            return true;
    return false;
}

/* V1__x, V1.sql, U1_2__x, B3__x, R__x (ResourceNameParser.java); NAME.sql.conf. */
static bool is_flyway(const char *file, const char *ending)
{
    const char *version = file + 1, *parted;
    size_t len;

    if (is_one_of(ending, (const char *const[]){".conf", NULL}))
        return mb_path_ends(file, ".sql.conf");
    if (!*file || !strchr("VUBR", *file))
        return false;
    parted = strstr(file, "__");
    if (*file == 'R')
        return parted == version;
    if (!has_number(version))
        return false;
    len = strspn(version, "0123456789._");
    return (parted && parted < version + len) ||
           (version[len - 1] == '.' && strcasecmp(version + len, "sql") == 0);
}

static bool is_liquibase(const char *file, const char *ending)
{
    static const char *const endings[] = {".xml", ".yaml", ".yml", ".json", NULL};

    return is_one_of(ending, endings) && strcasestr(file, "changelog");
}

static bool is_sqitch(const char *file, const char *ending)
{
    (void)ending;
    return strcmp(file, "sqitch.plan") == 0;
}

/* 001.do.name.sql, 001.undo.name.sql */
static bool is_postgrator(const char *file, const char *ending)
{
    const char *verb = file;

    (void)ending;
    while (has_number(verb))
        verb++;
    return verb > file && *verb == '.' &&
           (strncmp(verb, ".do.", 4) == 0 || strncmp(verb, ".undo.", 6) == 0);
}

/* The tests of goose's own migrations are not migrations. */
static bool is_go(const char *file, const char *ending)
{
    return has_number(file) && is_one_of(ending, (const char *const[]){".go", NULL}) &&
           !mb_path_ends(file, "_test.go");
}

/* Alembic's own files begin with a random hexadecimal number, but its template has this name. */
static bool is_alembic(const char *file, const char *ending)
{
    (void)ending;
    return strcmp(file, "script.py.mako") == 0;
}

/* ---- the tools ---- */

#define DOWN_LINE "put the down part below a line \"-- moonbird:down\""
#define PROGRAM "Rewrite it in SQL or Lua."

const mb_tool mb_tools[] = {
    {.name = "goose",
     .annotations = {"+goose"},
     .up = "+goose up",
     .down = "+goose down",
     .before = "goose",
     .after = "",
     .marker = "+goose",
     .known = {"statementbegin", "statementend", "notransaction", "envsub"},
     .hint = "Remove the +goose lines and " DOWN_LINE "; for \"NO TRANSACTION\" write "
             "\"-- moonbird: transaction=off\"."},
    {.name = "goose", .owns_file = is_go, .hint = PROGRAM},
    {.name = "dbmate",
     .annotations = {"migrate:up", "migrate:down"},
     .up = "migrate:up",
     .down = "migrate:down",
     .before = "migrate",
     .after = "",
     .marker = "migrate:",
     .hint = "Remove the migrate:up line and replace the migrate:down line with "
             "\"-- moonbird:down\"; for \"transaction:false\" write "
             "\"-- moonbird: transaction=off\"."},
    {.name = "sql-migrate",
     .annotations = {"+migrate"},
     .up = "+migrate up",
     .down = "+migrate down",
     .before = "migrate",
     .after = "",
     .marker = "+migrate",
     .known = {"statementbegin", "statementend"},
     .hint = "Remove the +migrate lines and " DOWN_LINE "; for \"notransaction\" write "
             "\"-- moonbird: transaction=off\"."},
    {.name = "node-pg-migrate",
     .annotations = {"up migration$", "down migration"},
     .up = "up migration$",
     .down = "down migration",
     .before = "",
     .after = "migration",
     .hint = "Remove the line \"Up Migration\" and replace the line \"Down Migration\" with "
             "\"-- moonbird:down\"."},
    {.name = "tern",
     .annotations = {"create above / drop below", "tern: disable-tx"},
     .divider = "---- create above / drop below ----",
     .down = "create above / drop below",
     .before = "create above",
     .after = "below",
     .marker = "create above /",
     .hint = "Replace the line \"create above / drop below\" with \"-- moonbird:down\"; for "
             "\"disable-tx\" write \"-- moonbird: transaction=off\"."},
    {.name = "Liquibase",
     .owns_file = is_liquibase,
     .annotations = {"liquibase formatted"},
     .up = "liquibase formatted",
     .hint = "Write each changeset to a separate file, NUMBER_NAME.sql, with its rollback below "
             "a line \"-- moonbird:down\"."},
    {.name = "graphile-migrate",
     .folder = "committed",
     .annotations = {"! previous:", "! hash:", "! message:", "! allowinvalidhash",
                     "! split:", "! no-transaction"},
     .hint = "Remove the lines that begin with \"--!\" and write out placeholders such as "
             ":DATABASE_NAME; for \"no-transaction\" write \"-- moonbird: transaction=off\"."},
    {.name = "sqlx",
     .annotations = {"no-transaction$"},
     .hint = "Write \"-- moonbird: transaction=off\"."},
    {.name = "Atlas",
     .annotations = {"atlas:txmode", "atlas:delimiter", "atlas:checkpoint"},
     .hint = "Remove the line; for \"txmode none\" write \"-- moonbird: transaction=off\"."},
    {.name = "Atlas",
     .annotations = {"atlas:txtar"},
     .up = "atlas:txtar",
     .hint = "Keep only the part \"migration.sql\", without such lines, and " DOWN_LINE "; rewrite "
             "the assertions of \"checks.sql\" in Lua."},
    {.name = "Flyway",
     .owns_file = is_flyway,
     .owns_sql = true,
     .hint = "Rename versioned files to NUMBER_NAME.sql with numbers in the same order, and undo "
             "files to NUMBER_NAME_rollback.sql. Repeatable files and .conf files have no "
             "counterpart."},
    {.name = "sqitch",
     .owns_file = is_sqitch,
     .folder = "deploy",
     .hint = "Copy deploy/NAME.sql to NUMBER_NAME.sql and revert/NAME.sql to "
             "NUMBER_NAME_rollback.sql, numbered in the order of sqitch.plan, in a folder without "
             "the plan."},
    {.name = "Prisma or Drizzle 1",
     .inside = "migration.sql",
     .hint = "Copy FOLDER/migration.sql to FOLDER.sql beside the folder, and move the folder"
             " away."},
    {.name = "diesel or Hasura",
     .inside = "up.sql",
     .hint = "Copy FOLDER/up.sql to FOLDER.sql and FOLDER/down.sql to FOLDER_rollback.sql beside "
             "the folder, and move the folder away."},
    {.name = "Postgrator",
     .owns_file = is_postgrator,
     .owns_sql = true,
     .hint = "Rename do files to NUMBER_NAME.sql and undo files to NUMBER_NAME_rollback.sql."},
    {.name = "a JavaScript tool such as node-pg-migrate or Knex",
     .programs = {".js", ".cjs", ".mjs", ".ts", ".cts", ".mts"},
     .hint = PROGRAM},
    {.name = "a Python tool such as Django or Alembic",
     .owns_file = is_alembic,
     .programs = {".py"},
     .hint = PROGRAM},
    {.name = "Rails", .programs = {".rb"}, .hint = PROGRAM},
    {.name = "Ecto", .programs = {".exs"}, .hint = PROGRAM},
    {.name = "a PHP tool such as Laravel or Phinx", .programs = {".php"}, .hint = PROGRAM},
    {.name = "Entity Framework", .programs = {".cs"}, .hint = PROGRAM},
    {.name = "a tool that runs programs",
     .programs = {".java", ".kt", ".scala", ".groovy", ".clj", ".edn", ".rs", ".pl", ".sh"},
     .hint = PROGRAM},
};

const size_t mb_tools_n = sizeof mb_tools / sizeof mb_tools[0];

/* A folder may have ten thousand SQL files, so only tools with owns_sql look at their names. */
/* V57__notes.md is not a migration of Flyway, which reads only .sql. */
static bool is_document(const char *ending)
{
    return is_one_of(ending, (const char *const[]){".md", ".txt", ".rst", ".adoc", ".html", ".pdf",
                                                   ".png", NULL});
}

const mb_tool *mb_tool_of_file(const char *file)
{
    const char *dot = strrchr(file, '.'), *ending = dot ? dot : "";
    bool script = mb_name_is_script(file), program = !script && has_number(file);

    if (is_document(ending))
        return NULL;
    for (size_t i = 0; i < mb_tools_n; i++) {
        const mb_tool *tool = &mb_tools[i];

        if (((tool->owns_sql || !script) && tool->owns_file && tool->owns_file(file, ending)) ||
            (program && is_one_of(ending, tool->programs)))
            return tool;
    }
    return NULL;
}

/* ---- comments ---- */

static bool is_word(char c)
{
    return c == '_' || isalnum((unsigned char)c);
}

/* True when the text from `s` on begins with the annotation. */
static bool begins(const char *s, const char *end, const char *annotation)
{
    const char *a = annotation;

    for (; *a && *a != '$'; a++) {
        if (*a == ' ') {
            while (s < end && isspace((unsigned char)*s))
                s++;
            continue;
        }
        if (s == end || tolower((unsigned char)*s) != *a)
            return false;
        s++;
    }
    if (*a == '$') {
        while (s < end && (isspace((unsigned char)*s) || *s == '-'))
            s++;
        return s == end;
    }
    return s == end || !is_word(a[-1]) || !is_word(*s);
}

/* The comment without its dashes and the blanks before its text. */
static const char *skip_dashes(const char *s, const char *end)
{
    while (s < end && (*s == '-' || isspace((unsigned char)*s)))
        s++;
    return s;
}

const mb_tool *mb_tool_of_comment(const char *text, size_t len)
{
    const char *end = text + len, *s = skip_dashes(text, end);

    for (size_t i = 0; i < mb_tools_n; i++)
        for (size_t k = 0; k < MB_TOOL_WORDS && mb_tools[i].annotations[k]; k++)
            if (begins(s, end, mb_tools[i].annotations[k]))
                return &mb_tools[i];
    return NULL;
}

/* The end of the white space and block comments that begin at `s`. */
static const char *skip_gap(const char *s, const char *end)
{
    const char *close;

    for (;;) {
        while (s < end && isspace((unsigned char)*s))
            s++;
        if (end - s < 2 || s[0] != '/' || s[1] != '*')
            return s;
        close = memmem(s + 2, (size_t)(end - s - 2), "*/", 2);
        s = close ? close + 2 : end;
    }
}

static const mb_tool *tool_with_divider(const char *text, size_t len)
{
    for (size_t i = 0; i < mb_tools_n; i++)
        if (mb_tools[i].divider &&
            memmem(text, len, mb_tools[i].divider, strlen(mb_tools[i].divider)))
            return &mb_tools[i];
    return NULL;
}

const char *mb_tool_at_head(const char *text, size_t len)
{
    const char *end = text + len, *s = text;
    const mb_tool *tool = NULL;

    if (len >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0)
        s += 3;
    for (s = skip_gap(s, end); !tool && end - s >= 2 && s[0] == '-' && s[1] == '-';) {
        const char *line = memchr(s, '\n', (size_t)(end - s));

        line = line ? line : end;
        tool = mb_tool_of_comment(s, (size_t)(line - s));
        s = skip_gap(line, end);
    }
    tool = tool ? tool : tool_with_divider(text, len);
    return tool ? tool->name : NULL;
}

bool mb_tool_heads_up(const mb_tool *tool, const char *text, size_t len)
{
    return tool->up && begins(skip_dashes(text, text + len), text + len, tool->up);
}

bool mb_tool_heads_down(const mb_tool *tool, const char *text, size_t len)
{
    return tool->down && begins(skip_dashes(text, text + len), text + len, tool->down);
}

/* Does a character count when blanks and dashes do not, or when only letters and digits do? */
static bool counts(char c, bool letters_only)
{
    return letters_only ? isalnum((unsigned char)c) : c != '-' && !isspace((unsigned char)c);
}

/*
 * Does the text begin with the characters of the annotation that count? If only letters and digits
 * do, the text has no others behind them: `-- migrate down the rows` is a sentence.
 */
static bool begins_loosely(const char *s, const char *end, const char *annotation,
                           bool letters_only)
{
    for (const char *a = annotation; *a && *a != '$'; a++) {
        if (!counts(*a, letters_only))
            continue;
        while (s < end && !counts(*s, letters_only))
            s++;
        if (s == end || tolower((unsigned char)*s) != *a)
            return false;
        s++;
    }
    if (!letters_only)
        return s == end || !is_word(*s);
    while (s < end && !isalnum((unsigned char)*s))
        s++;
    return s == end;
}

bool mb_tool_nearly(const char *tool, bool down, const char *text, size_t len)
{
    for (size_t i = 0; i < mb_tools_n; i++) {
        const char *word = down ? mb_tools[i].down : mb_tools[i].up;

        if (word && strcmp(mb_tools[i].name, tool) == 0 &&
            (begins(skip_dashes(text, text + len), text + len, word) ||
             begins_loosely(text, text + len, word, false) ||
             begins_loosely(text, text + len, word, true)))
            return true;
    }
    return false;
}

/* The word between two phrases of `words`; an empty phrase is no condition. */
static const char *word_between(const char *words, const char *before, const char *after,
                                size_t *len)
{
    size_t n = strlen(words), from = strlen(before), end = strlen(after);

    from += from > 0;
    end += end > 0;
    if (n <= from + end || (from && (strncmp(words, before, from - 1) != 0 ||
                                     words[from - 1] != ' ')) ||
        (end && (words[n - end] != ' ' || strcmp(words + n - end + 1, after) != 0)))
        return NULL;
    *len = n - from - end;
    return words + from;
}

const char *mb_tool_part_word(const char *tool, const char *words, size_t *len)
{
    const char *found = NULL;

    for (size_t i = 0; !found && i < mb_tools_n; i++)
        if (mb_tools[i].before && strcmp(mb_tools[i].name, tool) == 0)
            found = word_between(words, mb_tools[i].before, mb_tools[i].after, len);
    return found;
}

static bool is_known(const mb_tool *tool, const char *s, const char *end)
{
    enum { KNOWN = sizeof tool->known / sizeof tool->known[0] };

    for (size_t i = 0; i < KNOWN && tool->known[i]; i++) {
        const char *at = s;
        const char *k = tool->known[i];

        for (; *k && at < end; at++)
            if (tolower((unsigned char)*at) == *k)
                k++;
            else if (!isspace((unsigned char)*at))
                break;
        if (!*k)
            return true;
    }
    return false;
}

/* The text behind the marker at the beginning of a comment; NULL: the comment begins otherwise. */
static const char *after_marker(const char *text, const char *end, const char *marker)
{
    while (text < end && (strchr("-/*", *text) || isspace((unsigned char)*text)))
        text++;
    for (; *marker; marker++) {
        if (*marker == ' ' && text < end && *text == '/')
            continue;
        if (text == end || tolower((unsigned char)*text) != *marker)
            return NULL;
        text++;
    }
    return text;
}

bool mb_tool_is_unknown(const char *tool, const char *text, size_t len)
{
    for (size_t i = 0; i < mb_tools_n; i++) {
        const mb_tool *t = &mb_tools[i];
        const char *rest = t->marker && strcmp(t->name, tool) == 0
                               ? after_marker(text, text + len, t->marker)
                               : NULL;

        /* `-- migrate: the rows of a to b` is a sentence. */
        if (rest && rest < text + len && !is_known(t, rest, text + len) &&
            (t->marker[strlen(t->marker) - 1] != ':' || isalpha((unsigned char)*rest)))
            return true;
    }
    return false;
}
