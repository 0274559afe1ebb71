#include "moonbird/format.h"
#include "test.h"

#include <string.h>

/* A line comment, and a part of the refusal; NULL: it means nothing. */
static const struct {
    const char *text, *says;
} comments[] = {
    {"-- +goose Up", "goose"},
    {"--+goose StatementBegin", "goose"},
    {"-- +goose", "goose"},
    {"-- +goosey", NULL},
    {"-- how +goose does it", NULL},
    {"-- migrate:down transaction:false", "dbmate"},
    {"--migrate:up", "dbmate"},
    {"-- migrate:upward", NULL},
    {"-- migrate: up", NULL},
    {"-- +migrate Down notransaction", "sql-migrate"},
    {"-- Up Migration", "node-pg-migrate"},
    {"---- up  migration ----", "node-pg-migrate"},
    {"-- Up migration of the month", NULL},
    {"-- Down Migration: drops it", "node-pg-migrate"},
    {"-- Downmigrations", NULL},
    {"---- create above / drop below ----", "tern"},
    {"---- tern: disable-tx ----", "tern"},
    {"--liquibase formatted sql", "Liquibase"},
    {"--  Liquibase   Formatted SQL logicalFilePath:x", "Liquibase"},
    {"--changeset me:1", NULL},
    {"--! Previous: sha1:00", "graphile-migrate"},
    {"--! no-transaction", "graphile-migrate"},
    {"-- no-transaction", "sqlx"},
    {"-- no-transaction is needed", NULL},
    {"-- atlas:txmode none", "Atlas"},
    {"-- atlas:nolint", NULL},
    {"-- moonbird:down", NULL},
    {"--> statement-breakpoint", NULL},
    {"--", NULL},
    {"-- ", NULL},
    {"--\r", NULL},
};

static void test_format__knows_annotations(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(comments); i++) {
        mb_error err = {0};
        bool free_of = mb_format_check_comment(comments[i].text, strlen(comments[i].text), &err);

        current_case = comments[i].text;
        if (free_of != !comments[i].says ||
            (comments[i].says && !strstr(err.message, comments[i].says)))
            fail_msg("%s", free_of ? "nothing" : err.message);
        if (!free_of)
            assert_true(err.hint[0]);
    }
    current_case = NULL;
}

/* A file's name, and the same. */
static const struct {
    const char *file, *says;
} files[] = {
    {"V1__a.sql", "Flyway"},
    {"V1.2_3__a.SQL", "Flyway"},
    {"V20240101.sql", "Flyway"},
    {"U1__a.sql", "Flyway"},
    {"B10__a.sql", "Flyway"},
    {"R__a.sql", "Flyway"},
    {"1_a.sql.conf", "Flyway"},
    {"V1_a.sql", NULL},
    {"Version__a.sql", NULL},
    {"B52_bombers.sql", NULL},
    {"R_a.sql", NULL},
    {"v1__a.sql", NULL},
    {"V", NULL},
    {"R", NULL},
    {"sqitch.plan", "sqitch"},
    {"changelog.yaml", "Liquibase"},
    {"1_changelog.sql", NULL},
    {"1.undo.a.sql", "Postgrator"},
    {"1_undo.sql", NULL},
    {"1_a.go", "goose"},
    {"helper.go", NULL},
    {"0001_a.ts", "JavaScript"},
    {"1_a.sql", NULL},
    {"1_a.lua", NULL},
    {"README.md", NULL},
};

static void test_format__knows_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        char *items[] = {(char *)files[i].file};
        const mb_names names = {.items = items, .n = 1}, none = {0};
        const mb_listing listing = {.path = "/nowhere", .shown = "m", .files = &names,
                                    .folders = &none};
        mb_names notes = {0};
        mb_error err = {0};
        bool ok = mb_format_check_folder(&notes, &listing, &err);

        current_case = files[i].file;
        if (ok != !files[i].says || (!ok && !strstr(err.message, files[i].says)))
            fail_msg("%s", ok ? "nothing" : err.message);
        mb_names_free(&notes);
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format__knows_annotations),
        cmocka_unit_test(test_format__knows_names),
    };

    return RUN_TESTS(tests);
}
