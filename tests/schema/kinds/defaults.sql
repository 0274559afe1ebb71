-- A domain has the default of its base type, another one, or none.
CREATE TYPE base;
CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE base (INPUT = base_in, OUTPUT = base_out, INTERNALLENGTH = VARIABLE, DEFAULT = 'it''s \ a');
CREATE DOMAIN inherits AS base DEFAULT E'it''s \\ a';
CREATE DOMAIN has_own AS base DEFAULT 'b';
CREATE DOMAIN has_none AS base;
ALTER DOMAIN has_none DROP DEFAULT;
CREATE DOMAIN gone AS base DEFAULT 'x';
CREATE DOMAIN below AS int DEFAULT 1 + 1;
CREATE DOMAIN inherits_below AS below;
CREATE DOMAIN none_below AS below;
ALTER DOMAIN none_below DROP DEFAULT;
-- then
CREATE TYPE base;
CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE base (INPUT = base_in, OUTPUT = base_out, INTERNALLENGTH = VARIABLE, DEFAULT = 'it''s \ a');
CREATE DOMAIN inherits AS base DEFAULT 'c';
CREATE DOMAIN has_own AS base;
ALTER DOMAIN has_own DROP DEFAULT;
CREATE DOMAIN has_none AS base DEFAULT 'd';
CREATE DOMAIN new_with_none AS base;
ALTER DOMAIN new_with_none DROP DEFAULT;
CREATE DOMAIN below AS int DEFAULT 3;
CREATE DOMAIN new_none_below AS below;
ALTER DOMAIN new_none_below DROP DEFAULT;
