#!/bin/sh
# install.sh -- `make install` puts the program, the two manual pages and the completions of three
# shells where the system looks for them.

top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/support/env.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL
dir=$(mktemp -d /tmp/moonbird-install-XXXXXX)
trap 'rm -rf "$dir"' EXIT

make -s -C "$top" B="$BUILD" install DESTDIR="$dir" PREFIX=/usr || exit 1
for file in bin/moonbird share/man/man1/moonbird.1 share/man/man5/moonbird.5 \
    share/bash-completion/completions/moonbird share/zsh/site-functions/_moonbird \
    share/fish/vendor_completions.d/moonbird.fish; do
    [ -s "$dir/usr/$file" ] || {
        echo "FAIL  $file is not installed"
        exit 1
    }
done
