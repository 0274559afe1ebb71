/* entry.c -- the entries that a format lists. */
#include "form.h"

#include "format/names/rollback_name.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/sort.h"
#include "moonbird/format/names.h"

#include <stdlib.h>
#include <string.h>

mb_entry *mb_entries_add(mb_entries *entries, char *name)
{
    mb_entry *entry;

    entries->items = mb_grow(entries->items, entries->n, sizeof *entries->items);
    entry = &entries->items[entries->n++];
    *entry = (mb_entry){.name = name, .number = mb_number_of(name)};
    return entry;
}

void mb_entries_free(mb_entries *entries)
{
    for (size_t i = 0; i < entries->n; i++) {
        mb_entry *e = &entries->items[i];

        free(e->name);
        free(e->number);
        free(e->file);
        free(e->down_file);
        free(e->verify_file);
        free(e->listed);
        free(e->up.text);
        free(e->down.text);
        if (e->given)
            mb_directives_free(e->given);
        free(e->given);
    }
    free(entries->items);
    free(entries->taken);
    mb_names_free(&entries->notes);
    mb_names_free(&entries->hidden);
    mb_names_free(&entries->reasons);
    free(entries->schema);
    free(entries->schema_place);
    *entries = (mb_entries){0};
}

static int by_name(const mb_entry *x, const mb_entry *y,
                   int (*compare)(const char *a, const char *b))
{
    int order = compare(x->number, y->number);

    if (order == 0 && x->baseline != y->baseline)
        return x->baseline ? 1 : -1;
    return order ? order : strcmp(x->name, y->name);
}

/* The order is nearly that of the files' names, so few entries move. */
void mb_entries_sort(mb_entries *entries, int (*compare)(const char *a, const char *b))
{
    for (size_t i = 1; i < entries->n; i++) {
        mb_entry moved = entries->items[i];
        size_t low = 0, high = i;

        if (by_name(&entries->items[i - 1], &moved, compare) <= 0)
            continue;
        while (low < high) {
            size_t middle = (low + high) / 2;

            if (by_name(&entries->items[middle], &moved, compare) <= 0)
                low = middle + 1;
            else
                high = middle;
        }
        memmove(entries->items + low + 1, entries->items + low, (i - low) * sizeof moved);
        entries->items[low] = moved;
    }
}

/* Entries with the same number in their order. */
static int by_number(const void *x, const void *y)
{
    const mb_entry *a = *(mb_entry *const *)x, *b = *(mb_entry *const *)y;
    int order = strcmp(a->number, b->number);

    if (order == 0 && a->baseline != b->baseline)
        return a->baseline ? 1 : -1;
    return order ? order : (a > b) - (a < b);
}

static bool refuse_number(const mb_entry *a, const mb_entry *b, const mb_listing *l, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "number %s is used twice: \"%s\" and \"%s\"", b->number, a->file,
            b->file);
    mb_fail_hint(err, "Give the newer file the next free number.");
    return mb_fail_in(err, l, b->file, 0);
}

bool mb_entries_check_numbers(const mb_entries *entries, const mb_listing *l, mb_error *err)
{
    const mb_entry **sorted = mb_alloc((entries->n + 1) * sizeof *sorted);
    bool ok = true;

    for (size_t i = 0; i < entries->n; i++)
        sorted[i] = &entries->items[i];
    mb_sort(sorted, entries->n, sizeof *sorted, by_number);
    for (size_t i = 1; ok && i < entries->n; i++)
        if (strcmp(sorted[i - 1]->number, sorted[i]->number) == 0 &&
            sorted[i - 1]->baseline == sorted[i]->baseline)
            ok = mb_check_rollback_entries(entries, NULL, l, err) &&
                 refuse_number(sorted[i - 1], sorted[i], l, err);
    free(sorted);
    return ok;
}

mb_directives *mb_entry_given(mb_entry *entry)
{
    if (!entry->given) {
        entry->given = mb_alloc(sizeof *entry->given);
        mb_directives_init(entry->given);
    }
    return entry->given;
}
