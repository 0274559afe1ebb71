CREATE TYPE c AS (r float8, i float8);
CREATE FUNCTION eq(c, c) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).r = ($2).r';
CREATE FUNCTION ne(c, c) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).r <> ($2).r';
CREATE FUNCTION cmp(c, c) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
CREATE OPERATOR === (FUNCTION = eq, LEFTARG = c, RIGHTARG = c, COMMUTATOR = ===, NEGATOR = !==, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR !== (FUNCTION = ne, LEFTARG = c, RIGHTARG = c, COMMUTATOR = !==, NEGATOR = ===);
COMMENT ON OPERATOR !== (c, c) IS 'differ';
CREATE OPERATOR CLASS ops FOR TYPE c USING btree AS OPERATOR 3 ===, FUNCTION 1 cmp(c, c);
CREATE FUNCTION neg(c) RETURNS c LANGUAGE sql AS 'SELECT $1';
CREATE OPERATOR !! (FUNCTION = neg, RIGHTARG = c);
CREATE FUNCTION t(c) RETURNS text LANGUAGE sql AS 'SELECT ($1).r::text';
CREATE CAST (c AS text) WITH FUNCTION t(c) AS ASSIGNMENT;
CREATE FUNCTION step(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1 + $2';
CREATE AGGREGATE total(int) (SFUNC = step, STYPE = int, INITCOND = '0');
CREATE AGGREGATE gone(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
GRANT EXECUTE ON FUNCTION total(int) TO kinds_a;
CREATE VIEW v AS SELECT total(a) FROM generate_series(1, 3) a;
CREATE COLLATION k (provider = libc, locale = 'C');
CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE OPERATOR <<< (FUNCTION = eq, LEFTARG = c, RIGHTARG = c, COMMUTATOR = >>>, NEGATOR = >>=);
-- A negator that existed before, and one that is only a name.
CREATE FUNCTION any_two(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR ==== (FUNCTION = any_two, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR !==== (FUNCTION = any_two, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR ===== (FUNCTION = any_two, LEFTARG = int, RIGHTARG = int);
-- then
CREATE TYPE c AS (r float8, i float8);
CREATE FUNCTION eq(c, c) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).r = ($2).r';
CREATE FUNCTION lt(c, c) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).r < ($2).r';
CREATE FUNCTION cmp(c, c) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
CREATE OPERATOR === (FUNCTION = eq, LEFTARG = c, RIGHTARG = c, COMMUTATOR = ===, JOIN = eqjoinsel, HASHES, MERGES);
CREATE SCHEMA o;
CREATE OPERATOR o.< (FUNCTION = lt, LEFTARG = c, RIGHTARG = c, COMMUTATOR = OPERATOR(o.>));
CREATE FUNCTION gt(c, c) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).r > ($2).r';
CREATE OPERATOR o.> (FUNCTION = gt, LEFTARG = c, RIGHTARG = c, COMMUTATOR = OPERATOR(o.<));
CREATE OPERATOR FAMILY fam USING btree;
COMMENT ON OPERATOR FAMILY fam USING btree IS 'a family';
CREATE OPERATOR CLASS ops DEFAULT FOR TYPE c USING btree FAMILY fam AS OPERATOR 1 o.< (c, c), OPERATOR 3 ===, FUNCTION 1 cmp(c, c);
COMMENT ON OPERATOR CLASS ops USING btree IS 'a class';
CREATE FUNCTION cmp(c, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
ALTER OPERATOR FAMILY fam USING btree ADD FUNCTION 1 (c, int) cmp(c, int);
CREATE FUNCTION t(c) RETURNS text LANGUAGE sql AS 'SELECT ($1).r::text';
CREATE CAST (c AS text) WITH FUNCTION t(c);
COMMENT ON CAST (c AS text) IS 'shown';
CREATE CAST (text AS c) WITH INOUT AS IMPLICIT;
CREATE FUNCTION step(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1 + $2';
CREATE FUNCTION minus(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1 - $2';
CREATE FUNCTION final(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE AGGREGATE total(int) (SFUNC = step, STYPE = int, INITCOND = '1', FINALFUNC = final, MSFUNC = step, MINVFUNC = minus,
  MSTYPE = int, MINITCOND = '0', MFINALFUNC = final, PARALLEL = SAFE, COMBINEFUNC = step, SSPACE = 100);
COMMENT ON AGGREGATE total(int) IS 'sum';
CREATE AGGREGATE pick(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final,
  FINALFUNC_EXTRA, FINALFUNC_MODIFY = READ_WRITE);
CREATE AGGREGATE rank_of(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi, STYPE = internal,
  FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
REVOKE EXECUTE ON FUNCTION pick(float8, anyelement) FROM PUBLIC;
CREATE VIEW v AS SELECT total(a) FROM generate_series(1, 3) a;
CREATE COLLATION k (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX');
COMMENT ON COLLATION k IS 'plain';
CREATE DEFAULT CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
COMMENT ON CONVERSION conv IS 'to';
CREATE OPERATOR >>= (FUNCTION = eq, LEFTARG = c, RIGHTARG = c, COMMUTATOR = <<=);
-- A negator that existed before, and one that is only a name.
CREATE FUNCTION any_two(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR ==== (FUNCTION = any_two, LEFTARG = int, RIGHTARG = int, NEGATOR = !====);
CREATE OPERATOR !==== (FUNCTION = any_two, LEFTARG = int, RIGHTARG = int, NEGATOR = ====);
CREATE OPERATOR ===== (FUNCTION = any_two, LEFTARG = int, RIGHTARG = int, NEGATOR = !=====);
-- rows
SELECT oid::regoperator FROM pg_operator WHERE oprcode = 0 ORDER BY oprname;
-- there
!=====(integer,integer)
<<=(c,c)
-- back
>>=(c,c)
>>>(c,c)
