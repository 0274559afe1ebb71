#include "environments.h"
#include "moonbird/policy/allow.h"
#include "moonbird/policy/environment.h"

#include "moonbird/os/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void expect_refusal(bool ok, const bench *b, const char *says)
{
    assert_false(ok);
    assert_int_equal(b->err.code, MB_ERR_POLICY);
    assert_string_not_equal(b->err.hint, "");
    if (!strstr(b->err.message, says))
        fail_msg("\"%s\" does not say \"%s\"", b->err.message, says);
}

char *url_of(const bench *b)
{
    char sockets[256];

    assert_int_equal(sscanf(server_conninfo(), "host=%255s", sockets), 1);
    return mb_format("postgresql://app@/%s?host=%s/.&port=5432", b->database, sockets);
}

void demand(bench *b, const mb_environment *list, size_t n)
{
    b->settings.environments = list;
    b->settings.n_environments = n;
    mb_project_close(b->project);
    mb_project_open(&b->project, &b->settings, b->conn, NULL);
}

mb_environment environment(const char *name, const char *url)
{
    return (mb_environment){
        .name = name, .url = url, .out_of_order = MB_UNSET, .changed = MB_UNSET};
}

bool allow_script(bench *b)
{
    bool recorded;

    return mb_project_allow_script(&recorded, b->project, "run", "x.lua", NULL, &b->err);
}

void put_pg_dump(const bench *b, const char *text)
{
    char *path = mb_path_join(b->root, "bin/pg_dump");

    put_file(b, "bin/pg_dump", text);
    assert_int_equal(chmod(path, 0755), 0);
    *strrchr(path, '/') = '\0';
    use_programs(path);
    free(path);
}
