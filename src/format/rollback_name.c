#include "rollback_name.h"

#include "tool.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/suggest.h"
#include "moonbird/format/names.h"
#include "format/tools/form.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *find_file(const mb_listing *l, const char *stem, size_t len, const char *ending)
{
    char *name = mb_format("%.*s%s", (int)len, stem, ending);
    char **found = bsearch(&name, l->files->items, l->files->n, sizeof name, mb_compare_text);

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
static const char *find_stem_forth(const mb_listing *l, const char *stem, size_t len)
{
    const char *found = NULL;

    for (size_t i = 0; !found && i < FORTH; i++)
        for (const char *separator = "-_."; !found && *separator; separator++) {
            char *ending = mb_format("%c%s.sql", *separator, forth[i]);

            found = find_file(l, stem, len, ending);
            free(ending);
        }
    return found;
}

/* The file of the migration with this stem; NULL when there is none. */
static const char *find_up(const mb_listing *l, const char *stem, size_t len)
{
    const char *found = len > 0 ? find_file(l, stem, len, ".sql") : NULL;

    if (!found && len > 0)
        found = find_file(l, stem, len, ".lua");
    return found || len == 0 ? found : find_stem_forth(l, stem, len);
}

/* The file up-NAME.sql beside down-NAME.sql, whose `rest` is "-NAME"; NULL when there is none. */
static const char *find_forth(const mb_listing *l, const char *rest, size_t len)
{
    const char *found = NULL;

    for (size_t i = 0; !found && i < FORTH; i++) {
        char *stem = mb_format("%s%.*s", forth[i], (int)len, rest);

        found = find_up(l, stem, strlen(stem));
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
static const char *find_misspelt(const mb_listing *l, const char *file, size_t len)
{
    const char *up = NULL;

    for (size_t i = len; !up && i-- > 1;)
        if ((is_separator(file[i]) || file[i] == ' ') &&
            is_nearly_rollback(file + i + 1, len - i - 1))
            up = find_up(l, file, i);
    return up;
}

static bool refuse_rollback(const mb_listing *l, const char *file, const char *up, mb_error *err)
{
    if (up) {
        mb_fail(err, MB_ERR_FILE, "\"%s\" looks like the rollback of \"%s\", but would run as a "
                                  "migration", file, up);
        mb_fail_hint(err, "Rename the two files to NAME.sql and NAME_rollback.sql.");
    } else {
        mb_fail(err, MB_ERR_FILE, "\"%s\" looks like a rollback, but would run as a migration",
                file);
        mb_fail_hint(err, "If it is the rollback of NAME.sql, rename it to NAME_rollback.sql. "
                          "Otherwise give it another name.");
    }
    return mb_fail_in(err, l, file, 0);
}

bool mb_check_rollback_name(const mb_listing *l, const char *file, mb_error *err)
{
    size_t len = strlen(file) - strlen(".sql");
    const char *up = NULL;

    for (size_t i = 0; !up && i < BACK; i++) {
        size_t from = word_before(file, len, &back[i]), to = word_after(file, len, &back[i]);

        if (from)
            up = find_up(l, file + from, len - from);
        if (from && !up)
            up = find_forth(l, file + from - 1, len - from + 1);
        if (!up && to)
            up = find_up(l, file, to);
    }
    if (!up)
        up = find_misspelt(l, file, len);
    if (!up && !is_only_word(file, len))
        return true;
    return mb_path_ends(file, "_rollback.sql") || mb_path_ends(file, "_rollback.lua") ||
           mb_path_ends(file, ".down.sql") || refuse_rollback(l, file, up, err);
}

/* `file` is relative to the folder. */

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
