title='a backfill of 1,000,000 rows: a procedure that commits such batches; set (1, 2, 4 workers), each'
sides='procedure moonbird set2 set4 each1 each2 each4'
target=1.3
as_procedure=(psql -Xq -v ON_ERROR_STOP=1 -c 'CALL fill(20000)') # what the runner's batches grow to here
as_moonbird=(moonbird -C set1 -q up --force-empty-history)
as_set2=(moonbird -C set2 -q up --force-empty-history)
as_set4=(moonbird -C set4 -q up --force-empty-history)
as_each1=(moonbird -C each1 -q up --force-empty-history)
as_each2=(moonbird -C each2 -q up --force-empty-history)
as_each4=(moonbird -C each4 -q up --force-empty-history)

# project NAME WORKERS HOW
project() {
    mkdir -p "$1/migrations"
    cat >"$1/migrations/1_fill.lua" <<LUA
return {
  transaction = false,
  backfills = { fill = { table = "big", where = "search_name IS NULL", workers = $2, target = "200ms", $3 } },
  up = function(db) db:backfill "fill" end,
}
LUA
}

make() {
    for workers in 1 2 4; do
        project set$workers $workers 'set = "search_name = lower(name)"'
        project each$workers $workers \
            'columns = { "name" }, each = function(row) return { search_name = row.name:lower() } end'
    done
    fresh
    psql -Xq -v ON_ERROR_STOP=1 <<'SQL'
CREATE TABLE big (id bigint PRIMARY KEY, name text, search_name text);
INSERT INTO big SELECT i, 'Name of ' || i FROM generate_series(1, 1000000) i;
VACUUM ANALYZE big;
CREATE PROCEDURE fill(n int) LANGUAGE plpgsql AS $$
DECLARE
    last bigint := 0;
    upto bigint;
BEGIN
    LOOP
        SELECT id INTO upto FROM big WHERE id > last AND search_name IS NULL ORDER BY id OFFSET n - 1 LIMIT 1;
        UPDATE big SET search_name = lower(name)
         WHERE id > last AND id <= coalesce(upto, 9223372036854775807) AND search_name IS NULL;
        COMMIT;
        EXIT WHEN upto IS NULL;
        last := upto;
    END LOOP;
END $$;
SQL
    keep unfilled
}
before() { fresh unfilled; }
