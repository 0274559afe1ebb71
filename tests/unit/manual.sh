#!/bin/sh
# manual.sh -- the manual is consistent: each chapter has a one-line description, and is in the
# program's list and in the README; the README is short; links, chapters that commands name, and
# sources that the manual names exist.

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 1
status=0

fail() {
    echo "FAIL  $*"
    status=1
}

for page in src/manual/*.md; do
    name=$(basename "$page" .md)
    head -1 "$page" | grep -q '^# .*: .' || fail "$page does not begin with \"# TITLE: what it is about\""
    tail -1 "$page" | grep -q '\(\.\|^```\||\)$' || fail "$page ends inside a sentence"
    grep -q "\"$name\"" src/lua/pages/chapters.lua || fail "$page is not in src/lua/pages/chapters.lua"
    grep -q "(src/manual/$name.md)" README.md || fail "README.md does not link $page"
done
for name in $(sed -n 's/^  chapter = "\(.*\)",$/\1/p' src/lua/commands/*.lua); do
    [ -e "src/manual/$name.md" ] || fail "a command names the chapter $name, which is not there"
done
for page in README.md src/manual/*.md; do
    for link in $(grep -oE '\]\([^)#:]+\)' "$page" | sed 's/^](//; s/)$//'); do
        [ -e "$(dirname "$page")/$link" ] || fail "$page: there is no $link"
    done
done
for path in $(grep -ohE '`(src|include|tests)/[[:alnum:]_./-]+`' src/manual/building.md src/manual/contributing.md | tr -d '`' | sort -u); do
    [ -e "$path" ] || fail "the manual names $path, which is not there"
done
[ "$(wc -l <README.md)" -le 350 ] || fail "README.md has more than 350 lines"
exit $status
