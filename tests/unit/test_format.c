#include "moonbird/format/format.h"
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
    {"-- atlas:txtar", "Atlas"},
    {"-- atlas:nolint", NULL},
    {"-- moonbird:down", NULL},
    {"--\u00A0moonbird:down", "an invisible character, or one that looks like a space"},
    {"-- \u2003moonbird:down", "an invisible character, or one that looks like a space"},
    {"-- \u200Bmoonbird: transaction=off",
     "an invisible character, or one that looks like a space"},
    {"-- moonbird\u200B:down", "moonbird"},
    {"-- \uFEFFMoonbird:down", "moonbird"},
    {"--\x01moonbird:down", "an invisible character, or one that looks like a space"},
    {"/*\u00A0moonbird:down */", "moonbird"},
    {"-- moonbird: description=a\u00A0b", NULL},
    {"-- \u00E9t\u00E9\u00A0: \u98DB\u3000", NULL},
    {"--\u00A0+goose Down", "goose"},
    {"-- migrate:\u200Bdown\uFEFF", NULL},
    {"--moonbird:down", NULL},
    {"-- moonbird: transaction=off", NULL},
    {"-- Moonbird:down", "moonbird"},
    {"-- moonbird :down", "moonbird"},
    {"--- moonbird:down", "moonbird"},
    {"-- moonbird-down", "moonbird"},
    {"-- moonbird down", "moonbird"},
    {"-- @moonbird down", "moonbird"},
    {"-- +moonbird Down", "moonbird"},
    {"-- MOONBIRD: requires=0001_a", "moonbird"},
    {"-- moonbird transaction=off", "moonbird"},
    {"/* moonbird:down */", "moonbird"},
    {"/* moonbird: transaction=off */", "moonbird"},
    {"-- moonbird goes down, and up", NULL},
    {"-- moonbird", NULL},
    {"-- moonbirds: a table", NULL},
    {"/* what moonbird: does */", NULL},
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
        const char *heading = NULL;
        bool free_of = mb_format_check_comment(comments[i].text, strlen(comments[i].text), NULL,
                                               &heading, &err);

        current_case = comments[i].text;
        if (free_of != !comments[i].says ||
            (comments[i].says && !strstr(err.message, comments[i].says)))
            fail_msg("%s", free_of ? "nothing" : err.message);
        if (!free_of)
            assert_true(err.hint[0]);
    }
    current_case = NULL;
}

/* Comments that can head a down part. */
static const struct {
    const char *text;
    bool heads;
} headings[] = {
    {"-- Down", true},
    {"--down", true},
    {"-- //@UNDO", true},
    {"-- ==== DOWN ====", true},
    {"-- !Downs", true},
    {"-- +micrate Down", true},
    {"-- +pogo Down", true},
    {"--+my-tool_2 down", true},
    {"-- +pogo Up", false},
    {"-- +pogo Down payments", false},
    {"-- pogo:down", true},
    {"--pogo:rollback", true},
    {"-- pogo:", false},
    {"-- + down", true},
    {"-- +", false},
    {"-- Write your down sql below", true},
    {"-- Add DOWN migration script here", true},
    {"-- put your rollback code here", true},
    {"-- The down part goes here", true},
    {"-- Write your up sql below", false},
    {"-- rambler down", true},
    {"-- Rollback:", true},
    {"-- migrate: down", true},
    {"-- down.sql --", true},
    {"-- name: down", true},
    {"-- dbmate:down", true},
    {"-- +mig Down", true},
    {"-- DOWN (rollback)", true},
    {"-- Down part", true},
    {"-- drop", true},
    {"-- DROP:", true},
    {"-- drop the old table", false},
    {"-- drop this", false},
    {"-- Rollback 0001", true},
    {"-- 0001 down", true},
    {"-- downSQL", true},
    {"-- Rollback of 0001_users", false},
    {"-- 0001", false},
    {"-- rollback migration", true},
    {"-- Roll back", true},
    {"-- Downgrade:", true},
    {"-- reverse migration", true},
    {"-- Revert", true},
    {"-- backwards", true},
    {"-- tear down", true},
    {"/* DOWN MIGRATION */", true},
    {"-- migrations/0001_a_rollback.sql", true},
    {"-- 0001_a.down.sql ", true},
    {"-- run 0001_a_rollback.sql to go back", false},
    {"-- migrations/0001_a.sql", false},
    {"-- To roll back:", true},
    {"-- to undo this migration", true},
    {"-- To revert, run:", true},
    {"-- How to roll back", true},
    {"-- In case of rollback:", true},
    {"-- ROLLBACK INSTRUCTIONS", true},
    {"-- Rollback steps:", true},
    {"-- ===== ROLLBACK (IF NEEDED) =====", true},
    {"-- Rollback (run by hand)", true},
    {"-- The down part", true},
    {"-- end of up, begin of down", true},
    {"-- def downgrade():", true},
    {"-- Undo changes:", true},
    {"-- Reverting:", true},
    {"-- SQL in section 'Down' is executed when this migration is rolled back", true},
    {"-- Undo the damage of 0003", false},
    {"-- Revert the price change of March", false},
    {"-- the user can undo this", false},
    {"-- Down payments", false},
    {"-- The undo log", false},
    {"-- how to run this migration", false},
    {"-- migration", false},
    {"-- roll", false},
    {"-- downs are counted", false},
    {"-- down: drop table a", false},
    {"-- Reverse geocoding", false},
    {"-- sql", false},
    {"-- Up", false},
    {"-- the price goes down", false},
    {"-- \u200BDown", true},
    {"--\u3000Roll\u00A0back", true},
    {"-- rollback is not possible", false},
    {"-- a name that is far too long for the words of a heading", false},
    {"--", false},
};

static void test_format__knows_headings(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(headings); i++) {
        mb_error err = {0};
        const char *heading = NULL;

        current_case = headings[i].text;
        assert_true(mb_format_check_comment(headings[i].text, strlen(headings[i].text), NULL,
                                            &heading, &err));
        assert_int_equal(heading != NULL, headings[i].heads);
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
    {"2014_10_12_000000_create_users_table.php", "Laravel"},
    {"20240101000000_Init.cs", "Entity Framework"},
    {"20240101-a.edn", "programs"},
    {"0001_a.sh", "programs"},
    {"build.sh", NULL},
    {"0001_a.json", NULL},
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
        cmocka_unit_test(test_format__knows_headings),
        cmocka_unit_test(test_format__knows_names),
    };

    return RUN_TESTS(tests);
}
