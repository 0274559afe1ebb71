# shellcheck shell=sh
# env.sh -- the environment of every test, to be sourced. Needs $top, the checkout's folder.
#
# Nothing of the caller's stays but the paths of programs and what the names below ask for: a test
# must not depend on a locale, a time zone, a mask, or on files in somebody's home. The home of the
# tests lies in the build's folder; the initdb that throw-away servers copy is kept there.

if [ -z "${CLEAN_ENVIRONMENT-}" ]; then
    for name in $(env | LC_ALL=C sed -n 's/^\([A-Za-z_][A-Za-z_0-9]*\)=.*/\1/p'); do
        case $name in
        PATH | PWD | OLDPWD | SHLVL | SHELLOPTS | BASHOPTS | _) ;;
        BUILD | MOONBIRD_PG_BIN | TORTURE_* | *SAN_OPTIONS) ;;
        *) unset "$name" ;;
        esac
    done
    export BUILD="${BUILD:-build}"
    export HOME="$top/$BUILD/tests/home" LC_ALL=C.UTF-8 TZ=UTC SHELL=/bin/sh TERM=dumb
    export GIT_CONFIG_NOSYSTEM=1 CLEAN_ENVIRONMENT=yes
    # Debian's /usr/bin/psql is a wrapper that takes longer than psql; pgbouncer is in sbin.
    for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V) "${MOONBIRD_PG_BIN-}"; do
        [ ! -d "$dir" ] || PATH=$dir:$PATH
    done
    export PATH="$PATH:/usr/sbin:/sbin"
    umask 022
    mkdir -p "$HOME"
    unset name dir
fi

# with_server SCRIPT...: runs it once more with a throw-away server's URL in $SERVER_URL, unless it
# has one.
with_server() {
    [ -z "${SERVER_URL-}" ] || return 0
    [ -x "$top/$BUILD/tests/cli/serve" ] || make -s -C "$top" B="$BUILD" "$BUILD/tests/cli/serve" || exit 1
    exec "$top/$BUILD/tests/cli/serve" "$@"
}
