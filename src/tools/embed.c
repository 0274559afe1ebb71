/* embed FILE... -- print the files, named as given, as the C table declared in asset.h. */
#include <stdio.h>
#include <stdlib.h>

static void emit(const char *path, int index)
{
    FILE *in = fopen(path, "rb");
    int c, column = 0;

    if (!in) {
        perror(path);
        exit(1);
    }
    printf("static const unsigned char a%d[] = {", index);
    while ((c = getc(in)) != EOF)
        printf("%s%d,", column++ % 24 ? "" : "\n", c);
    printf("0};\n");
    fclose(in);
}

int main(int argc, char **argv)
{
    puts("#include \"moonbird/binding/asset.h\"\n");
    for (int i = 1; i < argc; i++)
        emit(argv[i], i);
    puts("\nconst mb_asset mb_assets[] = {");
    for (int i = 1; i < argc; i++)
        printf("    {\"%s\", (const char *)a%d, sizeof a%d - 1},\n", argv[i], i, i);
    puts("    {0}\n};");
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
