/*
 * embed FILE... -- print the files, named as given, as the C table declared in asset.h.
 *
 * Lua is also compiled: parsing it took a fifth of the program's time when nothing is pending.
 */
#include "moonbird/binding/asset.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

/* Pushes the contents. */
static void read_file(lua_State *L, const char *path)
{
    FILE *in = fopen(path, "rb");
    luaL_Buffer text;
    size_t n;

    if (!in) {
        perror(path);
        exit(1);
    }
    luaL_buffinit(L, &text);
    while ((n = fread(luaL_prepbuffer(&text), 1, LUAL_BUFFERSIZE, in)) > 0)
        luaL_addsize(&text, n);
    luaL_pushresult(&text);
    fclose(in);
}

/* A lua_Writer; `at` counts the bytes. */
static int emit(lua_State *L, const void *bytes, size_t len, void *at)
{
    size_t *column = at;

    (void)L;
    for (size_t i = 0; i < len; i++)
        printf("%s%d,", (*column)++ % 24 ? "" : "\n", ((const unsigned char *)bytes)[i]);
    return 0;
}

static int is_lua(const char *path)
{
    size_t len = strlen(path);

    return len > 4 && strcmp(path + len - 4, ".lua") == 0;
}

static void emit_file(const char *path, int index)
{
    lua_State *L = luaL_newstate();
    size_t len, at = 0;
    const char *text;

    if (!L)
        fail("not enough memory");
    read_file(L, path);
    text = lua_tolstring(L, 1, &len);
    printf("static const unsigned char text%d[] = {", index);
    emit(L, text, len + 1, &at);
    puts("};");
    if (is_lua(path)) {
        if (luaL_loadbufferx(L, text, len, lua_pushfstring(L, MB_BUILTIN "%s", path), "t"))
            fail(lua_tostring(L, -1));
        at = 0;
        printf("static const unsigned char code%d[] = {", index);
        lua_dump(L, emit, &at, 0);
        puts("};");
    }
    lua_close(L);
}

int main(int argc, char **argv)
{
    puts("#include \"moonbird/binding/asset.h\"\n");
    for (int i = 1; i < argc; i++)
        emit_file(argv[i], i);
    puts("\nconst mb_asset mb_assets[] = {");
    for (int i = 1; i < argc; i++) {
        printf("    {\"%s\", (const char *)text%d, sizeof text%d - 1, ", argv[i], i, i);
        if (is_lua(argv[i]))
            printf("(const char *)code%d, sizeof code%d},\n", i, i);
        else
            puts("0, 0},");
    }
    puts("    {0}\n};");
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
