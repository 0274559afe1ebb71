/*
 * Any contents of moonbird.lua give settings that can be used, or an error with its place, within
 * the limits of time and memory.
 */
#include "moonbird/policy/environment.h"
#include "moonbird/project/settings.h"
#include "fuzz.h"

#include "binding/command/session.h"

#include "moonbird/os/interrupt.h"
#include "moonbird/os/log.h"
#include "moonbird/base/utf8.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void in_use(const mb_settings *s)
{
    PROMISE(*s->migrations && *s->manual && strcmp(s->migrations, s->manual) != 0);
    PROMISE(*s->schema && strlen(s->schema) < 64 && *s->backups);
    PROMISE(s->retries >= 0);
    for (size_t i = 0; i < s->n_environments; i++) {
        PROMISE(s->environments[i].name != NULL);
        PROMISE(i == 0 || strcmp(s->environments[i - 1].name, s->environments[i].name) < 0);
    }
}

static int read_configuration(lua_State *L)
{
    mb_session *s = lua_newuserdatauv(L, sizeof *s, SESSION_DB);

    *s = (mb_session){0};
    lua_newtable(L);
    lua_setiuservalue(L, -2, SESSION_TEXT);
    s->env = *mb_lua_env(L);
    mb_config_read(L, lua_gettop(L), lua_touserdata(L, 1));
    in_use(&s->settings);
    return 0;
}

/*
 * The clock by which a script's time is limited.  SIGALRM stays libFuzzer's: every 600 s it looks.
 */
static void start_clock(void)
{
    struct sigaction theirs;

    sigaction(SIGALRM, NULL, &theirs);
    mb_interrupt_install();
    sigaction(SIGALRM, &theirs, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const mb_script_env world = {
        .root = ".", .lib = "scripts/lib", .openers = &mb_lua_openers, .memory = 16 << 20};
    int file = memfd_create("configuration", MFD_CLOEXEC);
    mb_lua *lua = NULL;
    static bool ticking;
    mb_deadline before;
    char path[32];
    mb_error err;

    mb_log_set_threshold(MB_LOG_ERROR); /* print and moonbird.log are the file's to use */
    PROMISE(file >= 0 && (size == 0 || write(file, data, size) == (ssize_t)size));
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    PROMISE(mb_lua_open(&lua, MB_LUA_SCRIPT, &world, &err));
    if (!ticking)
        start_clock();
    ticking = true;
    before = mb_time_limit(200);
    if (!mb_lua_enter(lua, read_configuration, path, &err))
        PROMISE(err.code != MB_OK && err.message[0] && mb_text_bad(err.message, strlen(err.message)) == strlen(err.message));
    mb_time_limit_back(before);
    mb_lua_close(lua);
    close(file);
    return 0;
}
