# shellcheck shell=bash
# install.sh -- installs Drizzle in the folders $home (version 0) and $home/1 (a candidate of version 1). To be sourced
# before env.sh, since the registry or a proxy may be in the user's configuration, which npm needs.
# Without node or npm, or where npm reaches no registry, the script ends, and says that it is skipped.

home=$top/${BUILD:=build}/drizzle
candidate=1.0.0-rc.5

skip() {
    echo "skipped: Drizzle, since $*"
    exit 0
}

# install FOLDER PACKAGE...
install() {
    [ -e "$1/node_modules/.bin/drizzle-kit" ] && [ -e "$1/node_modules/pg" ] ||
        npm install --silent --no-audit --no-fund --prefix "$1" "${@:2}" pg@8 >"$home.log" 2>&1 || skip "npm could not install it"
}

command -v node >/dev/null && command -v npx >/dev/null || skip "there is no node or npm"
install "$home" drizzle-kit@0.31 drizzle-orm@0.45
install "$home/1" drizzle-kit@$candidate drizzle-orm@$candidate
