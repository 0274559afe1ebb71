#!/bin/sh
# setup names each missing package once.  With no programs in PATH nearly all are missing, and
# without apt-get and sudo it installs nothing.
said=$(PATH=/nonexistent /bin/sh scripts/setup test studio check valgrind check test 2>&1)
[ $? -eq 1 ] || {
    echo "it should end with status 1: $said"
    exit 1
}
for package in clang-tidy chromium; do
    case $said in
    *$package*) ;;
    *)
        echo "it should name $package: $said"
        exit 1
        ;;
    esac
done
twice=$(printf '%s\n' "$said" | tr ' ' '\n' | sort | uniq -d)
[ -z "$twice" ] || {
    echo "named twice: $twice"
    exit 1
}
