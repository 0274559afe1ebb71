-- needs 14
CREATE FUNCTION stays(s varchar) RETURNS boolean LANGUAGE sql RETURN s IN ('a', 'b');
CREATE FUNCTION text_body(s varchar) RETURNS boolean LANGUAGE sql AS $$ SELECT ((s > 'a' AND s < 'c') AND s IN ('a')) $$;
-- then
CREATE FUNCTION stays(s varchar) RETURNS boolean LANGUAGE sql RETURN s IN ('a', 'b');
CREATE FUNCTION text_body(s varchar) RETURNS boolean LANGUAGE sql
    AS $$ SELECT ((s > 'a' AND s < 'c') AND (s)::text = ANY ((ARRAY['a'::character varying])::text[])) $$;
CREATE FUNCTION new(s varchar, a int DEFAULT 1) RETURNS boolean LANGUAGE sql
    BEGIN ATOMIC SELECT a BETWEEN 1 AND 2 AND s IN ('a', 'b'); SELECT a BETWEEN 1 AND 2 AND s IN ('a', 'b') AND a = 3; END;
