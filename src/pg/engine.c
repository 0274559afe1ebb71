#include "moonbird/pg/engine.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The first version of YugabyteDB with advisory locks. */
enum { YUGABYTE_YEAR = 2025, YUGABYTE_RELEASE = 1 };

static bool reports(const mb_login_facts *facts, const char *name)
{
    return facts->parameter(facts->self, name) != NULL;
}

static bool is_cockroach(const mb_login_facts *facts)
{
    return reports(facts, "crdb_version");
}

static bool is_redshift(const mb_login_facts *facts)
{
    return reports(facts, "padb_version");
}

static bool is_crate(const mb_login_facts *facts)
{
    return reports(facts, "crate_version");
}

/* CLUSTER.dsql.REGION.on.aws: the server reports nothing that PostgreSQL does not report. */
static bool is_dsql(const mb_login_facts *facts)
{
    static const char end[] = ".on.aws";
    size_t len = strlen(facts->host), tail = sizeof end - 1;

    return len > tail && strcasecmp(facts->host + len - tail, end) == 0 &&
           strcasestr(facts->host, ".dsql.");
}

/* Its server_version is "15.2-YB-2025.1.0.0-b0"; releases before 2024 have other numbers, 2.20. */
static bool is_old_yugabyte(const mb_login_facts *facts)
{
    static const char mark[] = "-YB-";
    const char *version = facts->parameter(facts->self, "server_version");
    const char *own = version ? strstr(version, mark) : NULL;
    int year = 0, release = 0;

    if (!own)
        return false;
    sscanf(own + sizeof mark - 1, "%d.%d", &year, &release);
    return year < YUGABYTE_YEAR || (year == YUGABYTE_YEAR && release < YUGABYTE_RELEASE);
}

static const struct {
    const char *name, *lacks;
    bool (*is)(const mb_login_facts *facts);
} refused[] = {
    {"CockroachDB",
     "Its advisory locks have no effect, so two moonbird processes could apply the same migration "
     "at once.",
     is_cockroach},
    {"Amazon Redshift",
     "It has no advisory locks, so two moonbird processes could apply the same migration at once.",
     is_redshift},
    {"CrateDB",
     "It has no transactions, so a migration and its row in the history cannot be committed "
     "together.",
     is_crate},
    {"Aurora DSQL",
     "A transaction there can have one DDL statement or changes of rows, but not both, so a "
     "migration and its row in the history cannot be committed together.",
     is_dsql},
    {"YugabyteDB before 2025.1",
     "It has no advisory locks, so two moonbird processes could apply the same migration at once.",
     is_old_yugabyte},
};

const char *mb_engine_refused(const char **lacks, const mb_login_facts *facts)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (refused[i].is(facts)) {
            *lacks = refused[i].lacks;
            return refused[i].name;
        }
    return NULL;
}

static const char *parameter_of(const void *conn, const char *name)
{
    return mb_conn_setting(conn, name);
}

bool mb_conn_check_engine(const mb_conn *conn, mb_error *err)
{
    const mb_login_facts facts = {mb_conn_host(conn), parameter_of, conn};
    const char *lacks, *name = mb_engine_refused(&lacks, &facts);

    if (!name)
        return true;
    mb_fail(err, MB_ERR_FAILED, "moonbird does not work with %s", name);
    mb_fail_detail(err, "%s", lacks);
    return mb_fail_hint(err, MB_ENGINES_HINT);
}
