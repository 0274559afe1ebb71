/* Scripts through mb_host, as the core sees them: files, errors, arguments, interrupts. */
#include "binding/binding.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/color.h"
#include "moonbird/os/log.h"
#include "server.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const mb_script_env world = {
    .root = ".", .lib = "tests/lua/lib", .openers = &mb_lua_openers};

static bool load(mb_chunk **out, const mb_host *host, const char *text, size_t len, mb_error *err)
{
    mb_lua_host((mb_host *)host, &world);
    *err = (mb_error){0};
    return host->load(host->self, out, "migrations/0001_x.lua", text, len, err);
}

static void test_host__a_file_that_is_no_migration_says_what_is_wrong(void **state)
{
    static const struct {
        const char *text, *message, *hint;
        int line;
        mb_code code;
    } cases[] = {
        {"return 1 +", "unexpected symbol near <eof>", "", 1, MB_ERR_FILE},
        {"\n\nlocal = 1", "<name> expected near '='", "", 3, MB_ERR_FILE},
        {"SELECT 1;", "syntax error near '1'", "", 1, MB_ERR_FILE},
        {"\033Lua\x54", "the file is compiled Lua, but moonbird loads only source"
                        " text", "", 0, MB_ERR_FILE},
        {"", "the file returns nothing", "A migration must end with", 0, MB_ERR_FILE},
        {"return 7", "the file returns a number, not a table", "A migration", 0, MB_ERR_FILE},
        {"return function() end", "the file returns a function, not a table", "A migration", 0,
         MB_ERR_FILE},
        {"return {}", "the table has no function \"up\"", "", 0, MB_ERR_FILE},
        {"return { up = 1 }", "\"up\" must be a function, not number", "", 1, MB_ERR_FILE},
        {"return { up = moonbird.irreversible 'x' }", "\"up\" must be a function, not userdata", "",
         1, MB_ERR_FILE},
        {"return { upp = print }", "unknown key \"upp\"", "Did you mean \"up\"?", 1, MB_ERR_FILE},
        {"return { up = print, lock_timout = 1 }", "unknown key \"lock_timout\"",
         "Did you mean \"lock_timeout\"?", 1, MB_ERR_FILE},
        {"return { print }", "unknown key \"[a number]\"", "", 0, MB_ERR_FILE},
        {"return { up = print, backfils = {} }", "unknown key \"backfils\"",
         "Did you mean \"backfills\"?", 1, MB_ERR_FILE},
        {"return { up = print, backfills = {} }", "backfills need transaction = false", "", 0,
         MB_ERR_FILE},
        {"return { up = print, transaction = false, backfills = { x = { tabel = 't' } } }",
         "unknown key of a backfill \"tabel\"", "Did you mean \"table\"?", 0, MB_ERR_USAGE},
        {"return { up = print, description = 1 }", "\"description\" must be a string, not number",
         "", 1, MB_ERR_FILE},
        {"return { up = print, transaction = 'off' }",
         "\"transaction\" must be true or false, not string", "", 1, MB_ERR_FILE},
        {"return { up = print, lock_timeout = -1 }", "\"lock_timeout\" must be milliseconds", "", 1,
         MB_ERR_FILE},
        {"return { up = print, lock_timeout = 1.5 }", "\"lock_timeout\" must be milliseconds", "", 1,
         MB_ERR_FILE},
        {"return { up = print, lock_timeout = 'soon' }", "", "", 1, MB_ERR_FILE},
        {"return { up = print, retries = '1' }", "\"retries\" must be a whole number", "", 1,
         MB_ERR_FILE},
        {"return { up = print, requires = 'x' }", "\"requires\" must be a list", "", 1,
         MB_ERR_FILE},
        {"return { up = print, requires = { first = 'x' } }", "\"requires\" must be a list", "", 1,
         MB_ERR_FILE},
        {"return { up = print, requires = { 1 } }", "\"requires\" must be a string, not number", "",
         1, MB_ERR_FILE},
        {"return { up = print, irreversible = '' }", "\"irreversible\" needs the reason", "", 1,
         MB_ERR_FILE},
        {"return { up = print, down = moonbird.irreversible }", "\"down\" needs the reason", "", 1,
         MB_ERR_FILE},
        {"return { up = print, down = print, irreversible = 'x' }",
         "the migration is irreversible but has a \"down\"", "", 0, MB_ERR_FILE},
        {"return { up = print, args = { a = 1 } }", "\"args\" must be a table of", "", 1,
         MB_ERR_FILE},
        {"return { up = print, args = { a = { requird = 1 } } }",
         "parameter \"a\": unknown key \"requird\"", "Did you mean \"required\"?", 1, MB_ERR_FILE},
        {"local x <close> = nil\n error('no', 0)", "no", "", 0, MB_ERR_SCRIPT},
        {"local t = nil\nreturn t.x", "attempt to index a nil value (local 't')", "", 2,
         MB_ERR_SCRIPT},
        {"error { message = 'mine', hint = 'do' }", "mine", "do", 1, MB_ERR_SCRIPT},
        {"error(setmetatable({}, { __tostring = function() return 'shown' end }))", "shown", "", 1,
         MB_ERR_SCRIPT},
        {"error()", "the script raised an error without a message", "", 1, MB_ERR_SCRIPT},
        {"local t = setmetatable({}, { __tostring = error }) error(t)", "overflow", "", 1,
         MB_ERR_SCRIPT},
        {"local s = 'x' while true do s = s .. s end", "the script needs more than 256 MiB",
         "db:rows", 0, MB_ERR_SCRIPT},
        {"moonbird.log.wran 'x'", "unknown function of moonbird.log \"wran\"",
         "Did you mean \"warn\"?", 1, MB_ERR_USAGE},
    };
    mb_chunk *chunk;
    mb_host host;
    mb_error err;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].text;
        assert_false(load(&chunk, &host, cases[i].text, strlen(cases[i].text), &err));
        if (!strstr(err.message, cases[i].message))
            assert_string_equal(err.message, cases[i].message);
        if (!strstr(err.hint, cases[i].hint))
            assert_string_equal(err.hint, cases[i].hint);
        assert_string_equal(err.file, "migrations/0001_x.lua");
        assert_int_equal(err.line, cases[i].line);
        assert_int_equal(err.code, cases[i].code);
    }
}

static void test_host__what_the_table_says_is_told(void **state)
{
    static const char text[] =
        "\xEF\xBB\xBFreturn { description = 'd', transaction = false, lock_timeout = '2s',"
        " statement_timeout = 250, transaction_timeout = '1h', retries = 3, requires = { 'a', 'b' },"
        " up = print, verify = print, down = moonbird.irreversible 'merged' }";
    const mb_chunk_info *info;
    mb_chunk *chunk;
    mb_host host;
    mb_error err;

    (void)state;
    current_case = NULL;
    assert_true(load(&chunk, &host, text, strlen(text), &err));
    info = host.info(chunk);
    assert_true(info->has[MB_ENTRY_UP]);
    assert_false(info->has[MB_ENTRY_DOWN]);
    assert_true(info->has[MB_ENTRY_VERIFY]);
    assert_string_equal(info->directives.description, "d");
    assert_string_equal(info->directives.irreversible, "merged");
    assert_true(info->directives.no_transaction);
    assert_int_equal(info->directives.lock_timeout_ms, 2000);
    assert_int_equal(info->directives.statement_timeout_ms, 250);
    assert_int_equal(info->directives.transaction_timeout_ms, 3600000);
    assert_int_equal(info->directives.retries, 3);
    assert_int_equal(info->directives.n_requires, 2);
    assert_string_equal(info->directives.requires[1], "b");
    host.free(chunk);
}

static void test_host__an_unsaid_directive_is_unset(void **state)
{
    mb_chunk *chunk;
    mb_host host;
    mb_error err;

    (void)state;
    assert_true(load(&chunk, &host, "return { down = print }", 23, &err));
    assert_int_equal(host.info(chunk)->directives.lock_timeout_ms, MB_UNSET);
    assert_int_equal(host.info(chunk)->directives.retries, MB_UNSET);
    assert_false(host.info(chunk)->directives.no_transaction);
    assert_false(host.info(chunk)->has[MB_ENTRY_UP]);
    assert_true(host.info(chunk)->has[MB_ENTRY_DOWN]);
    host.free(chunk);
}

/* However early memory runs out, it is an error and nothing else. */
static void test_host__little_memory_is_an_error(void **state)
{
    static const char text[] = "local t = {} for i = 1, 100 do t[i] = ('x'):rep(i) end"
                               " return { up = print, requires = { 'a' }, description = 'd' }";
    mb_script_env small = world;
    mb_chunk *chunk;
    bool ok = false;
    mb_host host;
    mb_error err;

    (void)state;
    for (small.memory = 512; !ok; small.memory += 512) {
        mb_lua_host(&host, &small);
        ok = host.load(host.self, &chunk, "x.lua", text, strlen(text), &err);
        if (!ok && !strstr(err.message, "memory"))
            assert_string_equal(err.message, "about memory");
    }
    assert_in_range(small.memory, 16 << 10, 256 << 10);
    host.free(chunk);
}

/* A script does not see changes that an earlier one made to globals or string methods. */
static void test_host__scripts_share_nothing(void **state)
{
    static const char first[] =
        "shared = 1; string.format = nil; math.pi = 3; return { up = print }";
    static const char second[] = "assert(rawget(_G, 'shared') == nil and string.format"
                                 " and ('%d'):format(1) == '1' and math.pi > 3.1)"
                                 " return { up = print }";
    mb_chunk *a, *b;
    mb_host host;
    mb_error err;

    (void)state;
    assert_true(load(&a, &host, first, strlen(first), &err));
    assert_true(load(&b, &host, second, strlen(second), &err));
    host.free(a);
    host.free(b);
}

static bool call_up(mb_conn *conn, const char *text, const mb_setting *args, size_t n,
                    mb_error *err)
{
    const mb_call call = {.name = "0001_x",
                          .stream = "auto",
                          .direction = "up",
                          .command = "up",
                          .environment = "",
                          .attempt = 2,
                          .args = args,
                          .n_args = n};
    mb_chunk *chunk;
    mb_host host;
    bool ok;

    if (!load(&chunk, &host, text, strlen(text), err))
        return false;
    ok = host.call(chunk, MB_ENTRY_UP, conn, &call, err);
    host.free(chunk);
    return ok;
}

static void test_host__declared_arguments_are_told(void **state)
{
    static const char text[] = "return { args = { tenant = { required = true, help = 'whose' },"
                               " key = { secret = true } }, up = print }";
    const mb_chunk_info *info;
    mb_chunk *chunk;
    mb_host host;
    mb_error err;

    (void)state;
    assert_true(load(&chunk, &host, text, strlen(text), &err));
    info = host.info(chunk);
    assert_int_equal(info->n_parameters, 2);
    assert_string_equal(info->parameters[0].name, "key");
    assert_true(info->parameters[0].secret && !info->parameters[0].required);
    assert_null(info->parameters[0].help);
    assert_string_equal(info->parameters[1].name, "tenant");
    assert_true(info->parameters[1].required && !info->parameters[1].secret);
    assert_string_equal(info->parameters[1].help, "whose");
    host.free(chunk);
}

/*
 * An error keeps its code and its fields from the server through Lua to the core. The line is that
 * of the call; without parentheses, Lua 5.4.6 and newer take the line where a long string ends.
 */
static void test_host__errors_come_back_whole(void **state)
{
    static const struct {
        const char *text;
        mb_code code;
        const char *sqlstate, *message, *source;
        int line, caret;
    } cases[] = {
        {"return { up = function(db)\n db:exec([[SELECT\n  1/0, x]])\n end }", MB_ERR_SQL, "42703",
         "column \"x\" does not exist", "  1/0, x", 2, 8},
        {"return { up = function(db)\n local ok, e = pcall(db.exec, db, 'SELEC 1')\n\n error(e) "
         "end }",
         MB_ERR_SQL, "42601", "syntax error at or near \"SELEC\"", "SELEC 1", 2, 1},
        {"return { up = function(db)\n local _, e = db:try(function() db:value('SELECT $1::int', "
         "'x') end)"
         "\n e.message = 'mine: ' .. e.message error(e) end }",
         MB_ERR_SQL, "22P02", "mine: invalid input syntax for type integer: \"x\"", NULL, 2, 0},
        {"return { up = function(db)\n db:exec 'COMMIT' end }", MB_ERR_SCRIPT, "",
         "a script cannot begin or end a transaction with SQL", "", 2, 0},
        {"return { up = function(db)\n\n\n assert(false, 'not so') end }", MB_ERR_SCRIPT, "",
         "not so", "", 4, 0},
        {"return { up = function(db)\n assert(db:value 'SELECT 1' == 2) end }", MB_ERR_SCRIPT, "",
         "assertion failed!", "", 2, 0},
    };
    mb_error err;

    for (size_t i = 0; i < COUNT(cases); i++) {
        current_case = cases[i].text;
        sql(*state, "BEGIN");
        assert_false(call_up(*state, cases[i].text, NULL, 0, &err));
        assert_int_equal(err.code, cases[i].code);
        if (!strstr(err.message, cases[i].message))
            assert_string_equal(err.message, cases[i].message);
        assert_string_equal(err.sqlstate, cases[i].sqlstate);
        if (cases[i].source)
            assert_string_equal(err.source, cases[i].source);
        assert_string_equal(err.file, "migrations/0001_x.lua");
        assert_int_equal(err.line, cases[i].line);
        assert_int_equal(err.caret, cases[i].caret);
        mb_conn_rollback(*state);
    }
    current_case = NULL;
}

static void test_host__a_traceback_has_scripts_alone(void **state)
{
    static const char text[] = "local function deep(db) db:exec 'SELECT 1/0' return 1 end\n"
                               "return { up = function(db)\n"
                               "  for _, f in ipairs { deep } do pcall(tostring, 1) f(db) end\n"
                               "end }";
    mb_error err;

    assert_false(call_up(*state, text, NULL, 0, &err));
    assert_string_equal(err.context, "migrations/0001_x.lua:1: in local \"f\"\n"
                                     "migrations/0001_x.lua:3: in a function");
}

static void test_host__db_is_lent(void **state)
{
    static const char text[] =
        "local kept, rows\n"
        "return {\n"
        " up = function(db)\n"
        "  kept = db\n"
        "  rows = table.pack(db:rows 'SELECT generate_series(1, 1000) AS i')\n"
        "  assert(rows[1](rows[2]).i == 1)\n"
        " end,\n"
        " down = function(db)\n"
        "  assert(not pcall(rows[1], rows[2]))\n"
        "  rows[2]:close()\n"
        "  assert(db:value [[SELECT count(*) FROM pg_cursors WHERE name <> '']] == 0)\n"
        "  kept:exec 'SELECT 1'\n"
        " end }";
    const mb_call call = {
        .name = "x", .stream = "auto", .direction = "up", .command = "up", .environment = ""};
    mb_chunk *chunk;
    mb_host host;
    mb_error err;

    assert_true(load(&chunk, &host, text, strlen(text), &err));
    sql(*state, "BEGIN");
    assert_true(host.call(chunk, MB_ENTRY_UP, *state, &call, &err));
    assert_false(host.call(chunk, MB_ENTRY_DOWN, *state, &call, &err));
    assert_string_equal(err.message, "this connection is no longer valid: the call that it was "
                                     "made for has ended");
    assert_int_equal(err.line, 12);
    mb_conn_rollback(*state);
    host.free(chunk);
}

enum { INTERRUPTED = 77 };

/* Runs in a child: the interrupt flag stays set for the life of a process. */
static int run_interrupted(const char *text)
{
    mb_conn *conn = open_session();
    mb_error err;

    mb_interrupt_install();
    kill(getppid(), SIGUSR1);
    if (call_up(conn, text, NULL, 0, &err))
        return 0;
    mb_conn_close(conn);
    return err.code == MB_ERR_INTERRUPTED ? INTERRUPTED : 1;
}

static void on_ready(int number)
{
    (void)number;
}

static void test_host__an_interrupt_reaches_every_loop(void **state)
{
    static const char *const cases[] = {
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "while true do pcall(error) end",
        "while true do xpcall(function() while true do end end, function() while true do end end) "
        "end",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "while true do pcall(coroutine.wrap(function() while true do end end)) end",
        "while true do local ok, x = db:try(function() while true do end end) end",
        "while true do pcall(db.value, db, 'SELECT 1') end",
        "while true do pcall(db.exec, db, 'SELECT pg_sleep(30)') end",
        "for _ in db:rows 'SELECT generate_series(1, 1000000000000)' do end",
        "local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end })"
        " while true do pcall(function() return t[1] end) end",
        "table.sort({ 1, 2, 3 }, function() while true do end end)",
        "string.gsub(('x'):rep(10), 'x', function() while true do end end)",
        "local x <close> = setmetatable({}, { __close = function() while true do end end }) error "
        "'x'",
        "while true do load(function() while true do end end) end",
        "coroutine.wrap(function() coroutine.wrap(function() while true do end end)() end)()",
        "local co = coroutine.wrap(function() while true do coroutine.yield() end end)"
        " while true do co() end",
        "while true do pcall(moonbird.sleep, 60) end",
        "db:copy('pg_temp.t', { 'i' }, function() while true do end end)",
        "local i = 0 db:copy('pg_temp.t', { 'i' }, function() i = i + 1 return { i } end)",
        "while true do pcall(db.batch, db, function(b) while true do b:exec 'SELECT 1' end end)"
        " end",
        "db:batch(function(b) b:exec 'SELECT pg_sleep(60)' end)",
        "while true do local co = coroutine.create(function() local x <close> = setmetatable({},"
        " { __close = function() while true do end end }) coroutine.yield() end)"
        " coroutine.resume(co) coroutine.close(co)"
        " end", /* NOLINT(bugprone-suspicious-missing-comma)
                                                          */
    };
    sigset_t block, before;
    struct timespec pause = {0, 100000000};

    (void)state;
    signal(SIGUSR1, on_ready);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigprocmask(SIG_BLOCK, &block, &before);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[512];
        int status, number;
        pid_t child;

        current_case = cases[i];
        snprintf(text, sizeof text, "return { up = function(db) db:exec 'CREATE TEMP TABLE t (i"
                                    " int)' %s end }",
                 cases[i]);
        child = fork();
        if (child == 0) {
            mb_log_set_threshold(MB_LOG_ERROR);
            mb_color_set(MB_COLOR_NEVER);
            _exit(run_interrupted(text));
        }
        sigwait(&block, &number);
        nanosleep(&pause, NULL);
        kill(child, SIGINT);
        waitpid(child, &status, 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), INTERRUPTED);
    }
    current_case = NULL;
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* It ends every loop that a signal ends, and the session is as good as before. */
static void test_host__a_time_limit_ends_a_script(void **state)
{
    static const char *const cases[] = {
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        ("while true do db:try(function() coroutine.wrap(function() while true do end end)() end)"
         " end"),
        "db:exec 'SELECT pg_sleep(60)'",
        "moonbird.sleep(60)",
    };
    mb_script_env limited = world;
    mb_error err;

    mb_interrupt_install();
    limited.time_limit_ms = 200;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const mb_call call = {.name = "x", .stream = "auto", .direction = "up", .command = "up",
                              .environment = "", .attempt = 1};
        char text[256];
        mb_chunk *chunk;
        mb_host host;

        current_case = cases[i];
        snprintf(text, sizeof text, "return { up = function(db) %s end }", cases[i]);
        mb_lua_host(&host, &limited);
        assert_true(host.load(host.self, &chunk, "x.lua", text, strlen(text), &err));
        sql(*state, "BEGIN");
        assert_false(host.call(chunk, MB_ENTRY_UP, *state, &call, &err));
        assert_string_equal(err.message, "the script ran longer than its time limit of 0.2 s");
        assert_int_equal(err.code, MB_ERR_SCRIPT);
        mb_conn_rollback(*state);
        assert_int_equal(sql_int(*state, "SELECT 1"), 1);
        host.free(chunk);
    }
    current_case = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host__a_file_that_is_no_migration_says_what_is_wrong),
        cmocka_unit_test(test_host__what_the_table_says_is_told),
        cmocka_unit_test(test_host__an_unsaid_directive_is_unset),
        cmocka_unit_test(test_host__little_memory_is_an_error),
        cmocka_unit_test(test_host__scripts_share_nothing),
        cmocka_unit_test_setup_teardown(test_host__declared_arguments_are_told, open_schema,
                                        close_schema),
        cmocka_unit_test_setup_teardown(test_host__errors_come_back_whole, open_schema,
                                        close_schema),
        cmocka_unit_test_setup_teardown(test_host__a_traceback_has_scripts_alone, open_schema,
                                        close_schema),
        cmocka_unit_test_setup_teardown(test_host__db_is_lent, open_schema, close_schema),
        cmocka_unit_test_setup_teardown(test_host__an_interrupt_reaches_every_loop, open_schema,
                                        close_schema),
        cmocka_unit_test_setup_teardown(test_host__a_time_limit_ends_a_script, open_schema,
                                        close_schema),
    };

    return RUN_SERVER_TESTS(tests);
}
