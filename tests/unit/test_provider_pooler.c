#include "pg/pooler/provider_pooler.h"
#include "test.h"

static void test_direct_address__is_told_from_the_address_of_a_pooler(void **state)
{
    static const struct {
        const char *host, *port, *user, *direct;
    } cases[] = {
        {"ep-cool-sun-123456-pooler.eu-central-1.aws.neon.tech", "5432", "app",
         "ep-cool-sun-123456.eu-central-1.aws.neon.tech, port 5432"},
        {"EP-A-POOLER.c-2.us-east-1.aws.Neon.Tech", "5432", "app",
         "EP-A.c-2.us-east-1.aws.Neon.Tech, port 5432"},
        {"aws-0-eu-central-1.pooler.supabase.com", "6543", "postgres.abcdef",
         "db.abcdef.supabase.co, port 5432"},
        {"aws-0-eu-central-1.pooler.supabase.com", "5432", "postgres.abcdef",
         "db.abcdef.supabase.co, port 5432"},
        {"aws-0-eu-central-1.pooler.supabase.com", "6543", "postgres",
         "db.PROJECT.supabase.co, port 5432"},
        {"db.abcdef.supabase.co", "6543", "postgres", "db.abcdef.supabase.co, port 5432"},
        {"db.abcdef.supabase.co", "5432", "postgres", ""},
        {"ep-cool-sun-123456.eu-central-1.aws.neon.tech", "5432", "app", ""},
        {"-pooler.eu-central-1.aws.neon.tech", "5432", "app", ""},
        {"ep-a-pooler.example.com", "5432", "app", ""},
        {"ep-a.x-pooler.neon.tech", "5432", "app", ""},
        {"/run/postgresql", "6543", "app", ""},
        {"", "", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char direct[MB_DIRECT_SIZE];

        current_case = cases[i].host;
        assert_int_equal(
            mb_direct_address(direct, cases[i].host, cases[i].port, cases[i].user),
            cases[i].direct[0] != '\0');
        assert_string_equal(direct, cases[i].direct);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_direct_address__is_told_from_the_address_of_a_pooler),
    };

    return RUN_TESTS(tests);
}
