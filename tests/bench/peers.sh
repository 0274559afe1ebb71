# peers.sh -- other tools: how each is installed, how it wants its files, and what runs it.
#
# A peer NAME has as_NAME, the command that applies what is pending, and lay_NAME, which makes its
# files from migrations/*.sql.  All connect by $DATABASE_URL or the PG* variables.

as_dbmate=(dbmate --no-dump-schema --migrations-dir dbmate up)
as_sql_migrate=(sql-migrate up -config sql-migrate.yml -env bench)
as_alembic=(alembic -c alembic.ini upgrade head)
as_sqitch=(sqitch --quiet --chdir sqitch deploy db:pg:bench)

# Puts on PATH what can be had.
install_peers() {
    local packages='' command
    for command in sqitch sql-migrate alembic; do
        command -v $command >/dev/null || packages+=" $command"
    done
    # shellcheck disable=SC2086 # words
    [ -z "$packages" ] ||
        sh "$top/scripts/setup" --install $packages python3-psycopg2 libdbd-pg-perl || true
    PATH=$out/peers/node_modules/.bin:$PATH
    command -v dbmate >/dev/null ||
        npm install --silent --no-fund --no-audit --prefix "$out/peers" dbmate >/dev/null || true
    for command in dbmate sqitch sql-migrate alembic; do
        command -v $command >/dev/null || echo "$command is not here, and could not be installed" >&2
    done
}

# add_peers: to the workload's sides, those of its peers that are here.
add_peers() {
    local peer
    for peer in $peers; do
        ! command -v "${peer/_/-}" >/dev/null || sides+=" $peer"
    done
}

# lay_peers: the files of the peers among the sides.
lay_peers() {
    local side
    for side in $sides; do
        ! declare -F "lay_$side" >/dev/null || "lay_$side"
    done
}

# wrap FOLDER [HEAD [TAIL]]: each migration there, with those lines round it.
wrap() {
    mkdir -p "$1"
    awk -v folder="$1/" -v head="$2" -v tail="$3" '
        function finish() {
            if (tail) print tail >file
            close(file)
        }
        FNR == 1 {
            if (file) finish()
            file = FILENAME
            sub(/.*\//, folder, file)
            if (head) print head >file
        }
        { print >file }
        END { finish() }' migrations/*.sql
}

lay_dbmate() { wrap dbmate '-- migrate:up' '-- migrate:down'; }

lay_sql_migrate() {
    wrap sql-migrate '-- +migrate Up'
    cat >sql-migrate.yml <<'YML'
bench:
  dialect: postgres
  datasource: ${DATABASE_URL}
  dir: sql-migrate
YML
}

lay_sqitch() {
    wrap sqitch/deploy
    printf '[core]\n    engine = pg\n[user]\n    name = bench\n    email = bench@example.org\n' \
        >sqitch/sqitch.conf
    {
        printf '%%syntax-version=1.0.0\n%%project=bench\n\n'
        for file in migrations/*.sql; do
            echo "$(basename "$file" .sql) 2024-01-01T00:00:00Z bench <bench@example.org> # bench"
        done
    } >sqitch/sqitch.plan
}

lay_alembic() {
    mkdir -p alembic/versions
    printf '[alembic]\nscript_location = alembic\n' >alembic.ini
    cat >alembic/env.py <<'PY'
import os
from alembic import context
from sqlalchemy import create_engine

with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
PY
    awk '
        function finish() { if (file) { print "\"\"\")" >file; close(file) } }
        FNR == 1 {
            finish()
            name = FILENAME
            gsub(/.*\/|\.sql$/, "", name)
            file = "alembic/versions/" name ".py"
            printf "from alembic import op\n\nrevision = \"%s\"\ndown_revision = %s\n\n\ndef upgrade():\n    op.execute(\"\"\"\n", \
                name, last ? "\"" last "\"" : "None" >file
            last = name
        }
        { print >file }
        END { finish() }' migrations/*.sql
}
