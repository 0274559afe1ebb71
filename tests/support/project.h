/*
 * project.h -- a folder of migrations and a database of its own for one test.
 *
 * cmocka_unit_test_setup_teardown(test, open_bench, close_bench); *state is the bench.
 */
#ifndef MOONBIRD_TEST_PROJECT_H
#define MOONBIRD_TEST_PROJECT_H

#include "moonbird/project/settings.h"
#include "moonbird/run/apply.h"
#include "moonbird/base/buf.h"
#include "moonbird/project/project.h"
#include "server.h"

typedef struct bench {
    char root[64];
    char database[32];
    mb_conn *conn;
    mb_settings settings;
    mb_project *project;
    mb_outcome outcome;
    mb_error err;
    mb_buf notes; /* what the reporter was told, a line each */
    void (*on_note)(const char *text); /* is told of each; or NULL */
} bench;

int open_bench(void **state);
int close_bench(void **state);

mb_conn *bench_connect(const bench *b); /* another session with the bench's database */

void put_file(const bench *b, const char *name, const char *text);

/* Run a request; the outcome and the error stand in the bench.  Success leaves no error behind. */
bool apply(bench *b, mb_request request);
bool up(bench *b);
bool down(bench *b, const char *name);
bool manual(bench *b, mb_request_kind what, const char *name);

/* Fail the test with the bench's error unless `ok`. */
#define EXPECT(ok) expect(ok, b, #ok)
void expect(bool ok, const bench *b, const char *what);

/* The names applied, in order, with spaces between; from the history. */
const char *applied(bench *b);

#endif
