#include "moonbird/base/buf.h"
#include "moonbird/base/mem.h"
#include "moonbird/project/plan.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/*
 * A history in words.  Files: names, with "!" for a changed one, "~" for a
 * journal's entry without file, "?" for an orphan, "m:" for the manual stream.
 * Ledger: names in order, with "+" applied, "-" half applied, "<" half rolled back.
 */
typedef struct plan_case {
    const char *name, *files, *ledger;
    mb_request request;
    const char *names; /* of the request */
    const char *steps; /* "up:1_a down:2_b"; "resume:" in front of a step that continues */
    mb_code code;      /* of the refusal */
    const char *says;  /* a part of the message, or of a note; "!" in front: no note has it */
} plan_case;

#define UP         {.what = MB_DO_UP, .changed = MB_REFUSE, .out_of_order = MB_WARN}
#define DOWN       {.what = MB_DO_DOWN}
#define REDO       {.what = MB_DO_REDO}
#define MANUAL(w)  {.what = w, .stream = MB_MANUAL}

static const plan_case cases[] = {
    {"nothing there", "", "", UP, "", "", MB_OK, NULL},
    {"all pending", "1_a 2_b", "", UP, "", "up:1_a up:2_b", MB_OK, NULL},
    {"all applied", "1_a 2_b", "+1_a +2_b", UP, "", "", MB_OK, NULL},
    {"up to a name", "1_a 2_b 3_c", "+1_a", UP, "2_b", "up:2_b", MB_OK, NULL},
    {"up to a number", "0001_a 0002_b 0003_c", "", UP, "2", "up:0001_a up:0002_b", MB_OK, NULL},
    {"up to a prefix", "1_a 2_b 3_c", "", UP, "2_", "up:1_a up:2_b", MB_OK, NULL},
    {"up to what is applied", "1_a 2_b", "+1_a", UP, "1_a", "", MB_OK, NULL},
    {"digits as written first", "0002_a 002_b", "+0002_a +002_b", DOWN, "002", "down:002_b", MB_OK,
     NULL},
    {"number before prefix", "2_a 20_b", "", UP, "2", "up:2_a", MB_OK, NULL},
    {"no such name", "1_a", "", UP, "7", "", MB_ERR_USAGE, "migration \"7\" does not exist"},
    {"a stream is no name", "1_a", "", UP, "auto/", "", MB_ERR_USAGE, "is empty"},
    {"up to a manual one", "1_a m:2_m", "", UP, "2_m", "", MB_ERR_USAGE,
     "manual/2_m is a manual migration"},
    {"up to a manual one by its stream", "1_a m:2_m", "", UP, "manual/2", "", MB_ERR_USAGE,
     "manual/2_m is a manual migration"},
    {"down to a manual one", "1_a m:2_m", "+1_a +m:2_m", DOWN, "2", "", MB_ERR_USAGE,
     "manual/2_m is a manual migration"},
    {"up to one that is not in the stream it names", "1_a m:2_m", "", UP, "auto/2_m", "",
     MB_ERR_USAGE, "migration \"auto/2_m\" does not exist"},
    {"up to one that is in neither stream", "1_a m:2_m", "", UP, "manual/1_a", "", MB_ERR_USAGE,
     "migration \"manual/1_a\" does not exist"},
    {"manual by the name of another", "1_a m:2_m", "", MANUAL(MB_DO_UP), "1_a", "", MB_ERR_USAGE,
     "auto/1_a is not a manual migration"},
    {"an empty name", "m:1_a m:b", "", MANUAL(MB_DO_UP), "manual/", "", MB_ERR_USAGE,
     "the name of the migration is empty"},
    {"ambiguous", "1_a 2_b1 2_b2", "", UP, "2_b", "", MB_ERR_USAGE, "2_b1 or auto/2_b2"},
    {"whole name before prefix", "1_a 2_b 2_bb", "", UP, "2_b", "", MB_ERR_FILE, "used twice"},
    {"no longer what was planned", "1_a", "", {.what = MB_DO_UP, .plan = "of before"}, "", "",
     MB_ERR_POLICY, "changed after the plan was made"},
    {"late", "1_a 2_b 3_c", "+1_a +3_c", UP, "", "up:2_b", MB_OK, "2_b comes before"},
    {"late refused", "1_a 2_b", "+2_b",
     {.what = MB_DO_UP, .out_of_order = MB_REFUSE}, "", "", MB_ERR_POLICY, "1_a comes before"},
    {"late allowed", "1_a 2_b", "+2_b", {.what = MB_DO_UP}, "", "up:1_a", MB_OK, NULL},
    {"changed", "!1_a 2_b", "+1_a", UP, "", "", MB_ERR_POLICY, "1_a was changed"},
    {"changed, with a warning", "!1_a 2_b", "+1_a",
     {.what = MB_DO_UP, .changed = MB_WARN}, "", "up:2_b", MB_OK, "1_a was changed"},
    {"missing", "2_b", "+1_a", UP, "", "up:2_b", MB_OK, "1_a is applied, but its file is missing"},
    {"entry without a file", "1_a ~2_b", "+1_a", UP, "", "", MB_ERR_FILE, "has no file"},
    {"entry without a file, applied", "~1_a 2_b", "+1_a", UP, "", "up:2_b", MB_OK, "missing"},
    {"orphan", "1_a ?2_b", "", UP, "", "up:1_a", MB_OK, "2_b.sql is not in the journal"},
    {"orphan, applied", "1_a ?2_b", "+1_a +2_b", UP, "", "", MB_OK,
     "auto/2_b is applied, but migrations/2_b.sql is not in the journal"},
    {"orphan, half applied", "1_a ?2_b", "+1_a -2_b", UP, "", "resume:up:2_b", MB_OK,
     "auto/2_b is half applied, but migrations/2_b.sql is not in the journal"},
    {"after an applied orphan", "1_a 3_c ?2_b", "+1_a +2_b",
     {.what = MB_DO_UP, .out_of_order = MB_REFUSE}, "", "up:3_c", MB_OK, "2_b is applied, but"},
    {"number twice, one pending", "1_a 1_b", "+1_a", UP, "", "", MB_ERR_FILE, "used twice"},
    {"number twice, both applied", "1_a 1_b 2_c", "+1_a +1_b", UP, "", "up:2_c", MB_OK, NULL},
    {"half applied", "1_a 2_b", "-1_a", UP, "", "resume:up:1_a up:2_b", MB_OK, NULL},
    {"half applied and changed", "!1_a", "-1_a", UP, "", "resume:up:1_a", MB_OK, NULL},
    {"half applied, missing, and not reached", "1_a", "-2_b", {.what = MB_DO_UP}, "1_a", "up:1_a", MB_OK,
     "!missing"},
    {"restart of what is half applied", "1_a 2_b", "-1_a", {.what = MB_DO_UP, .restart = "1_a"}, "",
     "up:1_a up:2_b", MB_OK, NULL},
    {"restart of what is applied", "1_a 2_b", "+1_a", {.what = MB_DO_UP, .restart = "1_a"}, "", "",
     MB_ERR_USAGE, "is not half applied"},
    {"restart of what is pending", "1_a", "", {.what = MB_DO_UP, .restart = "1_a"}, "", "",
     MB_ERR_USAGE, "is not half applied"},
    {"half rolled back", "1_a", "<1_a", UP, "", "", MB_ERR_POLICY, "half rolled back"},
    {"newest", "1_a 2_b", "+1_a +2_b", DOWN, "", "down:2_b", MB_OK, NULL},
    {"newest by position", "1_a 2_b", "+2_b +1_a", DOWN, "", "down:1_a", MB_OK, NULL},
    {"down to a name", "1_a 2_b 3_c", "+1_a +3_c +2_b", DOWN, "1_a", "down:2_b down:3_c down:1_a",
     MB_OK, NULL},
    {"down two", "1_a 2_b 3_c", "+1_a +2_b +3_c", {.what = MB_DO_DOWN, .limit = 2}, "",
     "down:3_c down:2_b", MB_OK, NULL},
    {"nothing to roll back", "1_a", "", DOWN, "", "", MB_OK, NULL},
    {"not applied", "1_a", "", DOWN, "1_a", "", MB_ERR_USAGE, "is not applied"},
    {"file gone", "", "+1_a", DOWN, "", "", MB_ERR_FILE, "has no file"},
    {"half rolled back goes on", "1_a", "<1_a", DOWN, "", "resume:down:1_a", MB_OK, NULL},
    {"half applied, by its whole rollback", "1_a 2_b", "+1_a -2_b",
     {.what = MB_DO_DOWN, .partial = true}, "1_a", "down:2_b down:1_a", MB_OK, "is half applied"},
    {"half rolled back goes on, partial or not", "1_a", "<1_a",
     {.what = MB_DO_DOWN, .partial = true}, "", "resume:down:1_a", MB_OK, NULL},
    {"half applied is not rolled back", "1_a", "-1_a", DOWN, "", "", MB_ERR_POLICY, "half applied"},
    {"manual ones stay", "1_a m:1_m", "+1_a +m:1_m", DOWN, "", "down:1_a", MB_OK, NULL},
    {"redo", "1_a 2_b", "+1_a +2_b", REDO, "", "down:2_b up:2_b", MB_OK, NULL},
    {"redo of nothing", "1_a", "", REDO, "", "", MB_OK, NULL},
    {"manual by name", "m:1_m m:2_m", "", MANUAL(MB_DO_UP), "2_m", "up:2_m", MB_OK, NULL},
    {"manual twice one number", "m:1_m m:1_n", "", MANUAL(MB_DO_UP), "1_n", "up:1_n", MB_OK, NULL},
    {"manual, named twice", "m:1_m m:2_m", "", MANUAL(MB_DO_UP), "1_m 2_m 1_m", "up:1_m up:2_m",
     MB_OK, NULL},
    {"manual rollback, named twice", "m:1_m", "+m:1_m", MANUAL(MB_DO_DOWN), "1_m 1_m", "down:1_m",
     MB_OK, NULL},
    {"manual, applied", "m:1_m", "+m:1_m", MANUAL(MB_DO_UP), "1_m", "", MB_OK, "already applied"},
    {"manual, again", "m:1_m", "+m:1_m",
     {.what = MB_DO_UP, .stream = MB_MANUAL, .again = true}, "1_m", "up:1_m", MB_OK, NULL},
    {"manual rollback", "m:1_m m:2_m", "+m:1_m +m:2_m", MANUAL(MB_DO_DOWN), "1_m", "down:1_m",
     MB_OK, NULL},
    {"with its stream", "1_a m:1_a", "", MANUAL(MB_DO_UP), "manual/1_a", "up:1_a", MB_OK, NULL},
};

/* Cut `text` at blanks; the pieces borrow from the copy in *keep. */
static size_t words(char *words[16], char **keep, const char *text)
{
    size_t n = 0;
    char *rest = *keep = mb_strdup(text), *word;

    while ((word = strsep(&rest, " ")) != NULL)
        if (*word)
            words[n++] = word;
    return n;
}

static const char *stream_of(const char *word, mb_stream *stream)
{
    *stream = strncmp(word, "m:", 2) == 0 ? MB_MANUAL : MB_AUTO;
    return *stream == MB_MANUAL ? word + 2 : word;
}

static void make_file(mb_migration *out, const char *word)
{
    char mark = strchr("!~?", word[0]) && word[0] ? word[0] : ' ';
    const char *name = stream_of(mark == ' ' ? word : word + 1, &out->stream);

    out->name = mb_strdup(name);
    out->number = mb_strndup(name, strspn(name, "0123456789"));
    out->path = mark == '~' ? NULL : mb_format("migrations/%s.sql", name);
    out->orphan = mark == '?';
    snprintf(out->file_sum, sizeof out->file_sum, "%s", mark == '!' ? "other" : "same");
}

static void make_row(mb_row *out, const char *word)
{
    out->name = stream_of(word + 1, &out->stream);
    out->state = word[0] == '+' ? MB_APPLIED : MB_FAILED;
    out->direction = word[0] == '<' ? MB_DOWN : MB_UP;
    out->applied_at = "2026-01-01";
    out->file_sum = out->normalized_sum = "same";
}

static void show(mb_buf *out, const mb_plan *plan)
{
    for (size_t i = 0; i < plan->n; i++)
        mb_buf_printf(out, "%s%s%s:%s", i ? " " : "", plan->steps[i].resume ? "resume:" : "",
                      mb_direction_name(plan->steps[i].direction), plan->steps[i].item->name);
}

static bool says(const plan_case *c, const mb_plan *plan)
{
    bool none = c->says[0] == '!';

    for (size_t i = 0; i < plan->n_notes; i++)
        if (strstr(plan->notes[i], c->says + none))
            return !none;
    return none;
}

static void check(const plan_case *c)
{
    char *file_words[16], *row_words[16], *name_words[16], *keep[3];
    size_t n_files = words(file_words, &keep[0], c->files);
    size_t n_rows = words(row_words, &keep[1], c->ledger);
    size_t n_names = words(name_words, &keep[2], c->names);
    mb_files files = {.items = mb_alloc(n_files * sizeof *files.items), .n = n_files};
    mb_history ledger = {.rows = mb_alloc(n_rows * sizeof *ledger.rows), .n = n_rows};
    mb_request request = c->request;
    mb_status status;
    mb_plan plan = {0};
    mb_buf steps = {0};
    mb_error err = {0};
    bool ok;

    for (size_t i = 0; i < n_files; i++)
        make_file(&files.items[i], file_words[i]);
    for (size_t i = 0; i < n_rows; i++)
        make_row(&ledger.rows[i], row_words[i]);
    request.names = (const char *const *)name_words;
    request.n_names = n_names;
    mb_status_build(&status, &files, &ledger);
    ok = mb_plan_build(&plan, &status, &ledger, &request, &err);
    if (ok)
        show(&steps, &plan);
    if (err.code != c->code)
        fail_msg("code %s: %s", mb_code_name(err.code), err.message);
    assert_string_equal(mb_buf_str(&steps), c->steps);
    if (c->says)
        assert_true(ok ? says(c, &plan) : strstr(err.message, c->says) != NULL);
    mb_buf_free(&steps);
    mb_plan_free(&plan);
    mb_status_free(&status);
    mb_files_free(&files);
    mb_history_free(&ledger);
    for (size_t i = 0; i < 3; i++)
        free(keep[i]);
}

static void test_plan__every_odd_history(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].name;
        check(&cases[i]);
    }
    current_case = NULL;
}

static void test_status__what_is_missing_stands_where_its_file_would(void **state)
{
    static const struct {
        const char *files, *missing;
        size_t at;
    } list[] = {
        {"1_a 3_c", "2_b", 1}, {"1_a 10_c", "9_b", 1}, {"0 1_a", "00_z", 1}, {"1_a c", "b", 1},
        {"1_a c", "d", 2},     {"1_b m:1_c", "1_a", 0}, {"1_a", "m:0_x", 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(list); i++) {
        char *word[16], *keep, *row_text = mb_format("+%s", list[i].missing);
        mb_files files = {.n = words(word, &keep, list[i].files)};
        mb_row row = {0};
        const mb_history ledger = {.rows = &row, .n = 1};
        mb_status status;

        current_case = list[i].missing;
        files.items = mb_alloc(files.n * sizeof *files.items);
        for (size_t k = 0; k < files.n; k++)
            make_file(&files.items[k], word[k]);
        make_row(&row, row_text);
        mb_status_build(&status, &files, &ledger);
        assert_true(status.items[list[i].at].missing);
        mb_status_free(&status);
        mb_files_free(&files);
        free(row_text);
        free(keep);
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan__every_odd_history),
        cmocka_unit_test(test_status__what_is_missing_stands_where_its_file_would),
    };

    return RUN_TESTS(tests);
}
