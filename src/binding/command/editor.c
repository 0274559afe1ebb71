/*
 * editor.c -- the only user of libedit.
 *
 * The library is loaded when the first line is read, because linking to it would make the start of
 * every other command a fifteenth slower.  Its own interface is used, not that of readline, where
 * Ctrl-C is a signal that has to jump out of the library; here Ctrl-C is a key.
 */
#include "editor.h"

#include "moonbird/os/print.h"
#include "moonbird/base/mem.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIBRARY "libedit.so.2"

enum { REMEMBERED = 1000 };

#define FUNCTIONS(DO)                                                                              \
    DO(el_init)                                                                                    \
    DO(el_end)                                                                                     \
    DO(el_set)                                                                                     \
    DO(el_wset)                                                                                    \
    DO(el_get)                                                                                     \
    DO(el_gets)                                                                                    \
    DO(el_line)                                                                                    \
    DO(el_insertstr)                                                                               \
    DO(el_source)                                                                                  \
    DO(history_init)                                                                               \
    DO(history_end)                                                                                \
    DO(history)

/* The functions of the library, after it was loaded. */
static struct {
#define MEMBER(name) __typeof__(name) *name;
    FUNCTIONS(MEMBER)
} lib;

static bool load_library(mb_error *err)
{
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

#define LOAD(name) (*(void **)&lib.name = dlsym(handle, #name)) &&
    if (handle && FUNCTIONS(LOAD) true)
        return true;
    mb_fail(err, MB_ERR_FILE, "cannot load " LIBRARY ", which edits lines at a terminal");
    mb_fail_detail(err, "%s", dlerror());
    return mb_fail_hint(err, "Install it (Debian: libedit2), or give the input in a file or a "
                             "pipe.");
}

struct mb_editor {
    EditLine *line;
    History *history;
    char *path; /* of the history file; NULL: there is none */
    mb_completer completer;
    const char *prompt;
    mb_buf text;
    bool cancelled;
};

static mb_editor *editor_of(EditLine *line)
{
    void *self = NULL;

    lib.el_get(line, EL_CLIENTDATA, &self);
    return self;
}

static char *push_prompt(EditLine *line)
{
    return (char *)editor_of(line)->prompt;
}

static unsigned char on_cancel(EditLine *line, int key)
{
    (void)key;
    editor_of(line)->cancelled = true;
    return CC_EOF;
}

/* ---- completion ---- */

/* The length of the beginning that all words share, in bytes; it ends after a whole character. */
static size_t common_length(const mb_names *words)
{
    size_t n = strlen(words->items[0]);

    for (size_t i = 1; i < words->n; i++) {
        size_t same = 0;

        while (same < n && words->items[0][same] == words->items[i][same])
            same++;
        n = same;
    }
    while (n > 0 && (words->items[0][n] & 0xC0) == 0x80)
        n--;
    return n;
}

static void show_words(const mb_names *words)
{
    enum { MOST = 100 };
    mb_buf out = {0};

    mb_buf_putc(&out, '\n');
    for (size_t i = 0; i < words->n && i < MOST; i++)
        mb_buf_printf(&out, "%s%s", i ? "  " : "", words->items[i]);
    if (words->n > MOST)
        mb_buf_printf(&out, "  and %zu more", words->n - MOST);
    mb_buf_putc(&out, '\n');
    mb_print(out.data, out.len);
    mb_buf_free(&out);
}

/* Inserts the rest of the beginning that all words share; if there is none, shows the words. */
static unsigned char offer(EditLine *line, const mb_names *words, size_t typed)
{
    size_t common = words->n ? common_length(words) : 0;
    char *more;

    if (words->n == 0)
        return CC_ERROR;
    if (common <= typed) {
        if (words->n > 1)
            show_words(words);
        return CC_REDISPLAY;
    }
    more = mb_format("%.*s", (int)(common - typed), words->items[0] + typed);
    lib.el_insertstr(line, more);
    free(more);
    return CC_REFRESH;
}

static unsigned char on_complete(EditLine *line, int key)
{
    const mb_completer *completer = &editor_of(line)->completer;
    const LineInfo *now = lib.el_line(line);
    mb_names words = {0};
    size_t typed = completer->complete(completer->self, now->buffer,
                                       (size_t)(now->cursor - now->buffer), &words);
    unsigned char result = offer(line, &words, typed);

    (void)key;
    mb_names_free(&words);
    return result;
}

/* ---- history ---- */

/* Creates the file before libedit writes to it, so that others can never read it. */
static bool make_private(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && fchmod(fd, 0600) == 0;

    if (fd >= 0)
        close(fd);
    return ok;
}

static bool keep_in(const char *path)
{
    char *folder = mb_path_dir(path);
    mb_error err;
    bool ok = mb_folder_make(folder, &err) && make_private(path);

    free(folder);
    return ok;
}

static void open_history(mb_editor *e, const char *path)
{
    HistEvent event;

    e->history = lib.history_init();
    lib.history(e->history, &event, H_SETSIZE, REMEMBERED);
    lib.history(e->history, &event, H_SETUNIQUE, 1);
    if (!path || !keep_in(path))
        return;
    e->path = mb_strdup(path);
    lib.history(e->history, &event, H_LOAD, path);
}

void mb_editor_remember(mb_editor *e, const char *text)
{
    HistEvent event;

    lib.history(e->history, &event, H_ENTER, text);
    if (e->path)
        lib.history(e->history, &event, H_SAVE, e->path);
}

/* ---- lines ---- */

static void bind_keys(EditLine *line)
{
    /* el_wset keeps pointers to the names; el_set would make copies, and leak them. */
    lib.el_wset(line, EL_ADDFN, L"moonbird-complete", L"complete the word", on_complete);
    lib.el_wset(line, EL_ADDFN, L"moonbird-cancel", L"cancel the input", on_cancel);
    lib.el_set(line, EL_BIND, "^I", "moonbird-complete", NULL);
    lib.el_set(line, EL_BIND, "^C", "moonbird-cancel", NULL);
    lib.el_set(line, EL_BIND, "^R", "em-inc-search-prev", NULL);
    lib.el_set(line, EL_SETTY, "-d", "-isig", NULL); /* Ctrl-C is a key while a line is edited */
}

bool mb_editor_open(mb_editor **out, const char *history_path, const mb_completer *completer,
                    mb_error *err)
{
    mb_editor *e;

    if (!load_library(err))
        return false;
    e = mb_alloc(sizeof *e);
    setlocale(LC_CTYPE, ""); /* libedit decodes characters with this locale */
    e->completer = *completer;
    e->prompt = "";
    e->line = lib.el_init("moonbird", stdin, stdout, stderr);
    lib.el_set(e->line, EL_CLIENTDATA, e);
    lib.el_set(e->line, EL_PROMPT, push_prompt);
    lib.el_set(e->line, EL_SIGNAL, 1);
    lib.el_set(e->line, EL_EDITOR, "emacs");
    open_history(e, history_path);
    lib.el_set(e->line, EL_HIST, lib.history, e->history);
    lib.el_source(e->line, NULL);
    bind_keys(e->line);
    *out = e;
    return true;
}

void mb_editor_close(mb_editor *e)
{
    if (!e)
        return;
    lib.el_end(e->line);
    lib.history_end(e->history);
    free(e->path);
    mb_buf_free(&e->text);
    free(e);
}

mb_line mb_editor_read(mb_editor *e, const char *prompt, const char **text)
{
    const char *line;
    int n = 0;

    e->prompt = prompt;
    e->cancelled = false;
    line = lib.el_gets(e->line, &n);
    e->prompt = "";
    if (e->cancelled)
        mb_print("^C\n", 3);
    if (!line || n <= 0) {
        if (!e->cancelled)
            mb_print("\n", 1);
        return e->cancelled ? MB_LINE_CANCELLED : MB_LINE_END;
    }
    mb_buf_clear(&e->text);
    mb_buf_add(&e->text, line, (size_t)n - (line[n - 1] == '\n'));
    *text = mb_buf_str(&e->text);
    return MB_LINE_TEXT;
}
