/* find_changed_or_renamed.c -- finds files that were changed or renamed after they were applied. */
#include "moonbird/project/loaded.h"
#include "moonbird/project/source.h"

#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/os/file.h"
#include "moonbird/os/path.h"

#include <stdlib.h>
#include <string.h>

/* Set m->normalized_sum. A file that cannot be read as SQL keeps NULL, and so counts as changed. */
static void add_normalized_sum(const mb_project *project, mb_migration *m)
{
    const mb_settings *s = &project->settings;
    mb_error ignored;
    mb_checksums sums;

    if (mb_checksums_of_file(&sums, s->root, m, s->backslashes, &ignored))
        m->normalized_sum = mb_strdup(sums.normalized);
}

static mb_migration *file_of(mb_project *project, const mb_item *item)
{
    return &project->files.items[item->file - project->files.items];
}

/* The part of the text that has only blank lines and comments to the end of the line. */
static size_t head_of(const char *text, size_t len)
{
    size_t at = 0, line = 0;

    while (at < len) {
        const char *end = memchr(text + at, '\n', len - at);

        line = at + strspn(text + at, " \t\r");
        if (text[line] && text[line] != '\n' && strncmp(text + line, "--", 2) != 0)
            break;
        at = end ? (size_t)(end - text) + 1 : len;
    }
    return at;
}

/* Had it no statements when it was applied, and the directives that it has now? */
static bool was_empty(const mb_project *project, const mb_item *item)
{
    char *full = mb_path_join(project->settings.root, item->file->path);
    mb_buf text = {0};
    mb_error ignored;
    mb_stmt stmt;
    mb_checksums sums = {0};
    bool found = true;

    if (mb_file_read(&text, full, &ignored)) {
        size_t len = head_of(mb_buf_str(&text), text.len);
        mb_script *head = mb_script_of_bytes(mb_buf_str(&text), len, full, MB_SECTION_UP);

        if (mb_script_next(head, &stmt, &found, &ignored) && !found)
            mb_script_checksums(head, &sums);
        mb_script_close(head);
    }
    mb_buf_free(&text);
    free(full);
    return strcmp(sums.normalized, item->row->normalized_sum) == 0;
}

/*
 * Compare the normalized checksums only of files whose bytes differ, because this reads the whole
 * file with the splitter.
 */
static void compare_normalized(mb_project *project)
{
    for (size_t i = 0; i < project->status.n; i++) {
        mb_item *item = &project->status.items[i];
        mb_migration *m;

        if (!item->changed)
            continue;
        m = file_of(project, item);
        add_normalized_sum(project, m);
        item->changed =
            !m->normalized_sum || strcmp(m->normalized_sum, item->row->normalized_sum) != 0;
        /* a Lua file's row has no count of statements */
        item->unrun = item->changed && item->row->total == 0 && !m->lua;
        item->was_empty = item->unrun && was_empty(project, item);
    }
}

/*
 * Does the item's file have the contents that were applied as `row`? A file without statements does
 * not count: running it a second time changes nothing.
 */
static bool has_contents_of(mb_project *project, const mb_item *item, const mb_row *row)
{
    mb_migration *m = file_of(project, item);

    if (!row->file_sum[0] || (row->total == 0 && !m->lua))
        return false;
    if (strcmp(m->file_sum, row->file_sum) == 0)
        return true;
    if (!m->normalized_sum)
        add_normalized_sum(project, m);
    return m->normalized_sum && strcmp(m->normalized_sum, row->normalized_sum) == 0;
}

/*
 * Find pending files with the contents of an applied migration, so that nothing runs twice. The old
 * name may belong to a new file, if files were renumbered.
 */
static void find_renamed(mb_project *project)
{
    mb_status *status = &project->status;
    mb_item **there = mb_alloc(status->n * sizeof *there); /* files that were not applied as such */
    size_t n = 0;

    for (size_t i = 0; i < status->n; i++)
        if (!status->items[i].missing && (!status->items[i].row || status->items[i].changed))
            there[n++] = &status->items[i];
    for (size_t i = 0; n && i < status->n; i++) {
        mb_item *was = &status->items[i];

        if (!was->row || !(mb_item_is_gone(was) || was->changed))
            continue;
        for (size_t k = 0; k < n; k++) {
            if (there[k] == was || !has_contents_of(project, there[k], was->row))
                continue;
            if (!was->moved)
                was->moved = there[k];
            else
                was->moved_too = there[k];
            if (!there[k]->row && !there[k]->renamed)
                there[k]->renamed = was;
        }
    }
    free(there);
}

/* A changed repeatable migration is not a mistake: it runs again. */
static void find_repeats(mb_project *project)
{
    mb_status *status = &project->status;

    for (size_t i = 0; i < status->n; i++) {
        mb_item *item = &status->items[i];

        if (!item->changed || !item->file->repeatable)
            continue;
        item->repeat = true;
        item->changed = item->unrun = false;
        status->pending++;
    }
}

void mb_project_compare_contents(mb_project *project)
{
    compare_normalized(project);
    find_repeats(project);
    find_renamed(project);
}
