/* Runs each spec of this folder as `moonbird run` runs a script, in a separate schema. */
#include "binding/binding.h"

#include "moonbird/base/json.h"
#include "moonbird/os/log.h"
#include "server.h"

#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static mb_script_env world = {
    .root = ".", .lib = "tests/lua/lib", .openers = &mb_lua_openers, .memory = 64 << 20};
static const mb_setting args[] = {{"tenant", "o'neil", NULL}};
static const mb_call call = {.name = "spec",
                             .stream = "manual",
                             .direction = "up",
                             .command = "run",
                             .environment = "test",
                             .attempt = 1,
                             .args = args,
                             .n_args = COUNT(args)};

static void run_spec(void **state)
{
    mb_error err = {0};
    bool ok = mb_lua_run_file(&world, current_case, *state, &call, NULL, &err);

    if (!ok)
        mb_log_error(MB_LOG_ERROR, &err);
    assert_true(ok);
}

/* Configure the server under other names, and a grant, as a moonbird.lua would. */
static int start(void **state)
{
    static mb_buf config;

    if (start_server(state) != 0)
        return -1;
    mb_buf_puts(&config, "{\"databases\":{\"none\":{},\"other\":{\"url\":");
    mb_json_add_string(&config, server_conninfo(), strlen(server_conninfo()));
    mb_buf_puts(&config, "},\"writable\":{\"writable\":true,\"url\":");
    mb_json_add_string(&config, server_conninfo(), strlen(server_conninfo()));
    mb_buf_puts(&config, "}},\"grants\":{\"tests/lua/grants_spec.lua\":[\"exec\",\"fs\"]}}");
    world.config = config.data;
    return 0;
}

static glob_t specs;
static size_t next_spec;

static int open_spec(void **state)
{
    current_case = specs.gl_pathv[next_spec++];
    return open_schema(state);
}

/* test_scripts [PATTERN] */
int main(int argc, char **argv)
{
    struct CMUnitTest *tests;
    int failed;

    if (glob(argc > 1 ? argv[1] : "tests/lua/*_spec.lua", 0, NULL, &specs) != 0)
        return 1;
    mb_log_set_threshold(MB_LOG_WARN);
    mb_color_set(MB_COLOR_NEVER);
    signal(SIGPIPE, SIG_IGN); /* as main has it */
    tests = calloc(specs.gl_pathc, sizeof *tests);
    for (size_t i = 0; i < specs.gl_pathc; i++)
        tests[i] = (struct CMUnitTest){specs.gl_pathv[i], run_spec, open_spec, close_schema, NULL};
    failed =
        _cmocka_run_group_tests("scripts", tests, specs.gl_pathc, start, report_and_stop);
    free(tests);
    globfree(&specs);
    return failed;
}
