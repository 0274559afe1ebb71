-- check.sql -- is everything done that the ledger says is done, and nothing else?
--
-- The first line is the first migration that is not applied, with its state in the ledger;
-- each further line is a lie.  Variables: `whole`: auto or all when that much must be applied,
-- else empty; `said`: what the run printed.  All of it in one snapshot, so that it can be
-- looked at while a session whose client is gone still works.

BEGIN ISOLATION LEVEL REPEATABLE READ;

CREATE TEMP TABLE ledger (stream text, name text, state text, done int, total int) ON COMMIT DROP;
CREATE TEMP TABLE event (stream text, name text, what text, outcome text) ON COMMIT DROP;
SELECT count(*) FILTER (WHERE relname = 'events') > 0 AS has_ledger,
       count(*) FILTER (WHERE relname = 'steps') > 0 AS has_steps
  FROM pg_class WHERE relnamespace = to_regnamespace('moonbird') \gset
CREATE TEMP TABLE done_step (stream text, migration text) ON COMMIT DROP;
\if :has_steps
INSERT INTO done_step SELECT stream, migration FROM moonbird.steps WHERE state = 'done';
\endif
\if :has_ledger
INSERT INTO ledger
SELECT m.stream, m.name, m.state, CASE WHEN m.state = 'applied' THEN statements_done
           ELSE greatest(statements_done, count(s.migration)) END, statements
  FROM moonbird.migrations m LEFT JOIN done_step s
    ON (s.stream, s.migration) = (m.stream, m.name)
 GROUP BY m.stream, m.name;
INSERT INTO event SELECT stream, name, what, outcome FROM moonbird.events;
\endif

-- The traces that each statement must leave.  How a migration runs: atomic, or in segments; `alone`
-- are statements that no transaction protects, so that one may be done without its record.
CREATE TEMP TABLE expected ON COMMIT DROP AS
SELECT * FROM (VALUES
    ('auto', '0001_sql_tables',         true,  1,  'table users',        false),
    ('auto', '0001_sql_tables',         true,  5,  'table log_2020',     false),
    ('auto', '0001_sql_tables',         true,  6,  'row',                false),
    ('auto', '0001_sql_tables',         true,  8,  'row',                false),
    ('auto', '0002_sql_copy',           true,  1,  'row',                false),
    ('auto', '0002_sql_copy',           true,  2,  'row',                false),
    ('auto', '0002_sql_copy',           true,  3,  'row',                false),
    ('auto', '0003_sql_wrapped',        true,  2,  'row',                false),
    ('auto', '0003_sql_wrapped',        true,  6,  'row',                false),
    ('auto', '0004_lua_emails',         true,  1,  'row',                false),
    ('auto', '0004_lua_emails',         true,  2,  'row',                false),
    ('auto', '0004_lua_emails',         true,  3,  'row',                false),
    ('auto', '0004_lua_emails',         true,  4,  'row',                false),
    ('auto', '0004_lua_emails',         true,  5,  'row',                false),
    ('auto', '0004_lua_emails',         true,  6,  'row',                false),
    ('auto', '0005_segments_commit',    false, 1,  'row',                false),
    ('auto', '0005_segments_commit',    false, 2,  'row',                false),
    ('auto', '0005_segments_commit',    false, 4,  'row',                false),
    ('auto', '0005_segments_commit',    false, 5,  'row',                false),
    ('auto', '0006_segments_off',       false, 1,  'row',                false),
    ('auto', '0006_segments_off',       false, 2,  'row',                false),
    ('auto', '0006_segments_off',       false, 3,  'row',                false),
    ('auto', '0007_concurrent_indexes', false, 1,  'row',                false),
    ('auto', '0007_concurrent_indexes', false, 2,  'index users_email',  true),
    ('auto', '0007_concurrent_indexes', false, 3,  'row',                false),
    ('auto', '0007_concurrent_indexes', false, 4,  'index users_lower',  true),
    ('auto', '0007_concurrent_indexes', false, 5,  'dropped users_again', true),
    ('auto', '0007_concurrent_indexes', false, 7,  'detached log_2020',  true),
    ('auto', '0007_concurrent_indexes', false, 9,  'row',                false),
    ('auto', '0008_segments_mixed',     false, 1,  'row',                false),
    ('auto', '0008_segments_mixed',     false, 2,  'index users_mixed',  true),
    ('auto', '0008_segments_mixed',     false, 4,  'row',                false),
    ('auto', '0008_segments_mixed',     false, 5,  'row',                false),
    ('auto', '0008_segments_mixed',     false, 7,  'row',                false),
    ('auto', '0008_segments_mixed',     false, 11, 'row',                false),
    ('auto', '0009_segments_enum',      false, 1,  'label calm',         false),
    ('auto', '0009_segments_enum',      false, 2,  'label wild',         false),
    ('auto', '0009_segments_enum',      false, 3,  'table moods',        false),
    ('auto', '0009_segments_enum',      false, 4,  'row',                false),
    ('auto', '0010_segments_procedure', false, 1,  'procedure mark',     false),
    ('auto', '0010_segments_procedure', false, 2,  'row',                true),
    ('auto', '0010_segments_procedure', false, 3,  'row',                false),
    ('auto', '0011_sql_poison',         true,  5,  'row',                false),
    ('auto', '0012_sql_clean',          true,  2,  'row',                false),
    ('auto', '0013_lua_steps',          false, 1,  'row',                false),
    ('auto', '0013_lua_steps',          false, 2,  'index users_steps',  true),
    ('auto', '0013_lua_steps',          false, 3,  'row',                false),
    ('manual', '001_sql_fill',          true,  1,  'row',                false),
    ('manual', '002_lua_count',         true,  1,  'row',                false),
    ('manual', '003_segments_indexes',  false, 1,  'row',                false),
    ('manual', '003_segments_indexes',  false, 2,  'index moods_mood',   true),
    ('manual', '003_segments_indexes',  false, 3,  'row',                false)
) e (stream, name, atomic, n, effect, alone)
CROSS JOIN LATERAL (SELECT split_part(effect, ' ', 1), split_part(effect, ' ', 2)) w (kind, object);

-- How often each is there: tables and indexes once at most, rows as often as they were inserted.
CREATE TEMP TABLE seen ON COMMIT DROP AS
WITH relation AS (
    SELECT c.oid, c.relname, c.relkind, i.indisvalid
      FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
     WHERE c.relnamespace = 'app'::regnamespace
)
SELECT e.*, l.state, coalesce(l.done, 0) AS done, l.total, CASE e.kind
    WHEN 'row' THEN (SELECT count(*) FROM app.effect f WHERE f.step = e.name AND f.n = e.n)
    WHEN 'table' THEN (SELECT count(*) FROM relation WHERE relname = e.object AND relkind IN ('r', 'p'))
    WHEN 'index' THEN (SELECT count(*) FROM relation WHERE relname = e.object AND indisvalid)
    WHEN 'dropped' THEN (SELECT count(*) FROM relation WHERE relname = 'users')
                      - (SELECT count(*) FROM relation WHERE relname = e.object)
    WHEN 'detached' THEN (SELECT count(*) FROM relation WHERE relname = e.object)
                       - (SELECT count(*) FROM relation JOIN pg_inherits ON inhrelid = oid
                           WHERE relname = e.object)
    WHEN 'label' THEN (SELECT count(*) FROM pg_enum WHERE enumlabel = e.object)
    WHEN 'procedure' THEN (SELECT count(*) FROM pg_proc WHERE proname = e.object
                              AND pronamespace = 'app'::regnamespace)
    END AS times
  FROM expected e LEFT JOIN ledger l USING (stream, name);

CREATE TEMP TABLE step ON COMMIT DROP AS
SELECT stream, name, atomic, state, done, total, min(times) AS least, max(times) AS most
  FROM seen GROUP BY stream, name, atomic, state, done, total;

SELECT coalesce(min(format('%s/%s %s', stream, name, coalesce(state, 'pending'))), 'whole')
       || CASE WHEN :'has_ledger'::boolean THEN '' ELSE ' no-ledger' END
  FROM step WHERE state IS DISTINCT FROM 'applied';

SELECT format('%s/%s: statement %s was done %s times', stream, name, n, times)
  FROM seen WHERE times NOT IN (0, 1)
UNION ALL
SELECT format('%s/%s is applied, but statement %s is not done', stream, name, n)
  FROM seen WHERE state = 'applied' AND times = 0
UNION ALL
SELECT format('%s/%s is not in the history, but statement %s is done', stream, name, n)
  FROM seen WHERE state IS NULL AND times > 0
UNION ALL
SELECT format('%s/%s is one transaction, and half done', stream, name)
  FROM step WHERE atomic AND least <> most
UNION ALL
SELECT format('%s/%s is one transaction, and in the ledger as %s', stream, name, state)
  FROM step WHERE atomic AND state <> 'applied'
UNION ALL
SELECT format('%s/%s has %s statements done, but not statement %s', stream, name, done, n)
  FROM seen WHERE NOT atomic AND n <= done AND times = 0
UNION ALL
SELECT format('%s/%s has %s statements done, and also statement %s', stream, name, done, n)
  FROM seen WHERE NOT atomic AND state <> 'applied' AND n > done AND times > 0
             AND NOT (alone AND n = done + 1)
UNION ALL
SELECT format('%s/%s is applied with %s of %s statements', stream, name, done, total)
  FROM step WHERE state = 'applied' AND done <> total
UNION ALL
SELECT format('%s/%s was begun before %s/%s was applied', b.stream, b.name, a.stream, a.name)
  FROM step a JOIN step b ON (a.stream, a.name) < (b.stream, b.name)
 WHERE a.state IS DISTINCT FROM 'applied' AND b.state IS NOT NULL
UNION ALL
SELECT format('%s/%s is %s, with %s events that say it was done', s.stream, s.name,
              coalesce(s.state, 'pending'), count(e))
  FROM step s LEFT JOIN event e ON (e.stream, e.name, e.outcome) = (s.stream, s.name, 'done')
 GROUP BY s.stream, s.name, s.state HAVING count(e) <> (s.state IS NOT DISTINCT FROM 'applied')::int
UNION ALL
SELECT format('%s/%s is in the ledger', stream, name)
  FROM ledger l WHERE NOT EXISTS (SELECT FROM step s WHERE (s.stream, s.name) = (l.stream, l.name))
UNION ALL
SELECT format('statement %s of %s was rolled back, and is there', n, step)
  FROM app.effect WHERE n < 0
UNION ALL
SELECT format('%s was said to be %s, and is %s', said[2], said[1], coalesce(state, 'pending'))
  FROM regexp_matches(:'said', '^(applied|failed) +(\S+)', 'gn') said LEFT JOIN ledger ON name = said[2]
 WHERE (said[1] = 'applied') <> (state IS NOT DISTINCT FROM 'applied')
UNION ALL
SELECT format('%s/%s is not applied', stream, name)
  FROM step WHERE :'whole' IN (stream, 'all') AND state IS DISTINCT FROM 'applied'
UNION ALL
SELECT format('the index %s is left INVALID', indexrelid::regclass)
  FROM pg_index WHERE :'whole' <> '' AND NOT indisvalid;

COMMIT;
