\restrict abc
SET standard_conforming_strings = off;
COPY t (a) FROM stdin;
1	x\n
\.
SELECT 'a\'b';
\unrestrict abc
