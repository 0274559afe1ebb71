#include "moonbird/format/drizzle_kit.h"
#include "kit_run.h"
#include "member.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/probe.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SNAPSHOT "snapshot.json"
#define MIGRATION "migration.sql"

enum { MOST_ROUNDS = 10 }; /* an answer can lead to more questions */

/* The folder of a migration among those of a run. */
typedef struct making {
    mb_kit_run *run;
    const mb_names *old; /* the folders that were there before, sorted */
    const char *renames; /* as in mb_kit_wish */
    mb_buf created; /* the answers to questions about other objects, with commas between them */
    char *name;     /* the new folder; NULL: none yet */
} making;

/* ---- folders ---- */

static bool has_name(const mb_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    return false;
}

static bool has_snapshot(const char *folder)
{
    char *path = mb_path_join(folder, SNAPSHOT);
    bool has = mb_file_exists(path);

    free(path);
    return has;
}

/* Copies the snapshots, which are all that drizzle-kit reads; *folders are all folders there. */
static bool copy_snapshots(mb_names *folders, const char *migrations, const char *out,
                           mb_error *err)
{
    mb_names files;
    bool ok = mb_folder_read(&files, folders, migrations, err) && mb_folder_make(out, err);

    for (size_t i = 0; ok && i < folders->n; i++) {
        char *from = mb_path_join(migrations, folders->items[i]);
        char *to = mb_path_join(out, folders->items[i]);

        if (has_snapshot(from))
            ok = mb_folder_make(to, err) && mb_kit_copy(from, to, SNAPSHOT, err);
        free(from);
        free(to);
    }
    mb_names_free(&files);
    return ok;
}

/* Finds the folder with a snapshot that the run has added. */
static bool find_new(making *m)
{
    mb_names files, folders;
    mb_error unreadable; /* then it has added none */

    if (!mb_folder_read(&files, &folders, m->run->out, &unreadable))
        return false;
    for (size_t i = 0; i < folders.n && !m->name; i++) {
        char *folder = mb_path_join(m->run->out, folders.items[i]);

        if (!has_name(m->old, folders.items[i]) && has_snapshot(folder))
            m->name = mb_strdup(folders.items[i]);
        free(folder);
    }
    mb_names_free(&files);
    mb_names_free(&folders);
    return m->name != NULL;
}

/* ---- questions ---- */

/* Appends an array of strings, such as ["public","users","mail"]. */
static void add_strings(mb_buf *out, mb_json array)
{
    const char *comma = "[";

    if (mb_member_next(&array).kind == MB_JSON_ARRAY)
        for (mb_json_token t; (t = mb_member_next(&array)).kind == MB_JSON_STRING; comma = ",")
            mb_buf_printf(out, "%s\"%.*s\"", comma, (int)t.len, t.text);
    mb_buf_puts(out, "]");
}

/* Answers a question that the renames do not answer: the object is a new one. */
static void add_created(mb_buf *created, const mb_json *question)
{
    char *kind = mb_member_string(question, "kind");
    mb_json entity;

    if (kind && mb_member_find(&entity, question, "entity")) {
        mb_buf_printf(created, "%s{\"type\":\"create\"", created->len ? "," : "");
        mb_json_add_member(created, "kind", kind);
        mb_buf_puts(created, ",\"entity\":");
        add_strings(created, entity);
        mb_buf_puts(created, "}");
    }
    free(kind);
}

/* Reads the questions.  false: there are none. */
static bool add_answers(mb_buf *created, const mb_json *root)
{
    size_t before = created->len;
    mb_json at, question;

    if (!mb_member_find(&at, root, "unresolved") || mb_member_next(&at).kind != MB_JSON_ARRAY)
        return false;
    for (question = at; mb_member_skip(&at); question = at)
        add_created(created, &question);
    return created->len > before;
}

/* The last line, which is the document; the project's own files may print lines before it. */
static void keep_last_line(mb_buf *said)
{
    const char *from;

    while (said->len && said->data[said->len - 1] == '\n')
        said->data[--said->len] = '\0';
    from = strrchr(mb_buf_str(said), '\n');
    if (!from)
        return;
    said->len -= (size_t)(from + 1 - said->data);
    memmove(said->data, from + 1, said->len + 1);
}

/* Reads what the run has printed, and prepares the next one.  false: there is nothing to answer. */
static bool answer(making *m, mb_buf *said)
{
    mb_json root, error;
    mb_error invalid;
    char *status, *code = NULL;
    bool again = false;

    keep_last_line(said);
    if (!mb_member_check(said, "", &invalid))
        return false;
    mb_json_read(&root, mb_buf_str(said), said->len);
    status = mb_member_string(&root, "status");
    if (mb_member_find(&error, &root, "error"))
        code = mb_member_string(&error, "code");
    if (status && strcmp(status, "missing_hints") == 0) {
        again = add_answers(&m->created, &root);
    } else if (status && strcmp(status, "no_changes") == 0) {
        again = !m->run->custom;
        m->run->custom = true;
    } else if (code && strcmp(code, "invalid_hints") == 0) {
        again = *m->renames; /* drizzle-kit sees another change, as in a chain of renames */
        m->renames = "";
    }
    free(status);
    free(code);
    return again;
}

static bool write_hints(const making *m, mb_error *err)
{
    mb_buf text = {0};
    bool ok;

    mb_buf_printf(&text, "[%s%s%s]", m->renames, *m->renames && m->created.len ? "," : "",
                  mb_buf_str(&m->created));
    ok = mb_file_write(m->run->hints, text.data, text.len, true, err);
    mb_buf_free(&text);
    return ok;
}

/* ---- running it ---- */

/*
 * Runs it without hints, for a version that has no hints, or for the words of its error, which are
 * for people.
 */
static bool run_plainly(making *m, mb_error *err)
{
    mb_program_end end;
    bool ok;

    m->run->hints = NULL;
    ok = mb_kit_run_start(&end, m->run, err) &&
         (find_new(m) || mb_kit_fail_output(err, m->run, "folder with a snapshot", &end));
    mb_program_end_free(&end);
    return ok;
}

/* Runs it until its questions are answered and it has added a folder. */
static bool make_folder(making *m, mb_error *err)
{
    bool ok = true, again = true;

    for (int round = 0; ok && again && round < MOST_ROUNDS; round++) {
        mb_program_end end = {0};

        ok = write_hints(m, err) && mb_kit_run_start(&end, m->run, err);
        again = ok && !find_new(m) && answer(m, &end.out);
        mb_program_end_free(&end);
    }
    return ok && (m->name || run_plainly(m, err));
}

static bool read_new(mb_buf *text, const making *m, const char *file, mb_error *err)
{
    char *folder = mb_path_join(m->run->out, m->name);
    bool ok = mb_kit_read(text, folder, file, err);

    free(folder);
    return ok;
}

/* drizzle-kit makes the whole schema in an empty folder, which must be what it exports. */
static bool check_export(mb_kit_run *run, const char *exported, mb_error *err)
{
    static const mb_names none = {0};
    making m = {.run = run, .old = &none, .renames = ""};
    mb_buf sql = {0};
    bool ok = make_folder(&m, err) && read_new(&sql, &m, MIGRATION, err) &&
              mb_kit_check_export(&sql, exported, err);

    mb_buf_free(&m.created);
    mb_buf_free(&sql);
    free(m.name);
    return ok;
}

bool mb_kit_folder_make(mb_kit_folder *out, const mb_drizzle_kit *kit, const char *migrations,
                        const mb_kit_wish *wish, mb_error *err)
{
    char *scratch = mb_kit_scratch(), *hints = mb_path_join(scratch, "hints.json");
    mb_kit_run entry = mb_kit_run_new(kit, wish->name, scratch, "entry");
    mb_kit_run schema = mb_kit_run_new(kit, wish->name, scratch, "schema");
    making m = {.run = &entry, .old = &out->old, .renames = wish->renames};
    mb_error unremoved;
    bool ok;

    *out = (mb_kit_folder){0};
    entry.custom = !wish->exported;
    entry.hints = schema.hints = hints;
    ok = mb_folder_remove(scratch, err) && copy_snapshots(&out->old, migrations, entry.out, err) &&
         (!wish->exported || check_export(&schema, wish->exported, err)) && make_folder(&m, err) &&
         read_new(&out->snapshot, &m, SNAPSHOT, err);
    out->name = m.name;
    (void)!mb_folder_remove(scratch, &unremoved);
    mb_kit_run_free(&entry);
    mb_kit_run_free(&schema);
    mb_buf_free(&m.created);
    free(hints);
    free(scratch);
    return ok;
}

/* ---- writing it ---- */

/* Another program may have added a migration, which the snapshot would not know. */
static bool check_unchanged(const mb_kit_folder *folder, const char *migrations, mb_error *err)
{
    mb_names files, now;
    bool ok = mb_folder_read(&files, &now, migrations, err);
    size_t same = 0;

    if (!ok)
        return false;
    while (same < now.n && same < folder->old.n &&
           strcmp(now.items[same], folder->old.items[same]) == 0)
        same++;
    if (same < now.n || same < folder->old.n) {
        ok = mb_fail(err, MB_ERR_FILE, "another program changed the folder at the same time");
        mb_fail_at(err, migrations, 0, 0);
        mb_fail_hint(err, "Run the command again.");
    }
    mb_names_free(&files);
    mb_names_free(&now);
    return ok;
}

/*
 * The migration is written last: a folder without it is not a migration of Drizzle.  Its path is
 * the first one.
 */
bool mb_kit_folder_write(mb_names *paths, const mb_kit_folder *folder, const char *migrations,
                         const mb_entry_files *files, mb_error *err)
{
    char *path = mb_path_join(migrations, folder->name);
    mb_kit_file all[] = {
        {mb_path_join(path, SNAPSHOT), mb_buf_str(&folder->snapshot), folder->snapshot.len, false},
        {mb_path_join(path, "down.sql"), files->rollback,
         files->rollback ? strlen(files->rollback) : 0, false},
        {mb_path_join(path, MIGRATION), files->up, strlen(files->up), false},
    };
    enum { ALL = sizeof all / sizeof all[0] };
    bool ok = check_unchanged(folder, migrations, err) && mb_folder_make(path, err) &&
              mb_kit_write(paths, all, ALL, err);

    if (ok) {
        char *last = paths->items[paths->n - 1];

        paths->items[paths->n - 1] = paths->items[0];
        paths->items[0] = last;
    } else {
        rmdir(path); /* keeps it if another program has written to it */
    }
    mb_kit_files_free(all, ALL);
    free(path);
    return ok;
}

void mb_kit_folder_free(mb_kit_folder *folder)
{
    free(folder->name);
    mb_buf_free(&folder->snapshot);
    mb_names_free(&folder->old);
    *folder = (mb_kit_folder){0};
}
