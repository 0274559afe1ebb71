/*
 * golang_migrate.c -- migrations of golang-migrate: NUMBER_NAME.up.sql and NUMBER_NAME.down.sql.
 *
 * The rules are those of source/parse.go: `^([0-9]+)_(.*)\.(down|up)\.(.*)$`, and the number alone
 * pairs the two files.  moonbird's own form has the same names, so the claim is weak, and counts
 * only where all SQL files have them.
 */
#include "formats.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"

#include <stdlib.h>
#include <string.h>

static const char *const endings[] = {".up.sql", ".down.sql"};

enum { UP, DOWN, NEITHER };

static int direction_of(const char *file)
{
    size_t digits = strspn(file, "0123456789");

    if (digits == 0 || file[digits] != '_')
        return NEITHER;
    return mb_path_ends(file, endings[UP]) ? UP : mb_path_ends(file, endings[DOWN]) ? DOWN : NEITHER;
}

const char *mb_pairs_claim(const mb_listing *l)
{
    const char *first = NULL;

    for (size_t i = 0; i < l->files->n; i++) {
        const char *file = l->files->items[i];

        if (!mb_path_ends(file, ".sql"))
            continue;
        if (direction_of(file) == NEITHER)
            return NULL;
        first = first ? first : file;
    }
    return first;
}

static const char *claim(const mb_listing *l)
{
    return mb_is_crate(l) ? NULL : mb_pairs_claim(l);
}

static bool refuse_lone(mb_error *err, const mb_listing *l, const char *file)
{
    mb_fail(err, MB_ERR_FILE, "this down file has no up file with its number");
    mb_fail_hint(err, "Restore the file NUMBER_NAME.up.sql, or delete this one.");
    return mb_fail_in(err, l, file, 0);
}

static bool refuse_second(mb_error *err, const mb_listing *l, const char *a, const char *b)
{
    mb_fail(err, MB_ERR_FILE, "two down files have the same number: \"%s\" and \"%s\"", a, b);
    mb_fail_hint(err, "Keep one of them.");
    return mb_fail_in(err, l, b, 0);
}

mb_entry *mb_pairs_find(const mb_entries *entries, const char *file)
{
    size_t low = 0, high = entries->n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (mb_compare_numbers(entries->items[middle].number, file) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < entries->n && mb_compare_numbers(entries->items[low].number, file) == 0
               ? &entries->items[low]
               : NULL;
}

bool mb_pairs_set_down(mb_entry *e, const mb_listing *l, const char *file, mb_error *err)
{
    if (e->down_file)
        return refuse_second(err, l, e->down_file, file);
    e->down_file = mb_strdup(file);
    return true;
}

static bool add_down(mb_entries *out, const mb_listing *l, const char *file, mb_error *err)
{
    mb_entry *e = mb_pairs_find(out, file);

    return e ? mb_pairs_set_down(e, l, file, err) : refuse_lone(err, l, file);
}

/*
 * golang-migrate runs a file with any ending: ^([0-9]+)_(.*)\.(down|up)\.(.*)$.  Refuses one that
 * does not end in .sql, such as 2_a.up.sql.bak.
 */
static bool check_ending(const mb_listing *l, const char *file, mb_error *err)
{
    size_t digits = strspn(file, "0123456789");

    if (digits == 0 || file[digits] != '_' || direction_of(file) != NEITHER ||
        !(strstr(file, ".up.") || strstr(file, ".down.")))
        return true;
    mb_fail(err, MB_ERR_FILE, "golang-migrate runs this file, whatever its ending, and moonbird does "
                              "not");
    mb_fail_hint(err, "Rename it to end in .sql if it is to run; otherwise move it elsewhere.");
    return mb_fail_in(err, l, file, 0);
}

static bool list(mb_entries *out, const mb_listing *l, mb_error *err)
{
    for (size_t i = 0; i < l->files->n; i++) {
        const char *file = l->files->items[i];
        int direction = direction_of(file);

        out->taken[i] = direction != NEITHER;
        if (direction == UP)
            mb_entries_add(out, mb_name_without(file, endings[UP]))->file = mb_strdup(file);
    }
    mb_entries_sort(out, mb_compare_numbers);
    if (!mb_entries_check_numbers(out, l, err))
        return false;
    for (size_t i = 0; i < l->files->n; i++)
        if (direction_of(l->files->items[i]) == DOWN &&
            !add_down(out, l, l->files->items[i], err))
            return false;
    for (size_t i = 0; i < l->files->n; i++)
        if (!check_ending(l, l->files->items[i], err))
            return false;
    return true;
}

const mb_file_format mb_format_golang_migrate = {
    .name = "golang-migrate",
    .tool = "golang-migrate",
    .expected = "NUMBER_NAME.up.sql and NUMBER_NAME.down.sql",
    .weak = true,
    .any_case = true,
    .created = {"", "", ".up.sql", ".down.sql", false},
    .claim = claim,
    .list = list,
};
