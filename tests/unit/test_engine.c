#include "moonbird/pg/engine.h"
#include "test.h"

#include <string.h>

/* One parameter, "NAME=VALUE", beside a server_version. */
typedef struct report {
    const char *server_version, *other;
} report;

static const char *parameter(const void *self, const char *name)
{
    const report *r = self;
    size_t len = strlen(name);

    if (strcmp(name, "server_version") == 0)
        return r->server_version;
    return r->other && strncmp(r->other, name, len) == 0 && r->other[len] == '='
               ? r->other + len + 1
               : NULL;
}

static void test_engine__is_told_from_what_it_reports(void **state)
{
    static const struct {
        const char *host;
        report reported;
        const char *refused;
    } cases[] = {
        {"db.example.com", {"15.18 (Debian 15.18-0+deb12u1)", NULL}, NULL},
        {"/run/postgresql", {"18.4", "search_path=public"}, NULL},
        {"ep-a.eu-central-1.aws.neon.tech", {"17.5", NULL}, NULL},
        {"db", {NULL, NULL}, NULL},
        {"db", {"13.0.0", "crdb_version=CockroachDB CCL v23.1.0"}, "CockroachDB"},
        {"db", {"8.0.2", "padb_version=1.0.94844"}, "Amazon Redshift"},
        {"db", {"14.0", "crate_version=5.10.1"}, "CrateDB"},
        {"abc123.dsql.us-east-1.on.aws", {"16", NULL}, "Aurora DSQL"},
        {"abc123.DSQL.eu-west-1.on.AWS", {"16", NULL}, "Aurora DSQL"},
        {"abc.cluster-ro.us-east-1.rds.amazonaws.com", {"16.4", NULL}, NULL},
        {"a.dsql.example.com", {"16.4", NULL}, NULL},
        {".on.aws", {"16.4", NULL}, NULL},
        {"db", {"11.2-YB-2.20.1.0-b0", NULL}, "YugabyteDB before 2025.1"},
        {"db", {"15.2-YB-2.25.2.0-b0", NULL}, "YugabyteDB before 2025.1"},
        {"db", {"11.2-YB-2024.2.4.0-b0", NULL}, "YugabyteDB before 2025.1"},
        {"db", {"15.12-YB-2025.1.0.1-b0", NULL}, NULL},
        {"db", {"15.12-YB-2025.2.0.0-b0", NULL}, NULL},
        {"db", {"15.12-YB-2026.1.0.0-b0", NULL}, NULL},
        {"db", {"15.12-YB-", NULL}, "YugabyteDB before 2025.1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mb_login_facts facts = {cases[i].host, parameter, &cases[i].reported};
        const char *lacks = NULL, *name = mb_engine_refused(&lacks, &facts);

        current_case = cases[i].reported.server_version;
        if (!cases[i].refused) {
            assert_null(name);
            continue;
        }
        assert_non_null(name);
        assert_string_equal(name, cases[i].refused);
        assert_non_null(lacks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine__is_told_from_what_it_reports),
    };

    return RUN_TESTS(tests);
}
