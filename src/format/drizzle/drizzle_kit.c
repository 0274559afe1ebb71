#include "moonbird/format/drizzle_kit.h"
#include "journal.h"
#include "member.h"

#include "moonbird/base/mem.h"
#include "moonbird/os/program.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOURNAL "_journal.json"

static const char snapshot_end[] = "_snapshot.json";
static const size_t most_output = (size_t)16 << 20;

/* One run of drizzle-kit generate: what it is asked for, and where it writes. */
typedef struct generation {
    const mb_drizzle_kit *kit;
    const char *name;
    bool custom;  /* an entry with an empty migration */
    char *out;    /* the folder that it writes */
    char *config; /* the configuration that names this folder; NULL with options */
} generation;

/* ---- running it ---- */

/*
 * drizzle-kit takes no option beside --config that would name another folder.  So a configuration
 * is made from the project's one, which stays where it is: its paths may be relative to itself.
 */
static bool write_config(const generation *g, mb_error *err)
{
    const char *base = g->kit->config;
    char *from = base[0] == '/' ? mb_strdup(base) : mb_format("../../%s", base);
    mb_buf text = {0};
    bool ok;

    mb_buf_puts(&text, "import base from ");
    mb_json_add_string(&text, from, strlen(from));
    mb_buf_puts(&text, ";\nexport default { ...base, out: ");
    mb_json_add_string(&text, g->out, strlen(g->out));
    mb_buf_puts(&text, " };\n");
    ok = mb_file_write(g->config, text.data, text.len, false, err);
    free(from);
    mb_buf_free(&text);
    return ok;
}

static size_t count(const char *const *words)
{
    size_t n = 0;

    while (words[n])
        n++;
    return n;
}

/* The caller frees the array, whose words are borrowed. */
static const char **make_argv(const generation *g)
{
    const mb_drizzle_kit *kit = g->kit;
    const char *own[] = {"generate",
                         "--name",
                         g->name,
                         g->config ? "--config" : "--out",
                         g->config ? g->config : g->out,
                         g->custom ? "--custom" : NULL};
    size_t n = 0, n_program = count(kit->program), n_options = count(kit->options);
    const char **argv = mb_alloc((n_program + n_options + 7) * sizeof *argv);

    for (size_t i = 0; i < n_program; i++)
        argv[n++] = kit->program[i];
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        argv[n++] = own[i];
    n -= g->custom ? 0 : 1;
    for (size_t i = 0; i < n_options; i++)
        argv[n++] = kit->options[i];
    return argv;
}

static bool fail_with_output(const generation *g, const mb_program_end *end, mb_error *err)
{
    mb_buf said = {0};

    mb_buf_add(&said, mb_buf_str(&end->out), end->out.len);
    mb_buf_add(&said, mb_buf_str(&end->err), end->err.len);
    while (said.len && isspace((unsigned char)said.data[said.len - 1]))
        said.data[--said.len] = '\0';
    mb_fail(err, MB_ERR_FAILED, "drizzle-kit generate wrote no %s, so no migration was written",
            g->custom ? "entry for the journal" : "snapshot of the schema");
    mb_fail_detail(err, "%s", said.len ? mb_buf_str(&said) : "It printed nothing.");
    mb_buf_free(&said);
    return mb_fail_hint(
        err,
        "moonbird runs drizzle-kit in a scratch folder, and takes the entry and the snapshot from "
        "there. Make \"drizzle-kit generate%s\" work in this project, and generate again.",
        g->custom ? " --custom" : "");
}

/*
 * Runs it, and finds the snapshot in meta/ that `old` does not have.  Its exit status is 0 also
 * after errors, so only the file tells.
 */
static bool generate(char **snapshot, const generation *g, const mb_names *old, mb_error *err)
{
    const char **argv = make_argv(g);
    const mb_program program = {.argv = argv, .folder = g->kit->root, .most = most_output};
    mb_program_end end = {0};
    char *meta = mb_format("%s/meta", g->out);
    mb_names names = {0};
    bool ok = (!g->config || write_config(g, err)) && mb_program_run(&end, &program, err);
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
    ok = ok && (*snapshot || fail_with_output(g, &end, err));
    free(argv);
    free(meta);
    mb_names_free(&names);
    mb_program_end_free(&end);
    return ok;
}

static void begin_generation(generation *g, const mb_drizzle_kit *kit, const char *scratch,
                             bool custom)
{
    const char *part = custom ? "entry" : "schema";

    g->kit = kit;
    g->custom = custom;
    g->out = mb_format("%s/%s", scratch, part);
    g->config = kit->config ? mb_format("%s/%s.ts", scratch, part) : NULL;
}

static void free_generation(generation *g)
{
    free(g->out);
    free(g->config);
}

static bool read_in(mb_buf *text, const char *folder, const char *name, mb_error *err)
{
    char *path = mb_path_join(folder, name);
    bool ok = mb_file_read(text, path, err);

    free(path);
    return ok;
}

/* ---- the entry ---- */

/* Copies the files of one folder to another one, which it makes. */
static bool copy_files(mb_names *names, const char *from, const char *to, mb_error *err)
{
    bool ok = mb_folder_list(names, from, err) && mb_folder_make(to, err);

    for (size_t i = 0; ok && i < names->n; i++) {
        char *path = mb_path_join(to, names->items[i]);
        mb_buf text = {0};

        ok = read_in(&text, from, names->items[i], err) &&
             mb_file_write(path, mb_buf_str(&text), text.len, false, err);
        mb_buf_free(&text);
        free(path);
    }
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

static bool make_entry(mb_journal_entry *out, const generation *g, const char *migrations,
                       mb_error *err)
{
    char *from = mb_path_join(migrations, "meta"), *to = mb_path_join(g->out, "meta");
    char *old = mb_path_join(from, JOURNAL), *new = mb_path_join(to, JOURNAL);
    mb_names names = {0};
    bool ok = copy_files(&names, from, to, err) && mb_file_read(&out->old_journal, new, err) &&
              generate(&out->snapshot_name, g, &names, err) && read_tag(&out->tag, old, new, err) &&
              mb_file_read(&out->journal, new, err) &&
              read_in(&out->snapshot, to, out->snapshot_name, err);

    mb_names_free(&names);
    free(from);
    free(to);
    free(old);
    free(new);
    return ok;
}

/* ---- the snapshot of the schema ---- */

/* Skips what may differ between the two texts: white space, and breakpoints. */
static const char *skip_between(const char *s)
{
    static const char breakpoint[] = "--> statement-breakpoint";

    for (;; s++) {
        if (strncmp(s, breakpoint, sizeof breakpoint - 1) == 0)
            s += sizeof breakpoint - 2;
        else if (!isspace((unsigned char)*s))
            return s;
    }
}

static bool is_same_sql(const char *a, const char *b)
{
    for (;; a++, b++) {
        a = skip_between(a);
        b = skip_between(b);
        if (*a != *b || !*a)
            return *a == *b;
    }
}

/* drizzle-kit export 0.31 ignores `casing`, so it names columns that the application does not. */
static bool check_export(const generation *g, const char *exported, mb_error *err)
{
    mb_names names = {0};
    mb_buf sql = {0};
    bool ok = mb_folder_list(&names, g->out, err);

    for (size_t i = 0; ok && i < names.n; i++)
        if (mb_path_ends(names.items[i], ".sql"))
            ok = read_in(&sql, g->out, names.items[i], err);
    if (ok && !is_same_sql(mb_buf_str(&sql), exported)) {
        ok = mb_fail(err, MB_ERR_FAILED,
                     "drizzle-kit export and drizzle-kit generate disagree "
                     "about the schema, so no migration was written");
        mb_fail_hint(err, "drizzle-kit 0.31 export ignores the option casing: name the columns in "
                          "the schema instead. Otherwise compare what the two commands print.");
    }
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
static bool make_snapshot(mb_journal_entry *out, const generation *g, const char *exported,
                          mb_error *err)
{
    static const mb_names none = {0};
    char *meta = mb_path_join(g->out, "meta"), *name = NULL;
    mb_buf schema = {0}, text = {0};
    mb_json_token mine, theirs;
    bool ok = generate(&name, g, &none, err) && check_export(g, exported, err) &&
              read_in(&schema, meta, name, err) && find_previous(&theirs, &schema, name, err) &&
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
    char *scratch = mb_format(".moonbird/drizzle-%ld", (long)getpid());
    generation entry = {.name = name}, schema = {.name = name};
    mb_error unremoved;
    bool ok;

    *out = (mb_journal_entry){0};
    begin_generation(&entry, kit, scratch, true);
    begin_generation(&schema, kit, scratch, false);
    ok = mb_folder_remove(scratch, err) && make_entry(out, &entry, migrations, err) &&
         (!exported || make_snapshot(out, &schema, exported, err));
    (void)!mb_folder_remove(scratch, &unremoved);
    free_generation(&entry);
    free_generation(&schema);
    free(scratch);
    return ok;
}

/* ---- writing it ---- */

/* The journal is written last: without it, none of the others is a migration. */
bool mb_journal_entry_write(mb_names *paths, const mb_journal_entry *entry, const char *migrations,
                            const mb_entry_files *files, mb_error *err)
{
    const struct {
        char *path;
        const char *text;
        size_t len;
    } all[] = {
        {mb_format("%s/%s.sql", migrations, entry->tag), files->up, strlen(files->up)},
        {mb_format("%s/%s_rollback.sql", migrations, entry->tag), files->rollback,
         files->rollback ? strlen(files->rollback) : 0},
        {mb_format("%s/meta/%s", migrations, entry->snapshot_name), mb_buf_str(&entry->snapshot),
         entry->snapshot.len},
        {mb_format("%s/meta/" JOURNAL, migrations), mb_buf_str(&entry->journal),
         entry->journal.len},
    };
    enum { ALL = sizeof all / sizeof all[0], LAST = ALL - 1 };
    bool ok = mb_journal_check_unchanged(&entry->old_journal, all[LAST].path, err);

    for (size_t i = 0; ok && i < ALL; i++) {
        if (!all[i].text)
            continue;
        ok = mb_file_write(all[i].path, all[i].text, all[i].len, i == LAST, err);
        if (ok)
            mb_names_add(paths, mb_strdup(all[i].path));
    }
    for (size_t i = 0; i < ALL; i++)
        free(all[i].path);
    for (size_t i = 0; !ok && i < paths->n; i++)
        unlink(paths->items[i]);
    if (!ok)
        mb_names_free(paths);
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
