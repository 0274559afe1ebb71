/* entry_file.c -- entries that are read from one SQL file each. */
#include "form.h"

#include "format/repeatable.h"
#include "format/names/rollback_name.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool mb_is_numbered(const char *file)
{
    return isdigit((unsigned char)*file);
}

bool mb_is_number_name(const char *file)
{
    size_t digits = strspn(file, "0123456789");

    return digits > 0 && file[digits] == '_';
}

void mb_entry_set_down(mb_entry *entry, const mb_cut *down, const mb_buf *text)
{
    if (!down->line || mb_cut_is_blank(down, text)) {
        free(down->text);
        return;
    }
    entry->down = *down;
    entry->down_file = mb_strdup(entry->file);
}

void mb_entry_end_sections(mb_entry *entry, mb_cut *up, mb_cut *down, const mb_buf *text)
{
    mb_cut *last = down->line ? down : up;

    last->len = text->len - last->from;
    entry->up = *up;
    mb_entry_set_down(entry, down, text);
}

static bool read_file(mb_entries *entries, const mb_listing *l, const char *file,
                      mb_read_sections *read, mb_error *err)
{
    mb_entry *e = mb_entries_add(entries, mb_name_without(file, ".sql"));
    mb_buf text = {0};
    bool ok;

    e->file = mb_strdup(file);
    ok = mb_listed_read(&text, l, file, err) && read(e, l, &text, err);
    mb_buf_free(&text);
    return ok;
}

bool mb_entries_read(mb_entries *entries, const mb_listing *l, bool (*takes)(const char *file),
                     mb_read_sections *read, mb_error *err)
{
    for (size_t i = 0; i < l->files->n; i++) {
        const char *file = l->files->items[i];

        if (!mb_path_ends(file, ".sql") || !takes(file) ||
            (mb_path_ends(file, "_rollback.sql") && !mb_rollback_is_annotated(l->path, l->files, file)))
            continue;
        entries->taken[i] = true;
        if (!read_file(entries, l, file, read, err))
            return false;
    }
    return true;
}

bool mb_is_crate(const mb_listing *l)
{
    char *above = mb_path_dir(l->path), *manifest = mb_path_join(above, "Cargo.toml");
    bool is = mb_file_exists(manifest);

    free(manifest);
    free(above);
    return is;
}
