#include "moonbird/format/drizzle_kit.h"
#include "journal.h"
#include "kit_run.h"
#include "member.h"

#include "moonbird/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define JOURNAL "_journal.json"

static const char snapshot_end[] = "_snapshot.json";

/* Runs it, and finds the snapshot in meta/ that `old` does not have. */
static bool generate(char **snapshot, const mb_kit_run *run, const mb_names *old, mb_error *err)
{
    char *meta = mb_path_join(run->out, "meta");
    mb_program_end end;
    mb_names names = {0};
    bool ok = mb_kit_run_start(&end, run, err);
    mb_error absent;

    *snapshot = NULL;
    if (ok && mb_folder_list(&names, meta, &absent))
        for (size_t i = 0, at = 0; i < names.n; i++) {
            while (at < old->n && strcmp(old->items[at], names.items[i]) < 0)
                at++;
            if (mb_path_ends(names.items[i], snapshot_end) &&
                (at == old->n || strcmp(old->items[at], names.items[i]) != 0))
                *snapshot = mb_strdup(names.items[i]);
        }
    if (ok && !*snapshot)
        ok = mb_kit_fail_output(
            err, run, run->custom ? "entry for the journal" : "snapshot of the schema", &end);
    free(meta);
    mb_names_free(&names);
    mb_program_end_free(&end);
    return ok;
}

/* ---- the entry ---- */

/* Copies the files of one folder to another one, which it makes. */
static bool copy_files(mb_names *names, const char *from, const char *to, mb_error *err)
{
    bool ok = mb_folder_list(names, from, err) && mb_folder_make(to, err);

    for (size_t i = 0; ok && i < names->n; i++)
        ok = mb_kit_copy(from, to, names->items[i], err);
    return ok;
}

/* The tag of the one entry that the new journal has and the old one has not. */
static bool read_tag(char **tag, const char *old, const char *new, mb_error *err)
{
    mb_journal before, after = {0};
    bool ok = mb_journal_read(&before, old, old, err);

    if (ok && (ok = mb_journal_read(&after, new, new, err))) {
        ok = after.tags.n == before.tags.n + 1 &&
             (before.tags.n == 0 || strcmp(before.tags.items[before.tags.n - 1],
                                           after.tags.items[before.tags.n - 1]) == 0);
        if (ok)
            *tag = mb_strdup(after.tags.items[after.tags.n - 1]);
        else
            mb_fail(err, MB_ERR_FAILED,
                    "drizzle-kit generate did not add one entry to the "
                    "journal, so no migration was written");
        mb_journal_free(&after);
    }
    mb_journal_free(&before);
    return ok;
}

static bool make_entry(mb_journal_entry *out, const mb_kit_run *run, const char *migrations,
                       mb_error *err)
{
    char *from = mb_path_join(migrations, "meta"), *to = mb_path_join(run->out, "meta");
    char *old = mb_path_join(from, JOURNAL), *new = mb_path_join(to, JOURNAL);
    mb_names names = {0};
    bool ok = copy_files(&names, from, to, err) && mb_file_read(&out->old_journal, new, err) &&
              generate(&out->snapshot_name, run, &names, err) &&
              read_tag(&out->tag, old, new, err) && mb_file_read(&out->journal, new, err) &&
              mb_kit_read(&out->snapshot, to, out->snapshot_name, err);

    mb_names_free(&names);
    free(from);
    free(to);
    free(old);
    free(new);
    return ok;
}

/* ---- the snapshot of the schema ---- */

/* Compares the migration that was made for the whole schema with the export. */
static bool check_export(const mb_kit_run *run, const char *exported, mb_error *err)
{
    mb_names names = {0};
    mb_buf sql = {0};
    bool ok = mb_folder_list(&names, run->out, err);

    for (size_t i = 0; ok && i < names.n; i++)
        if (mb_path_ends(names.items[i], ".sql"))
            ok = mb_kit_read(&sql, run->out, names.items[i], err);
    ok = ok && mb_kit_check_export(&sql, exported, err);
    mb_names_free(&names);
    mb_buf_free(&sql);
    return ok;
}

/* Finds the string prevId in a snapshot, without its quotes. */
static bool find_previous(mb_json_token *out, const mb_buf *snapshot, const char *shown,
                          mb_error *err)
{
    mb_json root, member;

    if (!mb_member_check(snapshot, shown, err))
        return false;
    mb_json_read(&root, mb_buf_str(snapshot), snapshot->len);
    if (mb_member_find(&member, &root, "prevId") &&
        (*out = mb_member_next(&member)).kind == MB_JSON_STRING)
        return true;
    mb_fail(err, MB_ERR_FAILED, "drizzle-kit wrote a snapshot without \"prevId\"");
    mb_fail_at(err, shown, 0, 0);
    return mb_fail_hint(err, "moonbird knows the snapshots of drizzle-kit 0.x.");
}

/*
 * The snapshot of a first migration is that of the whole schema.  drizzle-kit asks no question for
 * it, while between two snapshots it asks what was renamed.  It only has to name its predecessor.
 */
static bool make_snapshot(mb_journal_entry *out, const mb_kit_run *run, const char *exported,
                          mb_error *err)
{
    static const mb_names none = {0};
    char *meta = mb_path_join(run->out, "meta"), *name = NULL;
    mb_buf schema = {0}, text = {0};
    mb_json_token mine, theirs;
    bool ok = generate(&name, run, &none, err) && check_export(run, exported, err) &&
              mb_kit_read(&schema, meta, name, err) && find_previous(&theirs, &schema, name, err) &&
              find_previous(&mine, &out->snapshot, out->snapshot_name, err);

    if (ok) {
        size_t before = (size_t)(theirs.text - schema.data), after = before + theirs.len;

        mb_buf_add(&text, schema.data, before);
        mb_buf_add(&text, mine.text, mine.len);
        mb_buf_add(&text, schema.data + after, schema.len - after);
        mb_buf_free(&out->snapshot);
        out->snapshot = text;
    }
    mb_buf_free(&schema);
    free(meta);
    free(name);
    return ok;
}

bool mb_journal_entry_make(mb_journal_entry *out, const mb_drizzle_kit *kit, const char *migrations,
                           const char *name, const char *exported, mb_error *err)
{
    char *scratch = mb_kit_scratch();
    mb_kit_run entry = mb_kit_run_new(kit, name, scratch, "entry");
    mb_kit_run schema = mb_kit_run_new(kit, name, scratch, "schema");
    mb_error unremoved;
    bool ok;

    *out = (mb_journal_entry){0};
    entry.custom = true;
    ok = mb_folder_remove(scratch, err) && make_entry(out, &entry, migrations, err) &&
         (!exported || make_snapshot(out, &schema, exported, err));
    (void)!mb_folder_remove(scratch, &unremoved);
    mb_kit_run_free(&entry);
    mb_kit_run_free(&schema);
    free(scratch);
    return ok;
}

/* ---- writing it ---- */

/* The journal is written last: without it, none of the others is a migration. */
bool mb_journal_entry_write(mb_names *paths, const mb_journal_entry *entry, const char *migrations,
                            const mb_entry_files *files, mb_error *err)
{
    mb_kit_file all[] = {
        {mb_format("%s/%s.sql", migrations, entry->tag), files->up, strlen(files->up), false},
        {mb_format("%s/%s_rollback.sql", migrations, entry->tag), files->rollback,
         files->rollback ? strlen(files->rollback) : 0, false},
        {mb_format("%s/meta/%s", migrations, entry->snapshot_name), mb_buf_str(&entry->snapshot),
         entry->snapshot.len, false},
        {mb_format("%s/meta/" JOURNAL, migrations), mb_buf_str(&entry->journal),
         entry->journal.len, true},
    };
    enum { ALL = sizeof all / sizeof all[0], LAST = ALL - 1 };
    bool ok = mb_journal_check_unchanged(&entry->old_journal, all[LAST].path, err) &&
              mb_kit_write(paths, all, ALL, err);

    mb_kit_files_free(all, ALL);
    return ok;
}

void mb_journal_entry_free(mb_journal_entry *entry)
{
    free(entry->tag);
    free(entry->snapshot_name);
    mb_buf_free(&entry->snapshot);
    mb_buf_free(&entry->old_journal);
    mb_buf_free(&entry->journal);
    *entry = (mb_journal_entry){0};
}
