-- CREATE OR REPLACE refuses other types of OUT parameters and of the columns of a table.
CREATE FUNCTION outs(OUT a int, INOUT b text) RETURNS SETOF record LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION columns() RETURNS TABLE (a int, b text) LANGUAGE plpgsql AS 'BEGIN END';
CREATE PROCEDURE proc(a int, INOUT b int) LANGUAGE plpgsql AS 'BEGIN END';
CREATE VIEW rows AS SELECT o.b FROM outs('x') o;
-- then
CREATE FUNCTION outs(OUT a bigint, INOUT b text) RETURNS SETOF record LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION columns() RETURNS TABLE (a int, b varchar) LANGUAGE plpgsql AS 'BEGIN END';
CREATE PROCEDURE proc(a int, INOUT b int) LANGUAGE plpgsql AS 'BEGIN b := a; END';
CREATE VIEW rows AS SELECT o.b FROM outs('x') o;
-- The bodies of these name each other.
SET check_function_bodies = off;
CREATE FUNCTION ping(int) RETURNS int LANGUAGE sql AS 'SELECT public.pong($1)';
CREATE FUNCTION pong(int) RETURNS int LANGUAGE sql AS 'SELECT public.ping($1)';
