/*
 * supabase_sqlx.c -- formats whose files are whole migrations in one folder: Supabase and sqlx.
 *
 * Supabase: pkg/migration/file.go, list.go.  sqlx: sqlx-core/src/migrate/source.rs; a file that
 * begins with the bytes "-- no-transaction" runs outside a transaction.
 */
#include "formats.h"

#include "moonbird/base/mem.h"
#include "moonbird/format/names.h"

#include <stdlib.h>
#include <string.h>

static bool is_numbered(const char *file)
{
    return mb_is_number_name(file) && mb_path_ends(file, ".sql") &&
           !mb_path_ends(file, "_rollback.sql");
}

/* ---- Supabase ---- */

static const char *claim_supabase(const mb_listing *l)
{
    char *above = mb_path_dir(l->path);
    bool is = strcmp(mb_path_base(above), "supabase") == 0;

    free(above);
    for (size_t i = 0; is && i < l->files->n; i++)
        if (is_numbered(l->files->items[i]))
            return l->files->items[i];
    return NULL;
}

/* Old versions of the CLI began a project with a dump, which the CLI never runs. */
static bool is_old_init(const char *file)
{
    return strspn(file, "0123456789") == 14 && strcmp(file + 14, "_init.sql") == 0 &&
           strncmp(file, "20211209000000", 14) < 0;
}

static bool list_supabase(mb_entries *out, const mb_listing *l, mb_error *err)
{
    for (size_t i = 0; i < l->files->n; i++) {
        const char *file = l->files->items[i];

        out->taken[i] = is_numbered(file);
        if (!is_numbered(file))
            continue;
        if (out->n == 0 && is_old_init(file))
            mb_names_add(&out->notes, mb_format("%s/%s does not run: the Supabase CLI skips init "
                                                "files dated before 2021-12-09",
                                                l->shown, file));
        else
            mb_entries_add(out, mb_name_without(file, ".sql"))->file = mb_strdup(file);
    }
    return mb_entries_check_numbers(out, l, err);
}

const mb_file_format mb_format_supabase = {
    .name = "supabase",
    .tool = "Supabase",
    .runs_each_sql = true,
    .expected = "NUMBER_NAME.sql",
    .claim = claim_supabase,
    .list = list_supabase,
};

/* ---- sqlx ---- */

static const char down_ending[] = ".down.sql";

static const char *claim_sqlx(const mb_listing *l)
{
    return mb_is_crate(l) ? mb_pairs_claim(l) : NULL;
}

static const char no_transaction[] = "-- no-transaction";

enum { HEAD = 1 << 16 }; /* where a line that is nearly this one is looked for */

/* Only the first bytes of the file count for sqlx. */
static bool find_no_transaction(bool *found, const mb_listing *l, const char *file, mb_error *err)
{
    char *path = mb_path_join(l->path, file);
    mb_buf head = {0};
    mb_line line = {0};
    bool ok = mb_file_read_head(&head, path, HEAD, err);

    free(path);
    *found = ok && head.len >= sizeof no_transaction - 1 &&
             memcmp(head.data, no_transaction, sizeof no_transaction - 1) == 0;
    while (ok && mb_line_next(&line, &head) && mb_line_is_comment(&line))
        if (mb_line_says(&line, "notransaction") && !(*found && line.number == 1))
            ok = mb_fail_nearly(err, l, file, &line, "sqlx", no_transaction);
    mb_buf_free(&head);
    return ok;
}

static bool add_sqlx(mb_entries *out, const mb_listing *l, const char *file, mb_error *err)
{
    bool pair = mb_path_ends(file, ".up.sql");
    mb_entry *e = mb_entries_add(out, mb_name_without(file, pair ? ".up.sql" : ".sql"));

    e->file = mb_strdup(file);
    return find_no_transaction(&e->up.no_transaction, l, file, err);
}

/* The number alone pairs the two files.  sqlx ignores a down file whose number no up file has. */
static bool add_sqlx_down(mb_entries *out, const mb_listing *l, const char *file, mb_error *err)
{
    mb_entry *e = mb_pairs_find(out, file);

    if (e)
        return mb_pairs_set_down(e, l, file, err) &&
               find_no_transaction(&e->down.no_transaction, l, file, err);
    mb_names_add(&out->notes, mb_format("%s/%s is ignored, as by sqlx: no migration has its number",
                                        l->shown, file));
    return true;
}

static bool list_sqlx(mb_entries *out, const mb_listing *l, mb_error *err)
{
    for (size_t i = 0; i < l->files->n; i++) {
        const char *file = l->files->items[i];

        out->taken[i] = is_numbered(file);
        if (out->taken[i] && !mb_path_ends(file, down_ending) && !add_sqlx(out, l, file, err))
            return false;
    }
    mb_entries_sort(out, mb_compare_numbers);
    if (!mb_entries_check_numbers(out, l, err))
        return false;
    for (size_t i = 0; i < l->files->n; i++)
        if (out->taken[i] && mb_path_ends(l->files->items[i], down_ending) &&
            !add_sqlx_down(out, l, l->files->items[i], err))
            return false;
    return true;
}

const mb_file_format mb_format_sqlx = {
    .name = "sqlx",
    .tool = "sqlx",
    .runs_each_sql = true,
    .expected = "NUMBER_NAME.sql, or NUMBER_NAME.up.sql and NUMBER_NAME.down.sql",
    .weak = true,
    .commits = true,
    .created = {"", "", ".up.sql", down_ending, false},
    .claim = claim_sqlx,
    .list = list_sqlx,
};
