/*
 * liquibase.c -- changesets in formatted SQL of Liquibase, one migration each.
 *
 * The rules are those of AbstractFormattedChangeLogParser.java.  Files run in the order of their
 * names, changesets in that of their file.  A migration's name is FILE:AUTHOR:ID.
 */
#include "changeset_attributes.h"
#include "formats.h"

#include "format/settings/changelog.h"
#include "format/settings/contexts.h"
#include "format/settings/liquibase_options.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The text behind `-- WORD`, in any case and with any blanks before it; NULL: another line. */
static const char *after(const mb_line *line, const char *word)
{
    const char *s = line->text, *end = s + line->len;
    size_t len = strlen(word);

    while (s < end && isspace((unsigned char)*s))
        s++;
    if (end - s < 2 || s[0] != '-' || s[1] != '-')
        return NULL;
    for (s += 2; s < end && isspace((unsigned char)*s);)
        s++;
    if ((size_t)(end - s) < len || strncasecmp(s, word, len) != 0)
        return NULL;
    s += len;
    return s == end || !isalnum((unsigned char)*s) ? s : NULL;
}

/* A file while its lines are read; `e` is the index of the changeset, out->n when there is none. */
typedef struct reading {
    mb_entries *out;
    const mb_listing *l;
    const char *file;
    char *identity; /* its absolute path, or its logicalFilePath */
    mb_entry *e;
    const mb_liquibase_options *options;
    bool *told;      /* is there a note that contexts run? */
    bool skips;      /* the changeset does not run here */
    int block_line;  /* where a block comment with a rollback begins; 0: the line is not in one */
    mb_buf rollback; /* the statements behind --rollback, on the same lines as in the file */
    int rollback_line;
} reading;

static bool refuse(mb_error *err, const reading *r, int line, const char *what, const char *hint)
{
    mb_fail(err, MB_ERR_FILE, "%s", what);
    mb_fail_hint(err, "%s", hint);
    return mb_fail_in(err, r->l, r->file, line);
}

static void end_changeset(reading *r, size_t at)
{
    mb_entry *e = r->e;

    if (!e)
        return;
    e->up.len = at - e->up.from;
    if (r->rollback_line) {
        e->down = (mb_cut){.from = e->up.from,
                           .len = e->up.len,
                           .line = r->rollback_line,
                           .no_transaction = e->up.no_transaction,
                           .text = mb_strdup(mb_buf_str(&r->rollback))};
        e->down_file = mb_strdup(r->file);
    }
    mb_buf_clear(&r->rollback);
    r->rollback_line = 0;
    r->e = NULL;
}

#define CONTEXTS "LIQUIBASE_COMMAND_CONTEXTS" /* Liquibase's own variable */

/* Say once for a folder that all its contexts run. */
static void note_contexts(const reading *r, const mb_line *line)
{
    if (!*r->told)
        mb_names_add(&r->out->notes,
                     mb_format("%s/%s:%d: this changeset has a context, and runs in each, because "
                               "%s is not set",
                               r->l->shown, r->file, line->number, CONTEXTS));
    *r->told = true;
}

/* Note a changeset that does not run, and keep its name; takes over `why`, such as "for oracle". */
static void hide(const reading *r, const mb_line *line, const char *name, char *why)
{
    mb_names_add(&r->out->notes, mb_format("%s/%s:%d: the changeset is %s, and is ignored",
                                           r->l->shown, r->file, line->number, why));
    mb_names_add(&r->out->hidden, mb_strdup(name));
    mb_names_add(&r->out->reasons, why);
}

/* Sets *runs: is the changeset's expression empty, or true in the contexts of the run? */
static bool check_contexts(bool *runs, const reading *r, const mb_line *line, const char *from,
                           const char *name, mb_error *err)
{
    const char *given = r->options->contexts;
    char *text = mb_attribute(line, from, "contextFilter");
    bool understood = true, no_text;

    *runs = true;
    if (!text)
        text = mb_attribute(line, from, "context");
    no_text = !text || !text[strspn(text, " \t")];
    if (!no_text)
        understood = mb_contexts_hold(runs, text, given);
    if (!understood)
        refuse(err, r, line->number, "the context is not an expression that Liquibase reads",
               "Write names with \"and\", \"or\", \"!\", commas and parentheses, in quotes if "
               "there are spaces.");
    else if (!no_text && *runs && !given)
        note_contexts(r, line);
    else if (!*runs)
        hide(r, line, name, mb_format("for the context \"%s\"", text));
    free(text);
    return understood;
}

/* Sets *runs: is the run's expression of labels empty, or true for those of the changeset? */
static bool check_labels(bool *runs, const reading *r, const mb_line *line, const char *from,
                         const char *name, mb_error *err)
{
    const char *filter = r->options->labels;
    char *labels;

    if (!*runs || !filter || !filter[strspn(filter, " \t")])
        return true;
    labels = mb_attribute(line, from, "labels");
    if (!mb_contexts_hold(runs, filter, labels)) {
        free(labels);
        return refuse(err, r, line->number,
                      "the label filter is not an expression that Liquibase reads",
                      "Correct it in LIQUIBASE_COMMAND_LABEL_FILTER or liquibase.properties: names "
                      "with \"and\", \"or\", \"!\", commas and parentheses.");
    }
    if (!*runs)
        hide(r, line, name, mb_format("for the labels \"%s\"", labels ? labels : ""));
    free(labels);
    return true;
}

/* Liquibase runs no changeset that is for other databases, or is switched off. */
static bool is_off(const reading *r, const mb_line *line, const char *from, const char *name)
{
    char *dbms = mb_attribute(line, from, "dbms");
    bool off = mb_attribute_is(line, from, "ignore", "true");
    bool other = dbms && !mb_has_postgresql(dbms);

    if (off || other)
        hide(r, line, name, other ? mb_format("for %s", dbms) : mb_strdup("switched off"));
    free(dbms);
    return off || other;
}

/* The migration's name. */
static char *name_of(const reading *r, const char *id)
{
    return mb_format("%.*s:%s", (int)(strlen(r->file) - 4), r->file, id);
}

static void add_changeset(reading *r, const mb_line *line, const char *stop, const char *id)
{
    char *logical = mb_logical_path(line, stop);

    r->e = mb_entries_add(r->out, name_of(r, id));
    r->e->listed = mb_format("%s:%s", logical ? logical : r->identity, id);
    free(logical);
    r->e->file = mb_strdup(r->file);
    r->e->up = mb_cut_of(line->next, line->number + 1, line->next);
    r->e->repeatable = mb_attribute_is(line, stop, "runOnChange", "true");
    r->e->up.no_transaction = mb_attribute_is(line, stop, "runInTransaction", "false");
}

/* --changeset AUTHOR:ID ATTRIBUTE:VALUE... */
static bool start_changeset(reading *r, const mb_line *line, const char *text, mb_error *err)
{
    const char *stop;
    char *name, *id = mb_changeset_id(&stop, line, text);
    bool runs = false, ok = true;

    if (!id)
        return refuse(err, r, line->number, "this changeset has no author and id",
                      "Write --changeset AUTHOR:ID.");
    end_changeset(r, line->from);
    name = name_of(r, id);
    if (!is_off(r, line, stop, name))
        ok = check_contexts(&runs, r, line, stop, name, err) &&
             check_labels(&runs, r, line, stop, name, err) &&
             mb_attributes_check(r->l, r->file, line, stop, err);
    r->skips = !runs;
    if (ok && runs)
        add_changeset(r, line, stop, id);
    free(name);
    free(id);
    return ok;
}

static bool begins(const char *s, const char *end, const char *word)
{
    size_t len = strlen(word);

    return (size_t)(end - s) >= len && strncasecmp(s, word, len) == 0;
}

/*
 * SQL of a rollback, from `text` to `end`; "empty" and "not required" have nothing to run, and
 * changesetId:ID names another changeset, which runs again.
 */
static bool add_rollback(reading *r, const mb_line *line, const char *text, const char *end,
                         mb_error *err)
{
    if (!r->e)
        return refuse(err, r, line->number, "this rollback does not belong to a changeset",
                      "Write it below a line --changeset AUTHOR:ID.");
    if (!r->rollback_line)
        r->rollback_line = line->number;
    while (text < end && isspace((unsigned char)*text))
        text++;
    if (begins(text, end, "changesetId:"))
        return refuse(err, r, line->number,
                      "moonbird does not read a rollback that names another changeset",
                      "Write its statements.");
    if (begins(text, end, "empty") || begins(text, end, "not required"))
        mb_buf_puts(&r->rollback, "-- nothing to undo\n");
    else
        mb_buf_printf(&r->rollback, "%.*s\n", (int)(end - text), text);
    return true;
}

/*
 * The text of a line in the comment that a line with only "liquibase rollback" begins, and a line
 * with the end of the comment ends.  NULL: the line is in no such comment.
 */
static const char *in_block(reading *r, const mb_line *line)
{
    const char *s = line->text, *end = s + line->len;

    if (r->block_line)
        return s;
    while (s < end && isspace((unsigned char)*s))
        s++;
    if (!begins(s, end, "/*"))
        return NULL;
    for (s += 2; s < end && isspace((unsigned char)*s);)
        s++;
    if (!begins(s, end, "liquibase"))
        return NULL;
    for (s += 9; s < end && isspace((unsigned char)*s);)
        s++;
    if (!begins(s, end, "rollback"))
        return NULL;
    r->block_line = line->number;
    return s + 8;
}

/* A line of such a comment; a changeset that does not run has no rollback. */
static bool add_block(reading *r, const mb_line *line, const char *text, mb_error *err)
{
    const char *end = line->text + line->len;

    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    if (end - text >= 2 && end[-1] == '/' && end[-2] == '*') {
        end -= 2;
        r->block_line = 0;
    }
    return r->skips || add_rollback(r, line, text, end, err);
}

static bool has_colon(const mb_line *line, const char *text)
{
    return text < line->text + line->len && *text == ':';
}

/*
 * Liquibase takes a line with a colon behind its word for an ordinary comment, so what is below
 * belongs to the changeset above.
 */
static bool note_colon(const reading *r, const mb_line *line, mb_error *err)
{
    if (!r->e && !r->skips)
        return refuse(err, r, line->number,
                      "Liquibase does not read this line, because of the colon",
                      "Write a blank in its place.");
    mb_names_add(&r->out->notes,
                 mb_format("%s/%s:%d: Liquibase does not read this line, because of the colon; what "
                           "is below belongs to the changeset above",
                           r->l->shown, r->file, line->number));
    return true;
}

/* Liquibase ends a statement at a line with only GO or "/". */
static bool check_delimiter(const reading *r, const mb_line *line, mb_error *err)
{
    const char *s = line->text, *end = s + line->len;
    size_t n;

    while (s < end && isspace((unsigned char)*s))
        s++;
    while (end > s && isspace((unsigned char)end[-1]))
        end--;
    n = (size_t)(end - s);
    if (!(n == 1 && *s == '/') && !(n == 2 && strncasecmp(s, "go", 2) == 0))
        return true;
    return refuse(err, r, line->number, "Liquibase ends a statement at this line, and moonbird does "
                                        "not",
                  "End the statement with \";\", and remove the line.");
}

/* ${NAME} is a parameter: a variable of the environment, or one of the configuration. */
static bool check_parameters(const reading *r, const mb_line *line, mb_error *err)
{
    const char *end = line->text + line->len, *at = line->text;

    if (mb_line_is_comment(line))
        return true;
    for (; (at = memmem(at, (size_t)(end - at), "${", 2)) != NULL; at += 2) {
        const char *s = at + 2;

        while (s < end && (isalnum((unsigned char)*s) || strchr("_.-", *s)))
            s++;
        if (s == at + 2 || s == end || *s != '}')
            continue;
        mb_fail(err, MB_ERR_FILE, "Liquibase replaces \"%.*s\" if it has a parameter with this "
                                  "name, and moonbird does not", (int)(s + 1 - at), at);
        mb_fail_hint(err, "Write its value.");
        return mb_fail_in(err, r->l, r->file, line->number);
    }
    return true;
}

static bool add_line(reading *r, const mb_line *line, mb_error *err)
{
    static const char *const unread[] = {"property", "ignoreLines", "preconditions", "precondition",
                                         "include",  "rollbackSqlFile"};
    const char *text = in_block(r, line);

    if (text)
        return add_block(r, line, text, err);
    text = after(line, "changeset");

    if (text)
        return has_colon(line, text) ? note_colon(r, line, err)
                                     : start_changeset(r, line, text, err);
    if (r->skips)
        return true;
    text = after(line, "rollback");
    if (text)
        return has_colon(line, text)
                   ? note_colon(r, line, err)
                   : add_rollback(r, line, text, line->text + line->len, err);
    for (size_t i = 0; i < sizeof unread / sizeof unread[0]; i++)
        if (after(line, unread[i])) {
            char *what = mb_format("moonbird does not read \"--%s\" of Liquibase", unread[i]);

            refuse(err, r, line->number, what, "Rewrite the changeset without it, in SQL or Lua.");
            free(what);
            return false;
        }
    if (!r->e && !mb_line_is_comment(line))
        return refuse(err, r, line->number, "a statement comes before the first changeset",
                      "Write --changeset AUTHOR:ID above it.");
    return mb_check_misspelt(r->l, r->file, line, err) && check_parameters(r, line, err) &&
           check_delimiter(r, line, err);
}

/* --liquibase formatted sql ATTRIBUTE:VALUE... */
static void read_head(reading *r, const mb_line *line, const char *from)
{
    char *logical = mb_logical_path(line, from);

    if (!logical)
        return;
    free(r->identity);
    r->identity = logical;
}

static bool read_file(const reading *of, const char *file, mb_error *err)
{
    reading r = *of;
    mb_line line = {0};
    mb_buf text = {0};
    bool ok = mb_listed_read(&text, of->l, file, err), formatted = false;

    r.file = file;
    r.identity = mb_listed_path(of->l, file);
    while (ok && mb_line_next(&line, &text)) {
        const char *head = formatted ? NULL : after(&line, "liquibase formatted");

        formatted = formatted || head;
        if (head)
            read_head(&r, &line, head);
        if (!formatted && line.len)
            ok = refuse(err, &r, line.number,
                        "the file does not begin with \"--liquibase formatted sql\"",
                        "Write this line first.");
        else
            ok = add_line(&r, &line, err);
    }
    if (ok && r.block_line)
        ok = refuse(err, &r, r.block_line, "the comment with this rollback does not end",
                    "Write */ on a line below it.");
    if (ok)
        end_changeset(&r, text.len);
    mb_buf_free(&r.rollback);
    mb_buf_free(&text);
    free(r.identity);
    return ok;
}

static bool read_files(mb_entries *out, const mb_listing *l, const mb_liquibase_options *options,
                       mb_error *err)
{
    bool told = false;
    const reading r = {.out = out, .l = l, .options = options, .told = &told};

    for (size_t i = 0; i < l->files->n; i++) {
        const char *file = l->files->items[i];

        if (!mb_path_ends(file, ".sql") || mb_path_ends(file, "_rollback.sql"))
            continue;
        out->taken[i] = true;
        if (!read_file(&r, file, err))
            return false;
    }
    return true;
}

static bool list(mb_entries *out, const mb_listing *l, mb_error *err)
{
    mb_liquibase_options options;
    bool ok = mb_liquibase_options_read(&options, l, err) &&
              mb_changelog_check(&options, l, err) && mb_changelogs_check(l, err) &&
              read_files(out, l, &options, err);

    if (ok) {
        out->schema = options.schema;
        out->schema_place = options.schema_place;
        options.schema = options.schema_place = NULL;
    }
    mb_liquibase_options_free(&options);
    return ok;
}

const mb_file_format mb_format_liquibase = {
    .name = "liquibase",
    .down_place = "in lines \"--rollback STATEMENT;\" below the changeset",
    .tool = "Liquibase",
    .expected = "SQL files that begin with \"--liquibase formatted sql\"",
    .strict = true,
    .any_case = true,
    .recurses = true,
    .commits = true,
    .list = list,
};
