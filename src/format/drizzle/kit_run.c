#include "kit_run.h"

#include "moonbird/base/json.h"
#include "moonbird/base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const size_t most_output = (size_t)16 << 20;

/* ---- running it ---- */

char *mb_kit_scratch(void)
{
    return mb_format(".moonbird/drizzle-%ld", (long)getpid());
}

mb_kit_run mb_kit_run_new(const mb_drizzle_kit *kit, const char *name, const char *scratch,
                          const char *part)
{
    return (mb_kit_run){
        .kit = kit,
        .name = name,
        .out = mb_format("%s/%s", scratch, part),
        .config = kit->config ? mb_format("%s/%s.ts", scratch, part) : NULL,
    };
}

void mb_kit_run_free(mb_kit_run *run)
{
    free(run->out);
    free(run->config);
}

/*
 * drizzle-kit takes no option beside --config that would name another folder.  So a configuration
 * is made from the project's one, which stays where it is: its paths may be relative to itself.
 */
static bool write_config(const mb_kit_run *run, mb_error *err)
{
    const char *base = run->kit->config;
    char *from = base[0] == '/' ? mb_strdup(base) : mb_format("../../%s", base);
    mb_buf text = {0};
    bool ok;

    mb_buf_puts(&text, "import base from ");
    mb_json_add_string(&text, from, strlen(from));
    mb_buf_puts(&text, ";\nexport default { ...base, out: ");
    mb_json_add_string(&text, run->out, strlen(run->out));
    mb_buf_puts(&text, " };\n");
    ok = mb_file_write(run->config, text.data, text.len, true, err);
    free(from);
    mb_buf_free(&text);
    return ok;
}

static size_t count(const char *const *words)
{
    size_t n = 0;

    while (words[n])
        n++;
    return n;
}

static void add_words(const char **argv, size_t *n, const char *const *words)
{
    size_t more = count(words);

    memcpy(argv + *n, words, more * sizeof *words);
    *n += more;
    argv[*n] = NULL;
}

/* The caller frees the array, whose words are borrowed. */
static const char **make_argv(const mb_kit_run *run)
{
    const mb_drizzle_kit *kit = run->kit;
    const char *own[] = {"generate",
                         "--name",
                         run->name,
                         run->config ? "--config" : "--out",
                         run->config ? run->config : run->out,
                         NULL};
    const char *custom[] = {run->custom ? "--custom" : NULL, NULL};
    const char *hints[] = {run->hints ? "--output" : NULL, "json", "--hints-file", run->hints,
                           NULL};
    const char *const *const all[] = {kit->program, own, custom, hints, kit->options};
    size_t n = 0, most = 1;
    const char **argv;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        most += count(all[i]);
    argv = mb_alloc(most * sizeof *argv);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        add_words(argv, &n, all[i]);
    return argv;
}

bool mb_kit_run_start(mb_program_end *end, const mb_kit_run *run, mb_error *err)
{
    const char **argv = make_argv(run);
    const mb_program program = {.argv = argv, .folder = run->kit->root, .most = most_output};
    bool ok;

    *end = (mb_program_end){0};
    ok = (!run->config || write_config(run, err)) && mb_program_run(end, &program, err);
    free(argv);
    return ok;
}

bool mb_kit_fail_output(mb_error *err, const mb_kit_run *run, const char *missing,
                        const mb_program_end *end)
{
    mb_buf said = {0};

    mb_buf_add(&said, end->out.data, end->out.len);
    mb_buf_add(&said, end->err.data, end->err.len);
    while (said.len && isspace((unsigned char)said.data[said.len - 1]))
        said.data[--said.len] = '\0';
    mb_fail(err, MB_ERR_FAILED, "drizzle-kit generate wrote no %s, so no migration was written",
            missing);
    mb_fail_detail(err, "%s", said.len ? mb_buf_str(&said) : "It printed nothing.");
    mb_buf_free(&said);
    return mb_fail_hint(err,
                        "moonbird runs drizzle-kit in a scratch folder, and takes what it writes "
                        "there. Make \"drizzle-kit generate%s\" work in this project, and generate "
                        "again.",
                        run->custom ? " --custom" : "");
}

/* ---- the two commands of drizzle-kit ---- */

/* Skips what may differ between the two texts: white space, and breakpoints. */
static const char *skip_between(const char *s)
{
    static const char breakpoint[] = "--> statement-breakpoint";

    for (;; s++) {
        if (strncmp(s, breakpoint, sizeof breakpoint - 1) == 0)
            s += sizeof breakpoint - 2;
        else if (!isspace((unsigned char)*s))
            return s;
    }
}

static bool is_same_sql(const char *a, const char *b)
{
    for (;; a++, b++) {
        a = skip_between(a);
        b = skip_between(b);
        if (*a != *b || !*a)
            return *a == *b;
    }
}

/* drizzle-kit export 0.31 ignores `casing`, so it names columns that the application does not. */
bool mb_kit_check_export(const mb_buf *generated, const char *exported, mb_error *err)
{
    if (is_same_sql(mb_buf_str(generated), exported))
        return true;
    mb_fail(err, MB_ERR_FAILED,
            "drizzle-kit export and drizzle-kit generate disagree about the schema, so no migration "
            "was written");
    return mb_fail_hint(err, "drizzle-kit 0.31 export ignores the option casing: name the columns "
                             "in the schema instead. Otherwise compare what the two commands "
                             "print.");
}

/* ---- files ---- */

bool mb_kit_read(mb_buf *text, const char *folder, const char *name, mb_error *err)
{
    char *path = mb_path_join(folder, name);
    bool ok = mb_file_read(text, path, err);

    free(path);
    return ok;
}

bool mb_kit_copy(const char *from, const char *to, const char *name, mb_error *err)
{
    char *path = mb_path_join(to, name);
    mb_buf text = {0};
    bool ok = mb_kit_read(&text, from, name, err) &&
              mb_file_write(path, mb_buf_str(&text), text.len, false, err);

    mb_buf_free(&text);
    free(path);
    return ok;
}

bool mb_kit_write(mb_names *paths, const mb_kit_file *files, size_t n, mb_error *err)
{
    bool ok = true;

    for (size_t i = 0; ok && i < n; i++) {
        const mb_kit_file *file = &files[i];

        if (!file->text)
            continue;
        ok = mb_file_write(file->path, file->text, file->len, file->replace, err);
        if (ok)
            mb_names_add(paths, mb_strdup(file->path));
    }
    for (size_t i = 0; !ok && i < paths->n; i++)
        unlink(paths->items[i]);
    if (!ok)
        mb_names_free(paths);
    return ok;
}

void mb_kit_files_free(mb_kit_file *files, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(files[i].path);
}
