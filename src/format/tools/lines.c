/* lines.c -- a file as lines, in which other tools look for their annotations. */
#include "form.h"

#include "format/repeatable.h"
#include "format/rollback_name.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

size_t mb_listed_from(const mb_listing *l, const char *name)
{
    size_t low = 0, high = l->files->n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (strcmp(l->files->items[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool mb_listed_read(mb_buf *out, const mb_listing *l, const char *file, mb_error *err)
{
    char *path = mb_path_join(l->path, file);
    bool ok = mb_file_read(out, path, err);

    free(path);
    if (!ok) {
        err->file[0] = '\0';
        return mb_fail_in(err, l, file, 0);
    }
    return true;
}

enum { DEEPEST = 16 };

/* Symbolic links can make a cycle of folders. */
static bool refuse_depth(const mb_listing *l, const char *folder, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "moonbird searches the subfolders of this folder only %d levels deep",
            DEEPEST);
    mb_fail_hint(err, "Move this folder elsewhere. If it is a symbolic link to a folder above it, "
                      "remove the link.");
    return mb_fail_in(err, l, folder, 0);
}

static bool add_below(mb_names *out, const mb_listing *l, const char *folder, int depth,
                      mb_error *err)
{
    char *path = mb_path_join(l->path, folder);
    mb_names files, folders;
    bool ok = depth <= DEEPEST ? mb_folder_read(&files, &folders, path, err)
                               : refuse_depth(l, folder, err);

    free(path);
    if (!ok)
        return false;
    for (size_t i = 0; i < files.n; i++)
        mb_names_add(out, mb_path_join(folder, files.items[i]));
    for (size_t i = 0; ok && i < folders.n; i++) {
        char *deeper = mb_path_join(folder, folders.items[i]);

        ok = add_below(out, l, deeper, depth + 1, err);
        free(deeper);
    }
    mb_names_free(&files);
    mb_names_free(&folders);
    return ok;
}

bool mb_listed_in(mb_names *out, const mb_listing *l, const char *folder, mb_error *err)
{
    return add_below(out, l, folder, 1, err);
}

bool mb_listed_below(mb_names *out, const mb_listing *l, mb_error *err)
{
    bool ok = true;

    for (size_t i = 0; i < l->files->n; i++)
        mb_names_add(out, mb_strdup(l->files->items[i]));
    for (size_t i = 0; ok && i < l->folders->n; i++) {
        char *path = mb_path_join(l->path, l->folders->items[i]);

        if (strcmp(l->folders->items[i], MB_REPEATABLE) != 0 &&
            (!l->ignored || !mb_path_same(path, l->ignored)))
            ok = mb_listed_in(out, l, l->folders->items[i], err);
        free(path);
    }
    return ok;
}

bool mb_line_next(mb_line *line, const mb_buf *text)
{
    const char *end;

    if (line->next >= text->len)
        return false;
    line->from = line->next;
    line->text = text->data + line->from;
    end = memchr(line->text, '\n', text->len - line->from);
    line->len = end ? (size_t)(end - line->text) : text->len - line->from;
    line->next = line->from + line->len + (end ? 1 : 0);
    line->number++;
    if (line->from == 0 && line->len >= 3 && memcmp(line->text, "\xEF\xBB\xBF", 3) == 0) {
        line->text += 3;
        line->len -= 3;
    }
    if (line->len && line->text[line->len - 1] == '\r')
        line->len--;
    return true;
}

mb_cut mb_cut_of(size_t from, int line, size_t to)
{
    return (mb_cut){.from = from, .len = to > from ? to - from : 0, .line = line};
}

bool mb_cut_is_blank(const mb_cut *cut, const mb_buf *text)
{
    for (size_t i = 0; i < cut->len; i++)
        if (!isspace((unsigned char)text->data[cut->from + i]))
            return false;
    return true;
}

bool mb_line_is_blank(const mb_line *line)
{
    size_t n = 0;

    while (n < line->len && isspace((unsigned char)line->text[n]))
        n++;
    return n == line->len;
}

bool mb_line_is_comment(const mb_line *line)
{
    const char *s = line->text, *end = s + line->len;

    while (s < end && isspace((unsigned char)*s))
        s++;
    return s == end || (end - s >= 2 && s[0] == '-' && s[1] == '-');
}

bool mb_line_says(const mb_line *line, const char *letters)
{
    const char *s = line->text, *end = s + line->len;

    if (!mb_line_is_comment(line))
        return false;
    for (; s < end; s++) {
        if (!isalnum((unsigned char)*s))
            continue;
        if (tolower((unsigned char)*s) != *letters)
            return false;
        letters++;
    }
    return !*letters;
}

bool mb_is_comments(const char *text, size_t len)
{
    const char *s = text, *end = text + len, *close;

    for (;;) {
        while (s < end && isspace((unsigned char)*s))
            s++;
        if (end - s < 2 || (memcmp(s, "--", 2) != 0 && memcmp(s, "/*", 2) != 0))
            return s == end;
        close = *s == '-' ? memchr(s, '\n', (size_t)(end - s))
                          : memmem(s + 2, (size_t)(end - s - 2), "*/", 2);
        s = close ? close + (*s == '-' ? 1 : 2) : end;
    }
}

bool mb_fail_nearly(mb_error *err, const mb_listing *l, const char *file, const mb_line *line,
                    const char *tool, const char *exact)
{
    enum { SHOWN = 60 };

    mb_fail(err, MB_ERR_FILE, "%s ignores \"%.*s\"", tool,
            (int)(line->len < SHOWN ? line->len : SHOWN), line->text);
    mb_fail_hint(err, "Write \"%s\" exactly so and where %s expects it, or reword the comment.",
                 exact, tool);
    return mb_fail_in(err, l, file, line->number);
}

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
