-- planted.sql: in "public", one object for each of PostgreSQL's own that fits as well or better, where
-- public comes first in search_path.  A role that calls or reads one of them gets the error "planted".

SET search_path = pg_catalog;

CREATE FUNCTION public.planted() RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'planted: something of "public" was used'; END $$;

DO $$
DECLARE
    it record;
    body text := 'BEGIN RAISE EXCEPTION USING MESSAGE = ''planted: %s was called''; END';
BEGIN
    -- Functions and aggregates; of those over "any", variants over what a statement can give them.
    FOR it IN
        SELECT DISTINCT p.proname, p.prorettype, p.proretset, a.args, p.oid = 'pg_catalog.count()'::regprocedure AS star
          FROM pg_proc p,
               LATERAL (SELECT pg_get_function_identity_arguments(p.oid) WHERE NOT 2276 = ANY (p.proargtypes)
                        UNION ALL
                        SELECT 'anyelement' WHERE 2276 = ANY (p.proargtypes)
                        UNION ALL
                        SELECT concat_ws(', ', 'text', CASE WHEN n > 0 THEN repeat(t || ', ', n - 1) || t END)
                          FROM generate_series(0, 9) n, unnest('{text,name,anycompatible}'::text[]) t
                         WHERE p.provariadic = 2276) a (args)
         WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind IN ('f', 'a', 'w')
           AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
    LOOP
        BEGIN
            EXECUTE format('CREATE OR REPLACE FUNCTION public.%I(%s) RETURNS %s %s LANGUAGE plpgsql AS %L', it.proname,
                           it.args, CASE WHEN it.proretset THEN 'SETOF' END,
                           CASE WHEN it.prorettype = 'record'::regtype THEN 'text' ELSE it.prorettype::regtype::text END,
                           format(body, it.proname));
        EXCEPTION WHEN OTHERS THEN NULL; -- of types that are the server's own
        END;
    END LOOP;

    -- Operators: the same ones, and for constants those over any type.
    FOR it IN
        SELECT o.oprname, o.oprleft, o.oprright, o.oprresult, row_number() OVER () AS n FROM (
            SELECT oprname, oprleft, oprright, oprresult FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace
            UNION
            SELECT oprname, l, r, oprresult FROM pg_operator, unnest('{name,text,int4,int8,numeric,oid,"\"char\""}'::regtype[]) l,
                   unnest('{name,text,int4,int8,numeric,oid,"\"char\""}'::regtype[]) r
             WHERE oprname = ANY ('{=,<>,<,>,<=,>=,||,+,-,*,/,%,~,!~,&}') AND oprleft IN ('text'::regtype, 'int4'::regtype)
               AND oprright = oprleft) o
    LOOP
        BEGIN
            EXECUTE format('CREATE FUNCTION public.planted_%s(%s) RETURNS %s LANGUAGE plpgsql AS %L', it.n,
                           concat_ws(', ', nullif(it.oprleft, 0)::regtype, it.oprright::regtype),
                           it.oprresult::regtype, format(body, 'operator ' || it.oprname));
            EXECUTE format('CREATE OPERATOR public.%s (%s RIGHTARG = %s, FUNCTION = public.planted_%s)', it.oprname,
                           'LEFTARG = ' || nullif(it.oprleft, 0)::regtype || ', ', it.oprright::regtype, it.n);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
    END LOOP;

    -- Relations, which are types too.
    FOR it IN SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') LOOP
        BEGIN
            EXECUTE format('CREATE VIEW public.%I AS SELECT c.* FROM pg_catalog.%I c WHERE public.planted()', it.relname,
                           it.relname);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
    END LOOP;

    -- Types.
    FOR it IN
        SELECT typname FROM pg_type t
         WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typcategory <> 'A' AND typname !~ '^pg_'
    LOOP
        EXECUTE format('CREATE DOMAIN public.%I AS pg_catalog.%I CHECK (public.planted())', it.typname, it.typname);
    END LOOP;
END $$;
