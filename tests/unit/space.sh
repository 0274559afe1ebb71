#!/bin/sh
# The build works in a folder whose path has a space: the program that embeds the manual runs in another folder.
top=$(pwd)
dir="$(mktemp -d)/a space"
mkdir "$dir" && cd "$dir" || exit 1
for item in Makefile src include scripts; do ln -s "$top/$item" .; done
said=$(make -s build/assets.c 2>&1)
status=$?
ls -s build/assets.c >/dev/null 2>&1 || status=1
rm -r "${dir%/*}"
[ $status -eq 0 ] || {
    echo "make failed: $said"
    exit 1
}
