/*
 * flyway.c -- migrations of Flyway: V1_2__name.sql, with undo files U1_2__name.sql; baseline files
 * B1_2__name.sql; R__name.sql.
 *
 * Names: ResourceNameParser.java, MigrationVersion.java.  A version ends at the first "__"; "_" in
 * it means ".", its parts are compared as integers, and zeros at its end do not count.  Subfolders
 * are searched.
 */
#include "formats.h"
#include "format/settings/placeholders.h"
#include "format/settings/script_config.h"

#include "format/repeatable.h"

#include "moonbird/base/mem.h"
#include "moonbird/base/sort.h"
#include "moonbird/format/names.h"
#include "moonbird/os/probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- names ---- */

/* The length of the version behind the prefix of a file's name; 0: it has none. */
static size_t version_length(const char *file)
{
    const char *version = file + 1, *parted = strstr(file, "__");
    size_t len = strspn(version, "0123456789._");

    if (!*file || !isdigit((unsigned char)*version))
        return 0;
    if (parted && parted <= version + len)
        return (size_t)(parted - version);
    return version[len - 1] == '.' && strcasecmp(version + len, "sql") == 0 ? len - 1 : 0;
}

/* The prefix of a migration's name: 'V', 'U', 'B', 'R'; 0: it is another file. */
static char prefix_of(const char *path)
{
    const char *file = mb_path_base(path);

    if (!mb_path_ends(file, ".sql"))
        return 0;
    if (file[0] == 'R')
        return strncmp(file, "R__", 3) == 0 ? 'R' : 0;
    return *file && strchr("VUB", *file) && version_length(file) ? *file : 0;
}

/* "1_02__x" is version "1.2": without zeros in front of the parts, and without zero parts at the
 * end. */
static char *version_of(const char *path)
{
    const char *file = mb_path_base(path), *s = file + 1;
    size_t len = version_length(file), kept = 0;
    mb_buf out = {0};

    for (const char *end = s + len; s < end;) {
        size_t digits = strspn(s, "0123456789"), zeros = strspn(s, "0");

        zeros = zeros < digits ? zeros : digits ? digits - 1 : 0;
        mb_buf_printf(&out, "%s%.*s", out.len ? "." : "", (int)(digits - zeros), s + zeros);
        kept = digits && s[zeros] != '0' ? out.len : kept;
        s += digits;
        s += s < end;
    }
    if (kept == 0)
        kept = out.len ? 1 : 0;
    mb_buf_putc(&out, '\0');
    out.data[kept] = '\0';
    return out.data;
}

/* V2__fill.lua, or 2_fill.lua */
static char *version_of_lua(const char *file)
{
    return *file == 'V' && version_length(file) ? version_of(file) : mb_number_of(file);
}

static int compare_versions(const char *a, const char *b)
{
    while (*a || *b) {
        int order = !*a ? -1 : !*b ? 1 : mb_compare_numbers(a, b);

        if (order)
            return order;
        a += strcspn(a, ".");
        b += strcspn(b, ".");
        a += *a == '.';
        b += *b == '.';
    }
    return 0;
}

/* ---- files ---- */

/* A callback of Flyway, as beforeMigrate.sql and afterEachMigrate__name.sql. */
static bool is_callback(const char *file)
{
    static const char *const begins[] = {"before", "after", "createSchema"};

    for (size_t i = 0; mb_path_ends(file, ".sql") && i < sizeof begins / sizeof begins[0]; i++)
        if (strncmp(file, begins[i], strlen(begins[i])) == 0 &&
            (i == 2 || isupper((unsigned char)file[strlen(begins[i])])))
            return true;
    return false;
}

/* V2__fill.java, or R__fill.java */
static bool is_program(const char *file)
{
    const char *ending = strrchr(file, '.');
    static const char *const endings[] = {".java", ".kt", ".class", ".groovy", ".scala",
                                          ".py",   ".sh", ".ps1",   ".bat",    ".cmd"};

    for (size_t i = 0; ending && i < sizeof endings / sizeof endings[0]; i++)
        if (strcmp(ending, endings[i]) == 0)
            return (*file == 'R' && strncmp(file, "R__", 3) == 0) ||
                   (*file && strchr("VUB", *file) && version_length(file) > 0);
    return false;
}

static bool refuse(mb_error *err, const mb_listing *l, const char *file, const char *what,
                   const char *hint)
{
    mb_fail(err, MB_ERR_FILE, "\"%s\" is %s", mb_path_base(file), what);
    mb_fail_hint(err, "%s", hint);
    return mb_fail_in(err, l, file, 0);
}

static bool check_file(const mb_listing *l, const char *path, mb_error *err)
{
    const char *file = mb_path_base(path);

    if (is_program(file))
        return refuse(err, l, path,
                      "a migration of Flyway in another language, which moonbird does "
                      "not run",
                      "Rewrite it in SQL or Lua.");
    if (is_callback(file))
        return refuse(err, l, path, "a callback of Flyway, which moonbird does not run",
                      "Write it as a hook, scripts/hooks/EVENT.lua, and remove the file.");
    return true;
}

/* ---- a file ---- */

static bool read_part(mb_cut *cut, const mb_listing *l, const char *file,
                      const mb_flyway_options *options, mb_error *err)
{
    mb_buf text = {0};
    mb_script_config config;
    bool ok = mb_script_config_read(&config, l, file, err);

    cut->no_transaction = config.no_transaction || options->no_transaction;
    if (ok && !config.keep_placeholders && options->replaces)
        ok = mb_listed_read(&text, l, file, err) &&
             mb_placeholders_replace(&cut->text, options, l, file, &text, err);
    mb_buf_free(&text);
    return ok;
}

/* ---- the folder ---- */

/* Another prefix than V hides that the files are Flyway's; a name that begins with a digit has none. */
static const char *claim_renamed(const mb_listing *l)
{
    const char *file = NULL;
    mb_flyway_options options;
    bool renamed;

    for (size_t i = 0; !file && i < l->files->n; i++)
        if (mb_path_ends(l->files->items[i], ".sql") && !mb_is_numbered(l->files->items[i]) &&
            strstr(l->files->items[i], "__"))
            file = l->files->items[i];
    if (!file)
        return NULL;
    mb_flyway_options_read(&options, l);
    renamed = options.renames;
    mb_flyway_options_free(&options);
    return renamed ? file : NULL;
}

static bool has_script(const mb_names *files)
{
    for (size_t i = 0; i < files->n; i++)
        if (mb_name_is_script(files->items[i]))
            return true;
    return false;
}

/* The first subfolder with a file of Flyway, which searches them; a script beside it hides it. */
static const char *claim_below(const mb_listing *l)
{
    const char *found = NULL;

    if (has_script(l->files))
        return NULL;
    for (size_t i = 0; !found && i < l->folders->n; i++) {
        char *path = mb_path_join(l->path, l->folders->items[i]);
        bool ours = strcmp(l->folders->items[i], MB_REPEATABLE) == 0 ||
                    (l->ignored && mb_path_same(path, l->ignored));
        mb_names files = {0};
        mb_error unreadable; /* the folder is read again */
        bool ok = !ours && mb_listed_in(&files, l, l->folders->items[i], &unreadable);

        free(path);
        for (size_t k = 0; ok && !found && k < files.n; k++)
            if (prefix_of(files.items[k]) || is_program(mb_path_base(files.items[k])))
                found = l->folders->items[i];
        mb_names_free(&files);
    }
    return found;
}

static const char *claim(const mb_listing *l)
{
    const char *renamed;
    static const char *const prefixes[] = {"B", "R", "U", "V"};

    for (size_t p = 0; p < sizeof prefixes / sizeof prefixes[0]; p++)
        for (size_t i = mb_listed_from(l, prefixes[p]); i < l->files->n; i++) {
            const char *file = l->files->items[i];

            if (*file != *prefixes[p])
                break;
            if (prefix_of(file) || is_program(file))
                return file;
        }
    renamed = claim_renamed(l);
    return renamed ? renamed : claim_below(l);
}

static bool is_options(const char *file)
{
    static const char *const names[] = {"flyway.conf", "flyway.toml", "flyway.user.toml"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(file, names[i]) == 0)
            return true;
    return false;
}

static void set_taken(mb_entries *out, const mb_listing *l)
{
    for (size_t i = 0; i < l->files->n; i++) {
        const char *file = l->files->items[i];

        out->taken[i] = prefix_of(file) != 0 || mb_is_script_config(file) || is_options(file);
    }
}

/*
 * V1__name_rollback.sql, moonbird's own form of a rollback, beside V1__name.sql: the path of the
 * latter, which the caller frees; NULL: it is another file.
 */
static char *undone_by(const mb_names *files, const char *file)
{
    static const char ending[] = "_rollback.sql";
    char *undone;

    if (!mb_path_ends(file, ending))
        return NULL;
    undone = mb_format("%.*s.sql", (int)(strlen(file) - strlen(ending)), file);
    for (size_t i = 0; i < files->n; i++)
        if (strcmp(files->items[i], undone) == 0)
            return undone;
    free(undone);
    return NULL;
}

static bool is_versioned(const mb_names *files, const char *file)
{
    char prefix = prefix_of(file), *undone = prefix == 'V' || prefix == 'B' ? undone_by(files, file)
                                                                            : NULL;
    bool is = (prefix == 'V' || prefix == 'B') && !undone;

    free(undone);
    return is;
}

static bool add_versioned(mb_entries *out, const mb_listing *l, const mb_names *files,
                          const mb_flyway_options *options, mb_error *err)
{
    for (size_t i = 0; i < files->n; i++) {
        const char *file = files->items[i];
        mb_entry *e;

        if (!check_file(l, file, err))
            return false;
        if (!is_versioned(files, file))
            continue;
        e = mb_entries_add(out, mb_name_without(mb_path_base(file), ".sql"));
        e->file = mb_strdup(file);
        e->baseline = prefix_of(file) == 'B';
        free(e->number);
        e->number = version_of(file);
        if (!read_part(&e->up, l, file, options, err))
            return false;
    }
    mb_entries_sort(out, compare_versions);
    return mb_entries_check_numbers(out, l, err);
}

/* The character of a description, where "_" means a space; '\0' at the end of the name. */
static unsigned char described(const char *s)
{
    return strcasecmp(s, ".sql") == 0 ? '\0' : *s == '_' ? ' ' : (unsigned char)*s;
}

/* R__a_b.sql: "a b". Flyway compares descriptions, not the names of the files. */
static int compare_descriptions(const char *a, const char *b)
{
    a = mb_path_base(a);
    b = mb_path_base(b);
    while (described(a) && described(a) == described(b)) {
        a++;
        b++;
    }
    return described(a) - described(b);
}

static int by_description(const void *a, const void *b)
{
    return compare_descriptions(*(char *const *)a, *(char *const *)b);
}

/* Of two such files, Flyway refuses the second one. */
static bool check_description(const mb_entries *out, const mb_listing *l, mb_error *err)
{
    const mb_entry *b = &out->items[out->n - 1], *a = b - 1;

    if (out->n < 2 || !a->repeatable || compare_descriptions(a->file, b->file) != 0)
        return true;
    mb_fail(err, MB_ERR_FILE, "two repeatable migrations have one description: \"%s\" and \"%s\"",
            a->file, b->file);
    mb_fail_hint(err, "Rename one of them: to Flyway, \"_\" in a description is a space.");
    return mb_fail_in(err, l, b->file, 0);
}

/* Repeatable migrations run last, in the order of their descriptions. */
static bool add_repeatable(mb_entries *out, const mb_listing *l, const mb_names *files,
                           const mb_flyway_options *options, mb_error *err)
{
    char **sorted = mb_alloc((files->n + 1) * sizeof *sorted);
    size_t n = 0;
    bool ok = true;

    for (size_t i = 0; i < files->n; i++)
        if (prefix_of(files->items[i]) == 'R')
            sorted[n++] = files->items[i];
    mb_sort(sorted, n, sizeof *sorted, by_description);
    for (size_t i = 0; ok && i < n; i++) {
        mb_entry *e = mb_entries_add(out, mb_name_without(mb_path_base(sorted[i]), ".sql"));

        e->file = mb_strdup(sorted[i]);
        e->repeatable = true;
        ok = check_description(out, l, err) && read_part(&e->up, l, e->file, options, err);
    }
    free(sorted);
    return ok;
}

static mb_entry *find_version(const mb_entries *out, const char *file)
{
    char *version = version_of(file);
    mb_entry *found = NULL;

    for (size_t i = 0; !found && i < out->n; i++)
        if (!out->items[i].baseline && strcmp(out->items[i].number, version) == 0)
            found = &out->items[i];
    free(version);
    return found;
}

static mb_entry *find_file(const mb_entries *out, const char *file)
{
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->items[i].file, file) == 0)
            return &out->items[i];
    return NULL;
}

static bool add_undo(mb_entries *out, const mb_listing *l, const mb_names *files,
                     const mb_flyway_options *options, mb_error *err)
{
    for (size_t i = 0; i < files->n; i++) {
        const char *file = files->items[i];
        char *undone = undone_by(files, file);
        mb_entry *e = undone                 ? find_file(out, undone)
                      : prefix_of(file) == 'U' ? find_version(out, file)
                                             : NULL;
        bool is_undo = undone || prefix_of(file) == 'U';

        free(undone);
        if (!is_undo)
            continue;
        if (!e)
            return refuse(err, l, file, "an undo migration without its versioned migration",
                          "Restore the versioned migration, or delete this file.");
        if (e->down_file) {
            mb_fail_two_files(err, "rollbacks", e->name, e->down_file, file);
            err->file[0] = '\0';
            return mb_fail_in(err, l, file, 0);
        }
        e->down_file = mb_strdup(file);
        if (!read_part(&e->down, l, file, options, err))
            return false;
    }
    return true;
}

static bool check_options(const mb_flyway_options *options, mb_error *err)
{
    if (options->refused)
        *err = options->why;
    return !options->refused;
}

/* To Flyway, repeatable/ is a subfolder like others; what is not named as it expects is moonbird's. */
static bool list_files(mb_names *files, const mb_listing *l, mb_error *err)
{
    bool ok = mb_listed_below(files, l, err);

    for (size_t i = 0; ok && i < l->folders->n; i++)
        if (strcmp(l->folders->items[i], MB_REPEATABLE) == 0)
            ok = mb_listed_in(files, l, MB_REPEATABLE, err);
    return ok;
}

/* Is it in the folder itself, or in repeatable/, where moonbird's own migrations are? */
static bool is_own(const char *file)
{
    static const char repeatable[] = MB_REPEATABLE "/";
    size_t skip = sizeof repeatable - 1;

    return !strchr(strncmp(file, repeatable, skip) == 0 ? file + skip : file, '/');
}

/* Flyway ignores other files in subfolders; a script of moonbird's own is read in the folder alone. */
static bool check_below(mb_entries *out, const mb_listing *l, const mb_names *files, mb_error *err)
{
    for (size_t i = 0; i < files->n; i++) {
        const char *file = files->items[i];
        char *undone = undone_by(files, file);
        bool known = is_own(file) || !mb_name_is_script(file) || prefix_of(file) || undone;

        free(undone);
        if (!known && mb_path_ends(file, ".lua"))
            return refuse(err, l, file, "in a subfolder, where moonbird does not look for Lua files",
                          "Move it to the folder of migrations.");
        if (!known)
            mb_names_add(&out->notes, mb_format("%s/%s is not a migration of Flyway, and is ignored",
                                                l->shown, file));
    }
    return true;
}

static bool list(mb_entries *out, const mb_listing *l, mb_error *err)
{
    mb_flyway_options options;
    mb_names files = {0};
    bool ok;

    set_taken(out, l);
    mb_flyway_options_read(&options, l);
    ok = check_options(&options, err) && list_files(&files, l, err) &&
         check_below(out, l, &files, err) && mb_script_configs_check(l, &files, err) &&
         add_versioned(out, l, &files, &options, err) && add_undo(out, l, &files, &options, err) &&
         add_repeatable(out, l, &files, &options, err);
    if (ok && options.schema) {
        out->schema = mb_strdup(options.schema);
        out->schema_place = mb_strdup(options.schema_place);
    }
    mb_names_free(&files);
    mb_flyway_options_free(&options);
    return ok;
}

const mb_file_format mb_format_flyway = {
    .name = "flyway",
    .any_case = true,
    .tool = "Flyway",
    .runs_each_sql = true,
    .expected = "V1__NAME.sql and U1__NAME.sql",
    .nested = true,
    .reads_repeatable = true,
    .repeats = "R__",
    .commits = true,
    .claim = claim,
    .list = list,
    .compare = compare_versions,
    .version = version_of_lua,
};
