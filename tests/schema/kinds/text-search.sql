CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple, stopwords = 'english', accept = 'true');
CREATE TEXT SEARCH CONFIGURATION c (COPY = pg_catalog.english);
CREATE TABLE t (a text);
CREATE INDEX t_a ON t USING gin (to_tsvector('c'::regconfig, a));
CREATE TEXT SEARCH PARSER p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
-- then
CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple, accept = 'false');
COMMENT ON TEXT SEARCH DICTIONARY d IS 'a dictionary';
CREATE TEXT SEARCH CONFIGURATION c (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION c ALTER MAPPING FOR asciiword WITH d, english_stem;
ALTER TEXT SEARCH CONFIGURATION c DROP MAPPING FOR url;
COMMENT ON TEXT SEARCH CONFIGURATION c IS 'a configuration';
CREATE TABLE t (a text);
CREATE INDEX t_a ON t USING gin (to_tsvector('c'::regconfig, a));
CREATE TEXT SEARCH TEMPLATE lower (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY e (TEMPLATE = lower);
CREATE TEXT SEARCH PARSER p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
COMMENT ON TEXT SEARCH PARSER p IS 'a parser';
CREATE TEXT SEARCH CONFIGURATION e (PARSER = p);
