#include "rollback_name.h"

#include "format/tool.h"
#include "format/tools/form.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/sort.h"
#include "moonbird/base/suggest.h"
#include "moonbird/format/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *find_file(const mb_names *files, const char *stem, size_t len, const char *ending)
{
    char *name = mb_format("%.*s%s", (int)len, stem, ending);
    char **found =
        files->n ? bsearch(&name, files->items, files->n, sizeof name, mb_compare_text) : NULL;

    free(name);
    return found ? *found : NULL;
}

typedef struct word {
    const char *text;
    size_t len;
} word;

static const word back[] = {{"down", 4},     {"undo", 4},     {"revert", 6},
                            {"rollback", 8}, {"backward", 8}, {"backwards", 9}};
static const char *const forth[] = {"up", "do", "deploy", "apply", "forward", "forwards", "migrate"};

enum { BACK = sizeof back / sizeof back[0], FORTH = sizeof forth / sizeof forth[0] };

static bool is_separator(char c)
{
    return c == '-' || c == '_' || c == '.';
}

/* The offset of NAME in WORD-NAME, WORD_NAME or WORD.NAME; 0 for other names. */
static size_t word_before(const char *file, size_t len, const word *w)
{
    return len > w->len && is_separator(file[w->len]) && strncasecmp(file, w->text, w->len) == 0
               ? w->len + 1
               : 0;
}

/* The length of NAME in NAME-WORD, NAME_WORD or NAME.WORD; 0 for other names. */
static size_t word_after(const char *file, size_t len, const word *w)
{
    size_t rest = len - w->len;

    return len > w->len + 1 && is_separator(file[rest - 1]) &&
                   strncasecmp(file + rest, w->text, w->len) == 0
               ? rest - 1
               : 0;
}

/* True for a name that is only such a word: down.sql, _rollback.sql. */
static bool is_only_word(const char *file, size_t len)
{
    size_t from = is_separator(*file) ? 1 : 0;
    bool only = false;

    for (size_t i = 0; i < BACK; i++)
        only = only || (len - from == back[i].len &&
                        strncasecmp(file + from, back[i].text, len - from) == 0);
    return only;
}

/* The file STEM-up.sql, STEM_up.sql or STEM.up.sql, or with another such word. */
static const char *find_stem_forth(const mb_names *files, const char *stem, size_t len)
{
    const char *found = NULL;

    for (size_t i = 0; !found && i < FORTH; i++)
        for (const char *separator = "-_."; !found && *separator; separator++) {
            char *ending = mb_format("%c%s.sql", *separator, forth[i]);

            found = find_file(files, stem, len, ending);
            free(ending);
        }
    return found;
}

/* The file of the migration with this stem; NULL when there is none. */
static const char *find_up(const mb_names *files, const char *stem, size_t len)
{
    const char *found = len > 0 ? find_file(files, stem, len, ".sql") : NULL;

    if (!found && len > 0)
        found = find_file(files, stem, len, ".lua");
    return found || len == 0 ? found : find_stem_forth(files, stem, len);
}

/* The file up-NAME.sql beside down-NAME.sql, whose `rest` is "-NAME"; NULL when there is none. */
static const char *find_forth(const mb_names *files, const char *rest, size_t len)
{
    const char *found = NULL;

    for (size_t i = 0; !found && i < FORTH; i++) {
        char *stem = mb_format("%s%.*s", forth[i], (int)len, rest);

        found = find_up(files, stem, strlen(stem));
        free(stem);
    }
    return found;
}

/* True when the letters are nearly "rollback": `rolback`, `rollback2`, `rollback (1)`. */
static bool is_nearly_rollback(const char *s, size_t len)
{
    static const char *const rollback[] = {"rollback"};
    char letters[16];
    size_t n = 0, first = 0;

    while (first < len && !isalpha((unsigned char)s[first]))
        first++;
    if (first == len || tolower((unsigned char)s[first]) != 'r') /* nearly all names end here */
        return false;
    for (size_t i = first; i < len && n < sizeof letters; i++)
        if (isalpha((unsigned char)s[i]))
            letters[n++] = (char)tolower((unsigned char)s[i]);
    if (n == sizeof letters)
        return false;
    letters[n] = '\0';
    return strncmp(letters, "ro", 2) == 0 && mb_nearest(letters, rollback, 1) != NULL;
}

/* The migration NAME.sql of a misspelt rollback file NAME_rolback.sql; NULL when there is none. */
static const char *find_misspelt(const mb_names *files, const char *file, size_t len)
{
    const char *up = NULL;

    for (size_t i = len; !up && i-- > 1;)
        if ((is_separator(file[i]) || file[i] == ' ') &&
            is_nearly_rollback(file + i + 1, len - i - 1))
            up = find_up(files, file, i);
    return up;
}

/*
 * Does the file look like a rollback, of *up, which is borrowed from the files?  *up is NULL if its
 * name is only such a word.
 */
static bool looks_back(const char **up, const mb_names *files, const char *file)
{
    size_t len = strlen(file) - strlen(".sql");

    *up = NULL;
    for (size_t i = 0; !*up && i < BACK; i++) {
        size_t from = word_before(file, len, &back[i]), to = word_after(file, len, &back[i]);

        if (from)
            *up = find_up(files, file + from, len - from);
        if (from && !*up)
            *up = find_forth(files, file + from - 1, len - from + 1);
        if (!*up && to)
            *up = find_up(files, file, to);
    }
    if (!*up)
        *up = find_misspelt(files, file, len);
    return *up || is_only_word(file, len);
}

static bool fail_rollback(mb_error *err, const char *file, const char *up)
{
    if (up)
        return mb_fail(err, MB_ERR_FILE, "\"%s\" looks like the rollback of \"%s\", but would run "
                                         "as a migration", file, up);
    return mb_fail(err, MB_ERR_FILE, "\"%s\" looks like a rollback, but would run as a migration",
                   file);
}

bool mb_check_rollback_name(const mb_listing *l, const char *file, mb_error *err)
{
    const char *up;

    if (!looks_back(&up, l->files, file) || mb_path_ends(file, "_rollback.sql") ||
        mb_path_ends(file, "_rollback.lua") || mb_path_ends(file, ".down.sql"))
        return true;
    fail_rollback(err, file, up);
    if (l->unnumbered)
        mb_fail_hint(err, "A repeatable migration has no rollback: if this is one, delete it. "
                          "Otherwise give it another name.");
    else
        mb_fail_hint(err, up ? "Rename the two files to NAME.sql and NAME_rollback.sql."
                             : "If it is the rollback of NAME.sql, rename it to "
                               "NAME_rollback.sql. Otherwise give it another name.");
    return mb_fail_in(err, l, file, 0);
}

/* ---- formats of other tools ---- */

/* Is the migration a folder?  Then its name is the folder's. */
static bool is_folder(const mb_entry *e)
{
    size_t len = strlen(e->name);

    return strncmp(e->file, e->name, len) == 0 && e->file[len] == '/';
}

/* The file of the migration, or its folder as if it were a file; the caller frees it. */
static char *file_of(const mb_entry *e)
{
    return is_folder(e) ? mb_format("%s.sql", e->name) : mb_strdup(e->file);
}

/* The migrations of a folder, as their names are compared. */
typedef struct named {
    const mb_listing *l;
    const mb_entries *lists[2];
    mb_names files; /* as file_of, sorted */
} named;

static const mb_entry *find_entry(const named *in, const char *file)
{
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; in->lists[k] && i < in->lists[k]->n; i++) {
            char *other = file_of(&in->lists[k]->items[i]);
            bool same = strcmp(other, file) == 0;

            free(other);
            if (same)
                return &in->lists[k]->items[i];
        }
    return NULL;
}

static bool refuse_entry(const named *in, const mb_entry *e, const char *up, mb_error *err)
{
    const mb_entry *of = up ? find_entry(in, up) : NULL;
    const char *name = of ? of->name : "NAME";

    if (is_folder(e)) {
        fail_rollback(err, e->name, of ? name : NULL);
        mb_fail_hint(err, "If it undoes a migration, write it in a file down.sql in the folder of "
                          "that migration. Otherwise give it another name.");
    } else {
        fail_rollback(err, e->file, up);
        mb_fail_hint(err, "If it undoes %s, write it in the down part of that migration, or in a "
                          "file %s_rollback.lua. Otherwise give it another name.", name, name);
    }
    return mb_fail_in(err, in->l, e->file, 0);
}

static bool check_entry(const named *in, const mb_entry *e, mb_error *err)
{
    char *file = file_of(e);
    const char *up;
    bool ok = !mb_name_is_script(file) || !looks_back(&up, &in->files, file) ||
              refuse_entry(in, e, up, err);

    free(file);
    return ok;
}

bool mb_check_rollback_entries(const mb_entries *entries, const mb_entries *lua,
                               const mb_listing *l, mb_error *err)
{
    named in = {.l = l, .lists = {entries, lua}};
    bool ok = true;

    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; in.lists[k] && i < in.lists[k]->n; i++)
            mb_names_add(&in.files, file_of(&in.lists[k]->items[i]));
    mb_sort(in.files.items, in.files.n, sizeof *in.files.items, mb_compare_text);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; ok && in.lists[k] && i < in.lists[k]->n; i++)
            ok = check_entry(&in, &in.lists[k]->items[i], err);
    mb_names_free(&in.files);
    return ok;
}

bool mb_rollback_is_annotated(const char *folder, const mb_names *files, const char *file)
{
    char *base = mb_name_without(file, "_rollback.sql"), *other = mb_format("%s.sql", base);
    char *path = mb_path_join(folder, file);
    bool beside = bsearch(&other, files->items, files->n, sizeof *files->items, mb_compare_text);
    bool annotated = false;
    mb_buf text = {0};
    mb_error unread; /* then it counts as a rollback, and its reader says what is wrong */

    if (!beside && mb_file_read(&text, path, &unread))
        annotated = mb_tool_at_head(mb_buf_str(&text), text.len);
    mb_buf_free(&text);
    free(path);
    free(other);
    free(base);
    return annotated;
}
