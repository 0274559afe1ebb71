/* journal_fix.c -- repairs Drizzle's journal. */
#include "moonbird/format/journal_fix.h"

#include "journal.h"
#include "journal_text.h"
#include "member.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/sort.h"
#include "moonbird/format/migration.h"
#include "moonbird/format/names.h"
#include "moonbird/os/probe.h"

#include <stdlib.h>
#include <string.h>

typedef struct fixing {
    const mb_journal_request *request;
    char *path, *shown; /* of the journal */
    mb_buf sides[2];    /* its text, as each side of a conflict has it; [0] is the one to keep */
    bool conflict;
    mb_journal_items read, order, removed;
} fixing;

const char *mb_journal_change_name(mb_journal_change_kind kind)
{
    static const char *const names[] = {"added", "removed", "moved", "later"};

    return names[kind];
}

/* ---- conflicts ---- */

static bool begins(const char *line, const char *mark)
{
    return strncmp(line, mark, 7) == 0;
}

/* Appends the text as one side has it, without the marks of git, and without the common ancestor. */
static void take_side(mb_buf *out, const mb_buf *text, mb_journal_side side)
{
    enum { BOTH, OURS, BASE, THEIRS } in = BOTH;

    for (const char *line = mb_buf_str(text), *next; *line; line = next) {
        size_t len = strcspn(line, "\n");

        next = line + len + (line[len] == '\n');
        if (begins(line, "<<<<<<<"))
            in = OURS;
        else if (in != BOTH && begins(line, "|||||||"))
            in = BASE;
        else if (in != BOTH && begins(line, "======="))
            in = THEIRS;
        else if (in != BOTH && begins(line, ">>>>>>>"))
            in = BOTH;
        else if (in == BOTH || (in == OURS && side == MB_JOURNAL_OURS) ||
                 (in == THEIRS && side == MB_JOURNAL_THEIRS))
            mb_buf_add(out, line, (size_t)(next - line));
    }
}

/* ---- reading ---- */

static mb_journal_item *add_entry(mb_journal_items *list, char *tag)
{
    list->items = mb_grow(list->items, list->n, sizeof *list->items);
    list->items[list->n] = (mb_journal_item){.tag = tag};
    return &list->items[list->n++];
}

static void free_entries(mb_journal_items *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->items[i].tag);
    free(list->items);
}

static mb_journal_item *find(const mb_journal_items *list, const char *tag)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->items[i].tag, tag) == 0)
            return &list->items[i];
    return NULL;
}

static bool malformed(const fixing *f, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "this is not a Drizzle journal: it has no array \"entries\" of entries "
                              "with a \"tag\"");
    mb_fail_at(err, f->shown, 0, 0);
    return mb_fail_hint(err, "Restore the file from version control.");
}

/* JavaScript, and so Drizzle, has only these integers exactly. */
static bool is_exact(int64_t number)
{
    const int64_t most = (int64_t)1 << 53;

    return number > -most && number < most;
}

static bool inexact(const fixing *f, const char *tag, mb_error *err)
{
    mb_fail(err, MB_ERR_FILE, "the entry \"%s\" has a number that Drizzle cannot read exactly", tag);
    mb_fail_at(err, f->shown, 0, 0);
    return mb_fail_hint(err, "Correct its \"when\" or \"idx\".");
}

static bool is_applied(const fixing *f, const mb_journal_item *e)
{
    return f->request->applied(f->request->self, e->tag, e->when, "") != NULL;
}

/* Takes over `tag`. */
static void remove_entry(fixing *f, char *tag, const mb_journal_item *e)
{
    mb_journal_item *removed = add_entry(&f->removed, tag);

    removed->idx = e->idx;
    removed->when = e->when;
}

/* An entry is there twice: the one that was applied counts, or else the first one. */
static void keep_one(fixing *f, mb_journal_item *old, const mb_journal_item *new)
{
    const char *tag = old->tag;
    bool newer = is_applied(f, new) && !is_applied(f, old);

    remove_entry(f, mb_strdup(tag), newer ? old : new);
    if (newer) {
        old->text = new->text;
        old->len = new->len;
        old->idx = new->idx;
        old->when = new->when;
    }
}

/* Reads an entry, which ends at `end`; of the other side, only those that the first does not have. */
static bool read_entry(fixing *f, const mb_json *json, size_t end, bool other, mb_error *err)
{
    const char *from = memchr(json->text + json->at, '{', end - json->at);
    char *tag = mb_member_string(json, "tag");
    mb_journal_item e = {.tag = tag,
               .text = from,
               .len = from ? (size_t)(json->text + end - from) : 0,
               .idx = mb_member_integer(json, "idx"),
               .when = mb_member_integer(json, "when"),
               .added = other};
    mb_journal_item *old = tag ? find(&f->read, tag) : NULL;
    bool ok = from && tag && *tag && !strchr(tag, '/');

    if (ok && (!is_exact(e.when) || !is_exact(e.idx))) {
        inexact(f, tag, err);
        free(tag);
        return false;
    }
    if (ok && !old) {
        *add_entry(&f->read, tag) = e;
        return true;
    }
    if (ok && !other)
        keep_one(f, old, &e);
    free(tag);
    return ok || malformed(f, err);
}

static bool read_side(fixing *f, const mb_buf *text, bool other, mb_error *err)
{
    mb_json root, list;

    if (!mb_member_check(text, f->shown, err)) {
        if (f->conflict)
            mb_fail_hint(err, "Each side of the conflict must be a whole journal: resolve this part "
                              "of it by hand.");
        return false;
    }
    mb_json_read(&root, mb_buf_str(text), text->len);
    if (!mb_member_find(&list, &root, "entries") || mb_member_next(&list).kind != MB_JSON_ARRAY)
        return malformed(f, err);
    for (mb_json at = list; mb_member_skip(&list); at = list)
        if (!read_entry(f, &at, list.at, other, err))
            return false;
    return true;
}

static bool read_journal(fixing *f, mb_buf *before, mb_error *err)
{
    mb_journal_side keep = f->request->keep,
                    other = keep == MB_JOURNAL_OURS ? MB_JOURNAL_THEIRS : MB_JOURNAL_OURS;
    bool found;

    if (!mb_file_find(&found, f->path, err))
        return false;
    if (!found) {
        mb_fail(err, MB_ERR_FILE, "the folder has no journal of Drizzle");
        mb_fail_at(err, f->shown, 0, 0);
        return mb_fail_hint(err, "Only folders of drizzle-kit before version 1 have one.");
    }
    if (!mb_file_read(before, f->path, err))
        return false;
    f->conflict = mb_journal_has_conflict(before);
    take_side(&f->sides[0], before, keep);
    if (f->conflict)
        take_side(&f->sides[1], before, other);
    return read_side(f, &f->sides[0], false, err) &&
           (!f->conflict || read_side(f, &f->sides[1], true, err));
}

/* ---- comparing with the files ---- */

static bool refuse_applied(const fixing *f, const mb_journal_item *e, const char *what, const char *hint,
                           mb_error *err)
{
    mb_fail(err, MB_ERR_POLICY, "%s was applied in %s, but %s", e->tag, e->applied, what);
    mb_fail_hint(err, "%s", hint);
    return mb_fail_at(err, f->shown, 0, 0);
}

/* The checksum of the entry's file; "": it has none. */
static bool read_sum(char *sum, const fixing *f, const char *tag, mb_error *err)
{
    char *file = mb_format("%s.sql", tag), *path = mb_path_join(f->request->path, file);
    bool found, ok = mb_file_find(&found, path, err);

    *sum = '\0';
    ok = ok && (!found || mb_file_sum(sum, path, err));
    free(path);
    free(file);
    return ok;
}

/* Removes the entries that have no file. */
static bool compare_entries(fixing *f, mb_error *err)
{
    size_t kept = 0;
    bool ok = true;

    for (size_t i = 0; i < f->read.n; i++) {
        mb_journal_item *e = &f->read.items[i];
        char sum[MB_HASH_HEX] = "";

        ok = ok && read_sum(sum, f, e->tag, err);
        e->applied = f->request->applied(f->request->self, e->tag, e->when, sum);
        if (ok && !*sum && e->applied)
            ok = refuse_applied(f, e, "its file is missing",
                                "Restore the file from version control.", err);
        if (ok && !*sum)
            remove_entry(f, e->tag, e);
        else
            f->read.items[kept++] = *e;
    }
    f->read.n = kept;
    return ok;
}

/* Adds an entry for an SQL file that has none; takes over `tag`. */
static bool add_file(fixing *f, char *tag, mb_error *err)
{
    char sum[MB_HASH_HEX];
    mb_journal_item e = {.tag = tag, .added = true};
    bool ok = read_sum(sum, f, tag, err);

    if (ok)
        e.applied = f->request->applied(f->request->self, tag, 0, sum);
    if (ok && !e.applied) {
        *add_entry(&f->read, tag) = e;
        return true;
    }
    if (ok)
        ok = refuse_applied(f, &e, "the journal has no entry for it",
                            "Restore its entry from version control, since its time must not "
                            "change.", err);
    free(tag);
    return ok;
}

static int by_number(const void *a, const void *b)
{
    return mb_compare_names(*(char *const *)a, *(char *const *)b);
}

static bool add_files(fixing *f, mb_error *err)
{
    mb_names files = {0};
    bool ok = mb_folder_list(&files, f->request->path, err);

    if (ok)
        mb_sort(files.items, files.n, sizeof *files.items, by_number);
    for (size_t i = 0; ok && i < files.n; i++) {
        char *name = NULL, *tag;

        if (mb_path_ends(files.items[i], ".sql")) {
            bool rollback = mb_role_of(files.items[i], &name) == MB_ROLE_ROLLBACK;

            free(name);
            tag = mb_name_without(files.items[i], ".sql");
            if (rollback || find(&f->read, tag))
                free(tag);
            else
                ok = add_file(f, tag, err);
        }
    }
    mb_names_free(&files);
    return ok;
}

/* ---- the new order ---- */

/*
 * An entry that was applied keeps its time.  So it comes before those that were not applied and
 * have a later time.
 */
static void put_in_order(fixing *f)
{
    for (size_t i = 0; i < f->read.n; i++) {
        mb_journal_item *e = &f->read.items[i];
        size_t at = f->order.n;

        add_entry(&f->order, NULL);
        while (e->applied && at > 0 && !f->order.items[at - 1].applied &&
               f->order.items[at - 1].when > e->when)
            at--;
        e->moved = at < i;
        memmove(f->order.items + at + 1, f->order.items + at, (i - at) * sizeof *e);
        f->order.items[at] = *e;
    }
    f->read.n = 0;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/*
 * A time after `when` for entry i.  Version 1 of Drizzle names folders by the second, so the time is
 * a second later, if that is before the time of the next applied entry.
 */
static int64_t time_after(const fixing *f, size_t i, int64_t when)
{
    while (i < f->order.n && !f->order.items[i].applied)
        i++;
    return when + (i < f->order.n && f->order.items[i].when <= when + 1000 ? 1 : 1000);
}

/* Entries that were not applied get a time and a number above those before them. */
static void number(fixing *f)
{
    int64_t when = 0, idx = -1;

    for (size_t i = 0; i < f->order.n; i++) {
        mb_journal_item *e = &f->order.items[i];

        e->new_when = e->when;
        if (!e->text)
            e->new_when = e->when = later(f->request->now, time_after(f, i, when));
        else if (!e->applied)
            e->new_when = e->when > when ? e->when : time_after(f, i, when);
        e->new_idx = e->text && e->idx > idx ? e->idx : idx + 1;
        e->idx = e->text ? e->idx : e->new_idx;
        when = later(when, e->new_when);
        idx = e->new_idx;
    }
}

/* ---- the changes ---- */

static void add_change(mb_journal_fix *out, const mb_journal_item *e, mb_journal_change_kind kind)
{
    out->items = mb_grow(out->items, out->n, sizeof *out->items);
    out->items[out->n++] = (mb_journal_change){
        .kind = kind,
        .tag = mb_strdup(e->tag),
        .idx = kind == MB_JOURNAL_REMOVED ? e->idx : e->new_idx,
        .when = kind == MB_JOURNAL_REMOVED ? e->when : e->new_when,
        .old_idx = e->idx,
        .old_when = e->when,
    };
}

static void add_changes(mb_journal_fix *out, const fixing *f)
{
    for (size_t i = 0; i < f->order.n; i++) {
        const mb_journal_item *e = &f->order.items[i];

        if (e->added)
            add_change(out, e, MB_JOURNAL_ADDED);
        else if (e->new_when != e->when)
            add_change(out, e, MB_JOURNAL_LATER);
        else if (e->moved || e->new_idx != e->idx)
            add_change(out, e, MB_JOURNAL_MOVED);
    }
    for (size_t i = 0; i < f->removed.n; i++)
        add_change(out, &f->removed.items[i], MB_JOURNAL_REMOVED);
}

bool mb_journal_fix_make(mb_journal_fix *out, const mb_journal_request *request, mb_error *err)
{
    fixing f = {.request = request};
    bool ok;

    *out = (mb_journal_fix){0};
    f.path = mb_path_join(request->path, MB_JOURNAL_FILE);
    f.shown = mb_path_join(request->shown, MB_JOURNAL_FILE);
    ok = read_journal(&f, &out->before, err) && compare_entries(&f, err) && add_files(&f, err);
    if (ok) {
        put_in_order(&f);
        number(&f);
        add_changes(out, &f);
    }
    if (ok && (out->n || f.conflict))
        mb_journal_write(&out->after, &f.sides[0], &f.order);
    else if (ok)
        mb_buf_add(&out->after, mb_buf_str(&out->before), out->before.len);
    free_entries(&f.read);
    free_entries(&f.order);
    free_entries(&f.removed);
    mb_buf_free(&f.sides[0]);
    mb_buf_free(&f.sides[1]);
    free(f.path);
    free(f.shown);
    return ok;
}

bool mb_journal_fix_write(const mb_journal_fix *fix, const char *path, const char *shown,
                          mb_error *err)
{
    char *file = mb_path_join(path, MB_JOURNAL_FILE), *named = mb_path_join(shown, MB_JOURNAL_FILE);
    bool ok = mb_journal_check_unchanged(&fix->before, file, err) &&
              mb_file_write(file, mb_buf_str(&fix->after), fix->after.len, true, err);

    if (!ok)
        mb_fail_at(err, named, 0, 0);
    free(named);
    free(file);
    return ok;
}

void mb_journal_fix_free(mb_journal_fix *fix)
{
    for (size_t i = 0; i < fix->n; i++)
        free(fix->items[i].tag);
    free(fix->items);
    mb_buf_free(&fix->before);
    mb_buf_free(&fix->after);
    *fix = (mb_journal_fix){0};
}
