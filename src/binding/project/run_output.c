/*
 * run_output.c -- the output of a run while it works.
 *
 * A terminal shows one line for each migration, with a mark, and the time of the running one.
 * Other outputs get plain lines, as for a log.  With -q only errors are printed.
 */
#include "moonbird/project/reporter.h"
#include "moonbird/project/source.h"
#include "binding/command/session.h"
#include "run_output.h"

#include "moonbird/os/clock.h"
#include "moonbird/os/live.h"
#include "moonbird/os/log.h"
#include "moonbird/os/print.h"
#include "moonbird/os/progress.h"
#include "moonbird/base/text_table.h"

#include <stdlib.h>
#include <string.h>

typedef struct word {
    const char *text, *mark, *ascii;
    mb_level color;
} word;

static const word running = {"running", "\xe2\x80\xa6", ".", MB_LOG_DEBUG};
static const word applied = {"applied", "\xe2\x9c\x93", "+", MB_LOG_INFO};
static const word undone = {"rolled back", "\xe2\x86\x93", "-", MB_LOG_WARN};
static const word skipped = {"skipped", "\xe2\x88\x92", "~", MB_LOG_WARN};
static const word failed = {"failed", "\xe2\x9c\x97", "!", MB_LOG_ERROR};

static bool locale_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *value = NULL;

    for (size_t i = 0; i < 3 && !(value && *value); i++)
        value = getenv(names[i]);
    return value && (strstr(value, "UTF-8") || strstr(value, "utf8"));
}

static const char *mark_of(const word *w)
{
    return locale_is_utf8() ? w->mark : w->ascii;
}

void mb_add_time(mb_buf *out, int64_t us)
{
    if (us < 1000000)
        mb_buf_printf(out, "%lld ms", (long long)((us + 500) / 1000));
    else if (us < 60 * 1000000LL)
        mb_buf_printf(out, "%.1f s", (double)us / 1e6);
    else
        mb_buf_printf(out, "%lld min %lld s", (long long)(us / 60000000),
                      (long long)(us / 1000000 % 60));
}

static bool silent(void)
{
    return mb_log_threshold() < MB_LOG_INFO;
}

static void say(const word *w, const char *name, int64_t us)
{
    mb_buf line = {0};

    if (silent())
        return;
    if (!mb_print_is_terminal())
        mb_buf_printf(&line, "%-11s  ", w->text);
    mb_buf_puts(&line, name);
    if (us >= 0) {
        mb_buf_puts(&line, "  (");
        mb_add_time(&line, us);
        mb_buf_putc(&line, ')');
    }
    mb_buf_putc(&line, '\n');
    if (mb_print_is_terminal())
        mb_print_marked(w->color, mark_of(w), line.data);
    else
        mb_print(line.data, line.len);
    mb_buf_free(&line);
}

static void on_planned(void *self, const mb_plan *plan)
{
    (void)self;
    for (size_t i = 0; i < plan->n_notes; i++)
        mb_log(MB_LOG_INFO, "note: %s", plan->notes[i]);
}

static void on_started(void *self, const mb_step *step)
{
    (void)self;
    mb_live_start("%s %s", mark_of(&running), step->item->name);
}

static void on_finished(void *self, const mb_finished *done)
{
    (void)self;
    mb_live_stop();
    say(done->direction == MB_UP ? &applied : &undone, done->name, done->duration_us);
}

static void on_failed(void *self, const mb_step *step)
{
    (void)self;
    mb_live_stop();
    say(&failed, step->item->name, -1);
}

static void on_skipped(void *self, const mb_step *step, const char *why)
{
    char *text = mb_format("%s: %s", step->item->name, why);

    (void)self;
    mb_live_stop();
    say(&skipped, text, -1);
    free(text);
}

static void on_note(void *self, const char *text)
{
    (void)self;
    mb_log(MB_LOG_INFO, "note: %s", text);
}

/*
 * Shows progress in the line of the terminal; other outputs get a line now and then, JSON none.
 */
static void on_observed(void *self, const char *text)
{
    mb_report *r = self;
    int64_t now = mb_now_us();

    mb_live_detail("%s", text);
    if (r->quiet || mb_print_is_terminal() || (r->told && now - r->told < MB_PROGRESS_LINE_US))
        return;
    r->told = now;
    mb_log(MB_LOG_INFO, "note: %s", text);
}

/* The types that psql aligns right: numbers, oid, xid and the like. */
static bool is_number(uint32_t type)
{
    static const uint32_t numbers[] = {20, 21, 23, 26, 28, 29, 700, 701, 790, 1700, 5069};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (type == numbers[i])
            return true;
    return false;
}

static struct mb_table *new_table(const mb_result *part, bool expanded)
{
    mb_table *table = mb_table_new(expanded ? MB_TABLE_EXPANDED : MB_TABLE_PSQL, mb_print);

    mb_table_limit(table, mb_print_screenful());
    for (size_t i = 0; i < mb_result_columns(part); i++)
        mb_table_column(table, mb_result_name(part, i), is_number(mb_result_type(part, i)));
    return table;
}

static void on_rows(void *self, const mb_result *part, bool first)
{
    mb_report *r = self;

    if (mb_result_columns(part) == 0)
        return;
    if (first) {
        mb_table_end(r->table);
        r->table = new_table(part, r->expanded);
    }
    for (size_t row = 0; row < mb_result_rows(part); row++)
        for (size_t i = 0; i < mb_result_columns(part); i++)
            mb_table_cell(r->table, mb_result_value(part, row, i), mb_result_length(part, row, i));
    mb_table_flush(r->table);
}

static void on_rows_end(void *self, const char *tag)
{
    mb_report *r = self;

    (void)tag;
    mb_table_end(r->table);
    r->table = NULL;
}

static bool has_count(const mb_call_statement *done)
{
    return done->rows > 0 || (done->rows == 0 && (mb_stmt_answers(done->stmt) ||
                                                  done->stmt->kind == MB_STMT_COPY_IN));
}

/* One line for each statement of a file or script, with -v. Its text and values may hold a secret. */
static void on_statement(void *self, const mb_source *source, const mb_call_statement *done)
{
    char command[MB_COMMAND_SIZE];
    mb_buf line = {0};

    (void)self;
    mb_stmt_command(done->stmt, command);
    mb_buf_printf(&line, "%s:%d: %s", done->path ? done->path : source->path, done->line, command);
    if (has_count(done))
        mb_buf_printf(&line, ", %lld row%s", (long long)done->rows, done->rows == 1 ? "" : "s");
    mb_buf_puts(&line, "  (");
    mb_add_time(&line, done->duration_us);
    mb_buf_puts(&line, ")\n");
    mb_print(line.data, line.len);
    mb_buf_free(&line);
}

static void on_copy_out(void *self, const char *data, size_t len)
{
    (void)self;
    mb_print_data(data, len);
}

void mb_report_begin(mb_report *r, bool rows)
{
    bool verbose = mb_log_threshold() >= MB_LOG_DEBUG;

    *r = (mb_report){.quiet = mb_print_is_stderr()};
    r->sink = (mb_sink){.self = r, .rows = on_rows, .rows_end = on_rows_end,
                        .copy_out = on_copy_out};
    r->reporter = (mb_reporter){.self = r,
                                .planned = on_planned,
                                .started = on_started,
                                .finished = on_finished,
                                .failed = on_failed,
                                .skipped = on_skipped,
                                .note = on_note,
                                .observed = on_observed,
                                .statement = verbose ? on_statement : NULL,
                                .rows = rows ? &r->sink : NULL,
                                .events = true};
}

void mb_report_end(mb_report *r)
{
    mb_live_stop();
    mb_table_end(r->table);
    r->table = NULL;
}
