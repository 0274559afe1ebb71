/* environments.h -- a bench whose project has environments, with policies. */
#ifndef MOONBIRD_TEST_ENVIRONMENTS_H
#define MOONBIRD_TEST_ENVIRONMENTS_H

#include "moonbird/policy/environment.h"
#include "project.h"

/* One without policies. */
mb_environment environment(const char *name, const char *url);

/* From now on the project has these environments. */
void demand(bench *b, const mb_environment *list, size_t n);

/* The database of the bench, in a way that no text comparison finds; the caller frees it. */
char *url_of(const bench *b);

/* A policy refused, with a hint and a message that has `says`. */
void expect_refusal(bool ok, const bench *b, const char *says);

/* May `moonbird run x.lua` run? */
bool allow_script(bench *b);

/* moonbird finds a pg_dump that is this script, until use_programs(NULL). */
void put_pg_dump(const bench *b, const char *text);

#endif
