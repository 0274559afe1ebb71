#!/bin/sh
# The core neither prints nor exits, except print.c, mem.c, and interrupt.c, which ends endless work.
# Otherwise a program that uses the library would lose control of its terminal, or of the process.

lib=${BUILD:-build}/libmoonbird.a
forbidden='exit|abort|_Exit|quick_exit|(__)?v?f?printf(_chk)?|puts|fputs|fputc|putc|putchar|perror|stdout|stderr'

# One name, one function: a linker takes the first of two from an archive and says nothing.
twice=$(nm -g --defined-only "$lib" | awk 'NF == 3 { print $3 }' | sort | uniq -d)
if [ -n "$twice" ]; then
    echo "defined twice: $twice"
    exit 1
fi

nm -A -u "$lib" | awk -v forbidden="^($forbidden)\$" '
{
    object = $1
    sub(/^[^:]*:/, "", object)
    sub(/:.*/, "", object)
    name = $NF
    sub(/@.*/, "", name)
    objects[object]++
    if (name ~ forbidden && object != "print.o" && object != "mem.o") {
        print object ": uses " name
        failed++
    }
}
END {
    for (object in objects)
        n++
    printf "%d passed, %d failed\n", n - failed, failed
    exit failed > 0 || n == 0
}'
