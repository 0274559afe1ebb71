/*
 * script_format.c -- formats that the scripts of a project describe.
 *
 * A script only says what the migrations are.  What it says is checked here, so that a mistake in it
 * cannot run a part of a file twice, or a rollback as a part of a migration.
 */
#include "script_format.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/sort.h"
#include "moonbird/base/utf8.h"
#include "moonbird/format/names.h"

#include <stdlib.h>
#include <string.h>

struct mb_script_formats {
    mb_file_format *items; /* they own `name`, `tool` and `expected` */
    size_t n;
    mb_script_format_host host;
};

/* ---- the formats ---- */

static bool refuse_built_in(const char *name, mb_error *err)
{
    char *path = mb_format(MB_SCRIPT_FORMATS "/%s.lua", name);

    mb_fail(err, MB_ERR_FILE, "moonbird itself has a format with the name \"%s\"", name);
    mb_fail_hint(err, "Rename the file.");
    mb_fail_at(err, path, 0, 0);
    free(path);
    return false;
}

bool mb_script_formats_new(mb_script_formats **out, const mb_names *names,
                           const mb_script_format_host *host, mb_error *err)
{
    mb_script_formats *formats;

    *out = NULL;
    for (size_t i = 0; i < names->n; i++)
        if (mb_file_format_named(names->items[i]) || strcmp(names->items[i], MB_OWN_FORMAT) == 0)
            return refuse_built_in(names->items[i], err);
    formats = mb_alloc(sizeof *formats);
    formats->items = mb_alloc((names->n + 1) * sizeof *formats->items);
    formats->n = names->n;
    formats->host = *host;
    for (size_t i = 0; i < names->n; i++)
        formats->items[i] = (mb_file_format){
            .name = mb_strdup(names->items[i]),
            .tool = mb_format(MB_SCRIPT_FORMATS "/%s.lua", names->items[i]),
            .expected = mb_format("those that " MB_SCRIPT_FORMATS "/%s.lua lists", names->items[i]),
            .nested = true,
            .scripts = formats,
        };
    *out = formats;
    return true;
}

void mb_script_formats_free(mb_script_formats *formats)
{
    if (!formats)
        return;
    for (size_t i = 0; i < formats->n; i++) {
        free((char *)formats->items[i].name);
        free((char *)formats->items[i].tool);
        free((char *)formats->items[i].expected);
    }
    free(formats->items);
    free(formats);
}

const mb_file_format *mb_script_format_named(const mb_script_formats *formats, const char *name)
{
    for (size_t i = 0; formats && i < formats->n; i++)
        if (strcmp(formats->items[i].name, name) == 0)
            return &formats->items[i];
    return NULL;
}

bool mb_script_formats_have(const mb_script_formats *formats, const char *name)
{
    return mb_script_format_named(formats, name) != NULL;
}

/* ---- the folder that a script sees ---- */

struct mb_script_folder {
    mb_listing l; /* its files are those in the subfolders, too */
    mb_entries *out; /* NULL: the script is only asked whether it knows the folder */
    bool shared;     /* two parts are in one file */
};

const char *mb_script_folder_path(const mb_script_folder *folder)
{
    return folder->l.shown;
}

const mb_names *mb_script_folder_files(const mb_script_folder *folder)
{
    return folder->l.files;
}

/* *at: the index of the file among those of the folder. */
static bool find_file(size_t *at, const mb_script_folder *folder, const char *file, mb_error *err)
{
    *at = mb_listed_from(&folder->l, file);
    if (*at < folder->l.files->n && strcmp(folder->l.files->items[*at], file) == 0)
        return true;
    mb_fail(err, MB_ERR_FILE, "the folder \"%s\" has no file \"%s\"", folder->l.shown, file);
    return mb_fail_hint(err, "The field \"files\" of the folder has the paths of its files.");
}

bool mb_script_folder_read(mb_buf *out, const mb_script_folder *folder, const char *file,
                           mb_error *err)
{
    size_t at;

    return find_file(&at, folder, file, err) && mb_listed_read(out, &folder->l, file, err);
}

bool mb_script_folder_ignore(mb_script_folder *folder, const char *file, mb_error *err)
{
    size_t at;

    if (!find_file(&at, folder, file, err))
        return false;
    folder->out->taken[at] = true;
    return true;
}

/* ---- what a script says of a migration ---- */

static bool check_name(const char *name, mb_error *err)
{
    bool is_text = mb_text_bad(name, strlen(name)) == strlen(name);

    for (const char *s = name; is_text && *s; s++)
        is_text = (unsigned char)*s >= ' ' && *s != 0x7F;
    if (*name && is_text)
        return true;
    return mb_fail(err, MB_ERR_FILE, "the name of a migration must be UTF-8 on one line");
}

static bool check_number(const mb_script_entry *said, mb_error *err)
{
    if (!said->number || !said->number[strspn(said->number, "0123456789")])
        return true;
    return mb_fail(err, MB_ERR_FILE, "its number \"%s\" has other characters than digits",
                   said->number);
}

/* Does the part select less than a whole file, or another text? */
static bool is_cut(const mb_script_part *said)
{
    return said->from != 1 || said->to != MB_TO_THE_END || said->text;
}

/* The line of the byte at offset `from`. */
static int line_at(const mb_buf *text, size_t from)
{
    int line = 1;

    for (size_t i = 0; i < from; i++)
        line += text->data[i] == '\n';
    return line;
}

static bool cut_text(mb_cut *cut, const mb_script_part *said, const mb_buf *text, mb_error *err)
{
    long long to = said->to == MB_TO_THE_END ? (long long)text->len : said->to;

    if (said->from < 1 || to < said->from - 1 || to > (long long)text->len)
        return mb_fail(err, MB_ERR_FILE, "bytes %lld to %lld are not a part of \"%s\", which has "
                                         "%zu bytes", said->from, to, said->file, text->len);
    *cut = mb_cut_of((size_t)said->from - 1, line_at(text, (size_t)said->from - 1), (size_t)to);
    return true;
}

/* Do two parts, each NULL or a file and its part, have a byte in common? */
static bool overlap(const char *file, const mb_cut *cut, const char *other, const mb_cut *of_other)
{
    if (!file || !other || strcmp(file, other) != 0)
        return false;
    if (!cut->line || !of_other->line)
        return true;
    return cut->from < of_other->from + of_other->len && of_other->from < cut->from + cut->len;
}

/* No byte may run in two migrations, or in the up part and the down part of one. */
static bool check_overlap(const mb_entries *entries, const mb_entry *e, mb_error *err)
{
    for (size_t i = 0; i < entries->n; i++) {
        const mb_entry *other = &entries->items[i];

        if ((other != e && overlap(e->file, &e->up, other->file, &other->up)) ||
            overlap(e->file, &e->up, other->down_file, &other->down) ||
            overlap(e->down_file, &e->down, other->file, &other->up))
            return mb_fail(err, MB_ERR_FILE, "a part of its files is in %s, too",
                           other == e ? "its rollback" : other->name);
    }
    return true;
}

/* Reads a part into *file and *cut; *blank: it has only white space. */
static bool read_part(char **file, mb_cut *cut, bool *blank, mb_script_folder *folder,
                      const mb_script_part *said, mb_error *err)
{
    mb_buf text = {0};
    size_t at;
    bool ok = find_file(&at, folder, said->file, err);

    if (ok && is_cut(said) && mb_path_ends(said->file, ".lua"))
        ok = mb_fail(err, MB_ERR_FILE, "the Lua file \"%s\" runs only as a whole", said->file);
    if (ok && is_cut(said)) {
        ok = mb_listed_read(&text, &folder->l, said->file, err) && cut_text(cut, said, &text, err);
        *blank = ok && !said->text && mb_cut_is_blank(cut, &text);
    }
    mb_buf_free(&text);
    if (!ok)
        return false;
    cut->no_transaction = said->no_transaction;
    cut->text = said->text ? mb_strdup(said->text) : NULL;
    *file = mb_strdup(said->file);
    folder->shared = folder->shared || folder->out->taken[at];
    folder->out->taken[at] = true;
    return true;
}

static bool check_order(const mb_entries *entries, const mb_script_entry *said, mb_error *err)
{
    if (said->repeatable || !entries->n || !entries->items[entries->n - 1].repeatable)
        return true;
    return mb_fail(err, MB_ERR_FILE, "it comes after a repeatable one, which runs last");
}

static bool read_parts(mb_entry *e, mb_script_folder *folder, const mb_script_entry *said,
                       mb_error *err)
{
    bool blank = false;
    size_t at;

    if (!read_part(&e->file, &e->up, &blank, folder, &said->up, err))
        return false;
    blank = false;
    if (said->down.file && !read_part(&e->down_file, &e->down, &blank, folder, &said->down, err))
        return false;
    if (blank) {
        free(e->down_file);
        e->down_file = NULL;
        e->down = (mb_cut){0};
    }
    if (said->verify && !find_file(&at, folder, said->verify, err))
        return false;
    if (said->verify) {
        folder->out->taken[at] = true;
        e->verify_file = mb_strdup(said->verify);
    }
    return !folder->shared || check_overlap(folder->out, e, err);
}

bool mb_script_folder_add(mb_script_folder *folder, const mb_script_entry *said, mb_error *err)
{
    mb_entry *e;

    if (!check_name(said->name, err) || !check_number(said, err) ||
        !check_order(folder->out, said, err))
        return false;
    e = mb_entries_add(folder->out, mb_strdup(said->name));
    if (said->number) {
        free(e->number);
        e->number = mb_number_of(said->number);
    }
    e->repeatable = said->repeatable;
    return read_parts(e, folder, said, err);
}

/* ---- asking a script ---- */

/* The folder with the files in its subfolders, sorted, whose names *below owns. */
static bool look_below(mb_script_folder *out, mb_names *below, const mb_listing *l, mb_error *err)
{
    static const mb_names none = {0};

    if (!mb_listed_below(below, l, err))
        return false;
    mb_sort(below->items, below->n, sizeof *below->items, mb_compare_text);
    *out = (mb_script_folder){.l = *l};
    out->l.files = below;
    out->l.folders = &none;
    return true;
}

static bool refuse_two(const mb_file_format *a, const mb_file_format *b, const mb_listing *l,
                       mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "both %s and %s recognise the folder", a->tool, b->tool);
    mb_fail_hint(err, "Name its format in moonbird.lua: format = \"%s\".", a->name);
    return mb_fail_at(err, l->shown, 0, 0);
}

bool mb_script_formats_recognise(const mb_file_format **out, const mb_script_formats *formats,
                                 const mb_listing *l, mb_error *err)
{
    mb_names below = {0};
    mb_script_folder folder;
    bool ok = true;

    *out = NULL;
    if (!formats || !formats->n)
        return true;
    ok = look_below(&folder, &below, l, err);
    for (size_t i = 0; ok && i < formats->n; i++) {
        const mb_file_format *format = &formats->items[i];
        bool is = false;

        ok = formats->host.recognise(&is, formats->host.self, format->name, &folder, err) &&
             (!is || !*out || refuse_two(*out, format, l, err));
        *out = is && !*out ? format : *out;
    }
    mb_names_free(&below);
    return ok;
}

bool mb_script_format_list(mb_entries *out, mb_names *below, const mb_file_format *format,
                           const mb_listing *l, mb_error *err)
{
    const mb_script_format_host *host = &format->scripts->host;
    mb_script_folder folder;

    *below = (mb_names){0};
    if (!look_below(&folder, below, l, err))
        return false;
    folder.out = out;
    out->taken = mb_alloc((below->n + 1) * sizeof *out->taken);
    return host->list(host->self, format->name, &folder, err);
}
