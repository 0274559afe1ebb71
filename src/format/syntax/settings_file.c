/*
 * settings_file.c -- configuration files whose settings are lines.
 *
 * They are read as far as the tools' settings need it, and no further: a line that is not a setting
 * is passed over.
 */
#include "moonbird/format/settings_file.h"

#include "json_settings.h"
#include "toml_settings.h"

#include "format/lines.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/env.h"
#include "moonbird/os/file.h"
#include "moonbird/os/path.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    mb_take_setting *take;
    void *self;
    const char *file;
    bool yaml;
    char section[80]; /* with a dot behind it, or "" */
    int line;         /* the number of the current line */
} reading;

/* The value without blanks and quotes around it. */
static char *plain(const char *s, const char *end)
{
    while (end > s && isspace((unsigned char)end[-1]))
        end--;
    if (end - s >= 2 && (*s == '"' || *s == '\'') && end[-1] == *s)
        s++, end--;
    return mb_strndup(s, (size_t)(end - s));
}

static void set_section(reading *r, const char *name, size_t len)
{
    *r->section = '\0';
    if (len >= sizeof r->section - 1)
        return;
    memcpy(r->section, name, len);
    memcpy(r->section + len, ".", 2);
}

static bool take(reading *r, const char *key, size_t key_len, const char *value, const char *end,
                 mb_error *err)
{
    char *name, *text = plain(value, end);
    bool ok;

    while (key_len > 0 && isspace((unsigned char)key[key_len - 1]))
        key_len--;
    name = mb_format("%s%.*s", r->section, (int)key_len, key);
    ok = r->take(r->self, &(mb_setting){name, text, r->file, r->line, true}, err);
    free(name);
    free(text);
    return ok;
}

/* The characters behind a key: ":" in YAML, any in other files. */
static const char *stops_of(const reading *r)
{
    return r->yaml ? ":\r\n" : "=: \t\r\n";
}

static bool add_line(reading *r, const mb_line *line, mb_error *err)
{
    const char *s = line->text, *end = s + line->len, *value;
    size_t len;

    r->line = line->number;
    while (s < end && isspace((unsigned char)*s))
        s++;
    while (end > s && isspace((unsigned char)end[-1]))
        end--;
    if (s == end || strchr("#!;", *s))
        return true;
    if (*s == '[' && !r->yaml) {
        set_section(r, s + 1, strcspn(s + 1, "]\r\n"));
        return true;
    }
    if (r->yaml && s == line->text)
        *r->section = '\0';
    len = strcspn(s, stops_of(r));
    value = s + len;
    if (value >= end)
        return true;
    if (r->yaml && value + 1 == end) {
        set_section(r, s, len);
        return true;
    }
    while (value < end && isspace((unsigned char)*value))
        value++;
    value += value < end && strchr("=:", *value) != NULL;
    while (value < end && isspace((unsigned char)*value))
        value++;
    return take(r, s, len, value, end, err);
}

/* Does the value go on in the next line? In YAML, it does not. */
static bool goes_on(const reading *r, const mb_buf *text)
{
    return !r->yaml && text->len > 0 && text->data[text->len - 1] == '\\';
}

/* The length of a line without the comment at its end, which only YAML has. */
static size_t without_comment(const reading *r, const mb_line *line)
{
    char quote = '\0';
    size_t i = 0;

    if (!r->yaml)
        return line->len;
    for (; i < line->len && (quote || line->text[i] != '#'); i++)
        if (quote ? line->text[i] == quote : line->text[i] == '"' || line->text[i] == '\'')
            quote = quote ? '\0' : line->text[i];
    return i;
}

static bool read_lines(reading *r, const mb_buf *text, mb_error *err)
{
    mb_line line = {0};
    mb_buf whole = {0};
    int first = 0;
    bool ok = true;

    while (ok && mb_line_next(&line, text)) {
        first = whole.len ? first : line.number;
        mb_buf_add(&whole, line.text, without_comment(r, &line));
        if (goes_on(r, &whole)) {
            whole.len--;
            continue;
        }
        ok = add_line(r, &(mb_line){.text = mb_buf_str(&whole), .len = whole.len, .number = first},
                      err);
        mb_buf_clear(&whole);
    }
    if (ok && whole.len)
        ok = add_line(r, &(mb_line){.text = mb_buf_str(&whole), .len = whole.len, .number = first},
                      err);
    mb_buf_free(&whole);
    return ok;
}

static bool is_json(const char *path)
{
    return mb_path_ends(path, ".json") || mb_path_ends(path, ".hcl") ||
           strcmp(mb_path_base(path), ".gmrc") == 0;
}

/* ---- a setting that a file has twice ---- */

typedef struct kept {
    mb_setting *items; /* they own `key` and `value` */
    size_t n;
} kept;

static bool keep(void *self, const mb_setting *s, mb_error *err)
{
    kept *k = self;

    (void)err;
    k->items = mb_grow(k->items, k->n, sizeof *k->items);
    k->items[k->n] = *s;
    k->items[k->n].key = mb_strdup(s->key);
    k->items[k->n++].value = mb_strdup(s->value);
    return true;
}

static bool is_repeated(const kept *k, size_t at)
{
    for (size_t i = at + 1; i < k->n; i++)
        if (strcmp(k->items[i].key, k->items[at].key) == 0)
            return true;
    return false;
}

static void free_kept(kept *k)
{
    for (size_t i = 0; i < k->n; i++) {
        free((char *)k->items[i].key);
        free((char *)k->items[i].value);
    }
    free(k->items);
}

static bool read_text(kept *to, const mb_settings_file *file, const mb_buf *text, mb_error *err)
{
    reading r = {.take = keep, .self = to, .file = file->shown};

    r.yaml = mb_path_ends(file->path, ".yml") || mb_path_ends(file->path, ".yaml");
    if (is_json(file->path))
        return mb_json_settings(text, file->shown, keep, to, err);
    if (mb_path_ends(file->path, ".toml"))
        return mb_toml_settings(text, file->shown, keep, to, err);
    return read_lines(&r, text, err);
}

bool mb_settings_read(const mb_settings_file *file, mb_take_setting *take_one, void *self,
                      mb_error *err)
{
    kept all = {0};
    mb_buf text = {0};
    bool ok = true;

    if (!mb_file_exists(file->path))
        return true;
    if (!mb_file_read(&text, file->path, err))
        ok = mb_fail_at(err, file->shown, 0, 0);
    ok = ok && read_text(&all, file, &text, err);
    for (size_t i = 0; ok && i < all.n; i++)
        ok = is_repeated(&all, i) || take_one(self, &all.items[i], err);
    free_kept(&all);
    mb_buf_free(&text);
    return ok;
}

/* The line in .env that sets the variable; 0: no line begins with it. */
static int line_in_env(const char *variable)
{
    mb_buf text = {0};
    mb_line line = {0};
    mb_error unreadable; /* it was read before */
    size_t len = strlen(variable);
    int found = 0;

    if (!mb_file_read(&text, ".env", &unreadable))
        return 0;
    while (mb_line_next(&line, &text)) {
        const char *s = line.text, *end = s + line.len;

        if (end - s > 7 && memcmp(s, "export ", 7) == 0)
            s += 7;
        if ((size_t)(end - s) > len && memcmp(s, variable, len) == 0 && strchr("=: \t", s[len]))
            found = line.number;
    }
    mb_buf_free(&text);
    return found;
}

bool mb_settings_variable(const char *variable, const char *key, mb_take_setting *take_one,
                          void *self, mb_error *err)
{
    const char *value = getenv(variable);
    bool in_file = mb_env_is_from_file(variable);

    return !value || take_one(self,
                              &(mb_setting){key, value, in_file ? ".env" : variable,
                                            in_file ? line_in_env(variable) : 0, true},
                              err);
}
