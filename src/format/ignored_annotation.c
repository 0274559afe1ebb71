/* ignored_annotation.c -- refuses comments that look like annotations and would be ignored. */
#include "moonbird/format/format.h"

#include "tool.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/suggest.h"
#include "moonbird/base/utf8.h"
#include "moonbird/os/file.h"
#include "moonbird/sql/script.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { SHOWN = 60 };

static int shown(const char *text, size_t len)
{
    const char *line = memchr(text, '\n', len);

    len = line ? (size_t)(line - text) : len;
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        len--;
    return (int)(len < SHOWN ? len : SHOWN);
}

/* ---- moonbird's own, misspelt ---- */

static const char *skip_marks(const char *s, const char *end)
{
    while (s < end && (ispunct((unsigned char)*s) || isspace((unsigned char)*s)))
        s++;
    return s;
}

/* Writes the words of a comment in lower case, with one blank between; "" when they do not fit. */
static void read_words(char *out, size_t size, const char *s, const char *end)
{
    size_t n = 0;

    for (s = skip_marks(s, end); s < end; s = skip_marks(s, end)) {
        if (n > 0 && n < size)
            out[n++] = ' ';
        for (; s < end && n < size && !ispunct((unsigned char)*s) && !isspace((unsigned char)*s);
             s++)
            out[n++] = (char)tolower((unsigned char)*s);
        if (n >= size) {
            n = 0;
            break;
        }
    }
    out[n] = '\0';
}

static bool is_one_of(const char *words, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words, list[i]) == 0)
            return true;
    return false;
}

/* True when the text begins with `key=`. */
static bool has_key(const char *s, const char *end)
{
    const char *key = s;

    while (s < end && (*s == '_' || isalpha((unsigned char)*s)))
        s++;
    return s > key && s < end && *s == '=';
}

/*
 * The text after the colon of a comment that mb_directives_read reads: two dashes, blanks,
 * "moonbird:".  NULL for another comment.
 */
static const char *after_own(const char *s, const char *end)
{
    static const char own[] = "moonbird:";

    if (s == end || *s != '-')
        return NULL;
    for (s += 2; s < end && isspace((unsigned char)*s);)
        s++;
    return (size_t)(end - s) >= sizeof own - 1 && memcmp(s, own, sizeof own - 1) == 0
               ? s + sizeof own - 1
               : NULL;
}

/*
 * `-- moonbrid: requires=a`, `-- moon bird:down`: the text before the colon is nearly "moonbird".
 */
static bool is_nearly_named(const char *s, const char *end)
{
    static const char *const name[] = {"moonbird"};
    const char *colon = memchr(s, ':', (size_t)(end - s));
    char given[11];
    size_t n = 0;

    if (!colon || (size_t)(colon - s) >= sizeof given)
        return false;
    for (; s < colon; s++)
        if (!isspace((unsigned char)*s))
            given[n++] = (char)tolower((unsigned char)*s);
    given[n] = '\0';
    return mb_nearest(given, name, 1) != NULL;
}

/* True for `-- Moonbird:down`, `-- moonbird transaction=off` or a block comment; not for prose. */
static bool is_misspelt(const char *text, size_t len)
{
    static const char wide_colon[] = "\uFF1A";
    static const char name[] = "moonbird";
    static const char *const parts[] = {"up", "down", "undo", "rollback"};
    const char *end = text + len, *s = skip_marks(text, end);
    char words[16];

    if (after_own(text, end))
        return false;
    if ((size_t)(end - s) < sizeof name - 1 || strncasecmp(s, name, sizeof name - 1) != 0)
        return is_nearly_named(s, end);
    for (s += sizeof name - 1; s < end && isspace((unsigned char)*s);)
        s++;
    if (s < end && (*s == ':' || ((size_t)(end - s) >= sizeof wide_colon - 1 &&
                                  memcmp(s, wide_colon, sizeof wide_colon - 1) == 0)))
        return true;
    s = skip_marks(s, end);
    read_words(words, sizeof words, s, end);
    return has_key(s, end) || is_one_of(words, parts, sizeof parts / sizeof parts[0]);
}

/* A no-break space looks like a space, and a zero-width character is invisible. */
static bool refuse_hidden(const char *text, size_t len, mb_error *err)
{
    mb_fail(
        err, MB_ERR_FILE,
        "\"%.*s\" is ignored: it contains an invisible character, or one that looks like a space",
        shown(text, len), text);
    return mb_fail_hint(err, "Write it with spaces only, or reword the comment.");
}

static bool check_own(const char *text, size_t len, mb_error *err)
{
    mb_buf seen = {0};
    bool hidden = !after_own(text, text + len) && mb_utf8_plain_blanks(&seen, text, len) &&
                  after_own(seen.data, seen.data + seen.len);
    bool misspelt = !hidden && is_misspelt(seen.len ? seen.data : text, seen.len ? seen.len : len);

    mb_buf_free(&seen);
    if (hidden)
        return refuse_hidden(text, len, err);
    if (!misspelt)
        return true;
    mb_fail(err, MB_ERR_FILE, "\"%.*s\" is ignored: moonbird's annotations begin with \"-- "
                              "moonbird:\"", shown(text, len), text);
    return mb_fail_hint(err, "Write \"-- moonbird: KEY=VALUE\" or \"-- moonbird:down\" in lower "
                             "case, or reword the comment.");
}

static bool is_sql_annotation(const char *text, size_t len)
{
    const char *end = text + len, *s = after_own(text, end);
    char words[16];

    if (!s)
        return false;
    s = skip_marks(s, end);
    read_words(words, sizeof words, s, end);
    return has_key(s, end) || strcmp(words, "down") == 0;
}

bool mb_format_check_lua_comment(const char *text, size_t len, mb_error *err)
{
    mb_buf seen = {0};
    bool refused;

    mb_utf8_plain_blanks(&seen, text, len);
    refused = is_sql_annotation(mb_buf_str(&seen), seen.len);
    mb_buf_free(&seen);
    if (!refused)
        return true;
    mb_fail(err, MB_ERR_FILE, "\"%.*s\" is ignored: such comments are for SQL files",
            shown(text, len), text);
    return mb_fail_hint(err, "Write it in the table that the file returns: requires = { \"NAME\" }, "
                             "down = function(db, ctx) ... end.");
}

/* ---- other tools' ---- */

/* The length of the phrase of the list with which `words` begins, in whole words; 0: none. */
static size_t phrase_at(const char *words, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(list[i]);

        if (strncmp(words, list[i], len) == 0 && (words[len] == ' ' || !words[len]))
            return len;
    }
    return 0;
}

/* The length of a word of digits, as in `-- Rollback 0001`; 0: it is another word. */
static size_t number_at(const char *words)
{
    size_t n = strspn(words, "0123456789");

    return words[n] == ' ' || !words[n] ? n : 0;
}

/* Words with one meaning. */
typedef struct meaning {
    const char *const *words;
    size_t n;
} meaning;

/*
 * A heading has a word with that meaning, and otherwise only words that name a part of a file or
 * are common in headings; so it is not a sentence about the statements.
 */
static bool is_heading(const char *words, meaning means)
{
    static const char *const parts[] = {
        "migrate", "migration", "micrate", "rambler", "mig", "dbmate", "script", "section",
        "goose",   "tern",      "sqitch",  "flyway", "liquibase", "atlas", "sqlx", "diesel",
        "prisma",  "knex",      "alembic", "rails", "graphile", "pg", "node", "umzug",
        "part",    "sql",       "name",    "begin",   "start",   "starts",  "here",   "steps",
        "step",    "instructions", "instruction", "plan", "procedure", "statements", "commands",
        "changes", "change",    "manual",  "manually", "optional", "needed", "necessary",
        "required",
        "to",      "the",       "this",    "these",   "a",       "for",     "in",     "case",
        "of",      "if",        "how",     "run",     "execute", "use",     "by",     "hand",
        "following", "below",   "def",     "end",     "up",      "and",     "is",     "executed",
        "when",    "add",       "write",   "put",     "your",    "code",    "goes",
    };
    bool found = false;

    for (const char *s = words; *s; s += *s == ' ') {
        size_t n = phrase_at(s, means.words, means.n);

        found = found || n > 0;
        if (n == 0)
            n = phrase_at(s, parts, sizeof parts / sizeof parts[0]);
        if (n == 0)
            n = number_at(s);
        if (n == 0)
            return false;
        s += n;
    }
    return found;
}

/*
 * The text of a line comment behind a tool's name that only an annotation can be: "Down" of
 * `-- +pogo Down` and of `-- pogo:down`.
 */
static const char *skip_tool(const char *text, const char *end)
{
    const char *s = text, *name;
    bool plus;

    while (s < end && (*s == '-' || isspace((unsigned char)*s)))
        s++;
    plus = s < end && *s == '+';
    name = s + plus;
    for (s = name; s < end && (isalnum((unsigned char)*s) || *s == '_' || *s == '-');)
        s++;
    if (text == end || *text != '-' || s == name || s == end)
        return text;
    if (plus)
        return s;
    return *s == ':' && s + 1 < end && isalpha((unsigned char)s[1]) ? s + 1 : text;
}

static const char *const means_back[] = {
    "down",      "downs",    "undo",      "rollback",  "roll back",    "rolling back", "revert",
    "reverting", "reverse",  "downgrade", "backward",  "backwards",    "teardown",
    "tear down",
    "back out",  "backout",  "unapply",   "rolled back",  "downsql",   "sqldown",
    "rollbacksql", "undosql", "revertsql",
};

enum { MEANS_BACK = sizeof means_back / sizeof means_back[0] };

/*
 * `-- Down`, `-- //@UNDO` (MyBatis), `-- ==== DOWN ====` (shmig), `-- !Downs` (Play), `-- down.sql
 * --` (Atlas), `-- rollback migration`, `-- To roll back, run:`, `-- Add down script here`; with
 * `or_drops` also `-- Drop`
 */
static bool heads_down_part(const char *text, size_t len, bool or_drops)
{
    /* In a longer comment, "drop" describes the statements of the up part. */
    static const char *const drops[] = {"drop", "drop script", "drop migration", "drop section",
                                        "create above drop below"};
    char words[96];

    read_words(words, sizeof words, skip_tool(text, text + len), text + len);
    return (or_drops && is_one_of(words, drops, sizeof drops / sizeof drops[0])) ||
           is_heading(words, (meaning){means_back, MEANS_BACK});
}

/* `-- Up`, `-- ==== UP ====`, `-- !Ups`, `-- +micrate Up`, `-- Write your up sql below` */
static bool heads_up_part(const char *text, size_t len)
{
    static const char *const means_up[] = {"up", "ups", "upgrade", "upsql", "sqlup"};
    char words[96];

    read_words(words, sizeof words, skip_tool(text, text + len), text + len);
    return is_heading(words, (meaning){means_up, sizeof means_up / sizeof means_up[0]});
}

/*
 * True for `-- migrations/0001_a_rollback.sql`, as manuals do: a second file was pasted below it.
 */
static bool names_rollback(const char *text, size_t len)
{
    const char *s = text + (len < 2 ? len : 2), *end = text + len;
    char path[256];
    size_t n = 0;

    while (s < end && isspace((unsigned char)*s))
        s++;
    while (s < end && n < sizeof path - 1 && !isspace((unsigned char)*s))
        path[n++] = *s++;
    path[n] = '\0';
    while (s < end && isspace((unsigned char)*s))
        s++;
    return s == end && (mb_path_ends(path, "_rollback.sql") || mb_path_ends(path, ".down.sql"));
}

static bool refuse_tool(const char *text, size_t len, const mb_tool *tool, const char *name,
                        mb_error *err)
{
    if (name) {
        mb_fail(err, MB_ERR_FILE,
                "\"%.*s\" is an annotation of %s, and the folder is in the format "
                "of %s",
                shown(text, len), text, tool->name, name);
        return mb_fail_hint(err, "Remove the annotation and the part of the file that must not "
                                 "run. If the folder is in another format, name it in "
                                 "moonbird.lua: format = \"NAME\".");
    }
    mb_fail(err, MB_ERR_FILE, "\"%.*s\" is an annotation of %s, which moonbird does not read here",
            shown(text, len), text, tool->name);
    return mb_fail_hint(err, "%s", tool->hint);
}

/* `-- migrate rollback`, `-- Undo Migration`: another word, or a misspelt one, for "down". */
static bool names_down_part(const char *text, size_t len, const char *name)
{
    static const char *const down[] = {"down"};
    char words[96], word[24];
    const char *part;
    size_t n;

    read_words(words, sizeof words, text, text + len);
    part = mb_tool_part_word(name, words, &n);
    if (!part || n >= sizeof word)
        return false;
    memcpy(word, part, n);
    word[n] = '\0';
    return is_one_of(word, means_back, MEANS_BACK) || (*word == 'd' && mb_nearest(word, down, 1));
}

static bool refuse_unknown(const char *text, size_t len, const char *name, bool up, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "%s has no annotation \"%.*s\", so that the statements below it would "
                              "run as part of the %s part", name, shown(text, len), text,
            up ? "up" : "down");
    return mb_fail_hint(err, "Write it exactly as %s expects it, or reword the comment.", name);
}

/*
 * The format has taken the lines with its annotations, so this one is not written as the tool reads
 * it: indented, or in another case.
 */
static bool check_nearly(const char *text, size_t len, const char *name, bool down, mb_error *err)
{
    if (!mb_tool_nearly(name, down, text, len) &&
        !(down && names_down_part(text, len, name)))
        return !mb_tool_is_unknown(name, text, len) ||
               refuse_unknown(text, len, name, down, err);
    mb_fail(err, MB_ERR_FILE, "%s does not read \"%.*s\" as an annotation, so that the %s part would "
                              "run as part of the other one", name, shown(text, len), text,
            down ? "down" : "up");
    return mb_fail_hint(err, "Write it at the beginning of a line, exactly as %s expects it, or "
                             "reword the comment.", name);
}

static bool check_comment(const char *text, size_t len, const char *name, const char **heading,
                          mb_error *err)
{
    const mb_tool *tool = mb_tool_of_comment(text, len);

    if (name && (!tool || strcmp(tool->name, name) == 0)) {
        /* As a word of its own, "drop" is common in files that other tools have run for years. */
        if (heads_down_part(text, len, false) || names_rollback(text, len))
            *heading = "If they are the rollback, write them in the down part of the migration, or "
                       "in a file NAME_rollback.lua. Otherwise reword the comment.";
        return check_nearly(text, len, name, true, err);
    }
    if (heads_down_part(text, len, true) || names_rollback(text, len))
        *heading = "If they are the rollback, write \"-- moonbird:down\" instead. Otherwise reword "
                   "the comment.";
    return !tool || refuse_tool(text, len, tool, name, err);
}

static bool check_up_part(const char *text, size_t len, const char *name, const char **heading,
                          mb_error *err)
{
    const char *ignored = NULL;

    return check_comment(text, len, name, name ? &ignored : heading, err);
}

static bool check_rollback(const char *text, size_t len, const char *name, const char **heading,
                           mb_error *err)
{
    const mb_tool *tool = mb_tool_of_comment(text, len);

    if (name && (!tool || strcmp(tool->name, name) == 0))
        return check_nearly(text, len, name, false, err);
    if (tool && mb_tool_heads_down(tool, text, len))
        *heading = "The whole file runs as the rollback: remove the statements before the comment.";
    if (!(tool ? mb_tool_heads_up(tool, text, len) : heads_up_part(text, len)))
        return true;
    mb_fail(err, MB_ERR_FILE, "\"%.*s\" looks like the start of an up part, which would run as part "
                              "of the rollback", shown(text, len), text);
    return mb_fail_hint(err, "Keep only the statements that undo the migration, and remove the "
                             "comment.");
}

/* Compares the comment as a reader sees it: a no-break space is a space. */
static bool check_seen(mb_comment_check *check, const char *text, size_t len, const char *tool,
                       const char **heading, mb_error *err)
{
    mb_buf seen = {0};
    bool ok;

    mb_utf8_plain_blanks(&seen, text, len);
    ok = check(mb_buf_str(&seen), seen.len, tool, heading, err);
    mb_buf_free(&seen);
    return ok && check_own(text, len, err);
}

bool mb_format_check_comment(const char *text, size_t len, const char *tool, const char **heading,
                             mb_error *err)
{
    return check_seen(check_comment, text, len, tool, heading, err);
}

bool mb_format_check_up_part(const char *text, size_t len, const char *tool, const char **heading,
                             mb_error *err)
{
    return check_seen(check_up_part, text, len, tool, heading, err);
}

bool mb_format_check_rollback(const char *text, size_t len, const char *tool, const char **heading,
                              mb_error *err)
{
    return check_seen(check_rollback, text, len, tool, heading, err);
}
