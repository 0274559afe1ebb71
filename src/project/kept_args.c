/* kept_args.c -- the parameters with which a migration was applied, for its rollback. */
#include "moonbird/project/kept_args.h"

#include "moonbird/base/json.h"
#include "moonbird/base/mem.h"
#include "moonbird/base/secret.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The file's own name for a parameter. PostgreSQL does not distinguish case in those of SQL. */
static const mb_parameter *find(const mb_chunk_info *info, const char *name)
{
    for (size_t i = 0; info && i < info->n_parameters; i++)
        if ((info->takes_any ? strcasecmp : strcmp)(info->parameters[i].name, name) == 0)
            return &info->parameters[i];
    return NULL;
}

/* ---- for the row ---- */

char *mb_args_text(const mb_args *args, const mb_chunk_info *info)
{
    mb_buf text = {0};

    for (size_t i = 0; i < args->given; i++) {
        const mb_setting *item = &args->items[i];
        const mb_parameter *arg = find(info, item->name);

        if (!arg || arg->secret || mb_secret_in(item->value, strlen(item->value)))
            continue;
        mb_buf_puts(&text, text.len ? ", " : "{");
        mb_json_add_string(&text, item->name, strlen(item->name));
        mb_buf_puts(&text, ": ");
        mb_json_add_string(&text, item->value, strlen(item->value));
    }
    if (text.len)
        mb_buf_putc(&text, '}');
    return text.data;
}

/* ---- from the row ---- */

/* The parameters of one row, as they are read. */
typedef struct reading {
    mb_all_given *out;
    const mb_source *source;
    const mb_chunk_info *info;
} reading;

static bool refuse_other(const reading *r, const mb_setting *item, mb_error *err)
{
    mb_fail(err, MB_ERR_USAGE, "the migrations were applied with different values of the "
                               "parameter \"%s\"", item->name);
    mb_fail_hint(err, "Roll them back one by one, or give one value for all of them with --set "
                      "%s=VALUE.", item->name);
    return mb_fail_at(err, r->source->path, 0, 0);
}

/* Takes over the texts of `item`. */
static bool add(const reading *r, mb_setting item, mb_error *err)
{
    mb_all_given *out = r->out;
    const mb_parameter *arg = find(r->info, item.name);
    bool wanted = arg && !arg->secret, ok = true;

    for (size_t i = 0; wanted && i < out->n; i++) {
        const mb_setting *other = &out->items[i];

        if (strcasecmp(other->name, item.name) != 0)
            continue;
        wanted = false;
        ok = i < out->given || strcmp(other->value, item.value) == 0 ||
             refuse_other(r, &item, err);
    }
    if (wanted) {
        out->items = mb_grow(out->items, out->n, sizeof *out->items);
        out->items[out->n++] = item;
        return true;
    }
    free((char *)item.name);
    free((char *)item.value);
    return ok;
}

static char *text_of(const mb_json_token *token)
{
    char *text = mb_alloc(token->len + 1);

    text[mb_json_unescape(token, text)] = '\0';
    return text;
}

/* A text that is not an object of strings was edited: what follows in it is not used. */
static bool read_row(const reading *r, const char *text, mb_error *err)
{
    mb_json json;
    mb_json_token key, value;
    mb_error ignored;

    mb_json_read(&json, text, strlen(text));
    if (!mb_json_next(&json, &key, &ignored) || key.kind != MB_JSON_OBJECT)
        return true;
    while (mb_json_next(&json, &key, &ignored) && key.kind == MB_JSON_KEY &&
           mb_json_next(&json, &value, &ignored) && value.kind == MB_JSON_STRING)
        if (!add(r, (mb_setting){.name = text_of(&key), .value = text_of(&value)}, err))
            return false;
    return true;
}

/* Does the step undo what the row says, or repeat it after that? */
static bool uses_row(const mb_source *source)
{
    return source->step->item->row && (source->direction == MB_DOWN || source->reinsert_row);
}

bool mb_all_given_read(mb_all_given *out, mb_given given, const mb_source *sources, size_t n,
                       const mb_host *host, mb_error *err)
{
    bool ok = true;

    *out = (mb_all_given){.given = given.n};
    for (; out->n < given.n; out->n++) {
        out->items = mb_grow(out->items, out->n, sizeof *out->items);
        out->items[out->n] = given.args[out->n];
    }
    for (size_t i = 0; ok && i < n; i++) {
        const reading r = {out, &sources[i], mb_source_parameters(&sources[i], host)};

        ok = !uses_row(&sources[i]) || read_row(&r, sources[i].step->item->row->args, err);
    }
    if (!ok)
        mb_all_given_free(out);
    return ok;
}

void mb_all_given_free(mb_all_given *all)
{
    for (size_t i = all->given; i < all->n; i++) {
        free((char *)all->items[i].name);
        free((char *)all->items[i].value);
    }
    free(all->items);
    *all = (mb_all_given){0};
}
