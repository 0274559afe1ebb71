# shellcheck shell=bash
# play.sh -- what the scripts beside the real Drizzle share. To be sourced after env.sh, with a server.

moonbird="$top/$BUILD/moonbird"
WORK=$(mktemp -d /tmp/moonbird-drizzle-XXXXXX)
trap 'rm -rf "$WORK"' EXIT
passed=0
failed=0
url() { echo "${SERVER_URL/\/postgres\?//$1?}"; }

# does WORDS COMMAND...: it ends with 0, and says the words; "" for nothing.
does() {
    said=$(timeout 600 "${@:2}" </dev/null 2>&1) && grep -qF -- "$1" <<<"$said" && { [ "$1" ] || [ -z "$said" ]; }
    result $? "$@"
}

# refuses WORDS COMMAND...: it does not end with 0, and says the words.
refuses() {
    ! said=$(timeout 600 "${@:2}" </dev/null 2>&1) && grep -qF -- "$1" <<<"$said"
    result $? "$@"
}

result() {
    [ "$1" -eq 0 ] && passed=$((passed + 1)) && return
    failed=$((failed + 1))
    printf 'FAIL  %s: not "%s"\n%s\n' "${*:3}" "$2" "$said"
}

# begin_git: a repository with what is here, on main.
begin_git() {
    printf '%s\n' node_modules '*.log' >.gitignore
    git init -q -b main . && git config user.name test && git config user.email test@localhost
    git add . && git commit -qm first
}

# add TABLE: one more table, and its migration from drizzle-kit.
add() {
    echo "export const $1 = pgTable(\"$1\", { id: integer() });" >>src/schema.ts
    npx drizzle-kit generate --name "$1" >"$1.log" 2>&1 || cat "$1.log"
}

# branch TABLE: adds it in a commit.
branch() { add "$1" && git add . && git commit -qm "$1"; }

# The server, for a program that cannot read a socket from a URL.
read -r host port user < <(psql -XAtqd "$SERVER_URL" -F ' ' -c "SELECT split_part(current_setting('unix_socket_directories'), ',', 1),
    current_setting('port'), current_user")

# write_migrate [OPTIONS]: migrate.js, an application's call of migrate().
write_migrate() {
    cat >migrate.js <<END
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
const [host, port, user, database] = process.argv.slice(2);
const client = new pg.Client({ host, port: Number(port), user, database });
await client.connect();
await migrate(drizzle({ client }), { migrationsFolder: "migrations"$1 }).finally(() => client.end());
END
}

# migrated DATABASE: the application starts.  A program, since `timeout` runs no function.
printf '#!/bin/sh\nexec node migrate.js "%s" "%s" "%s" "$1"\n' "$host" "$port" "$user" >"$WORK/migrated"
chmod +x "$WORK/migrated"
PATH=$WORK:$PATH

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
