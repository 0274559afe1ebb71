-- moonbird: description=Schema-based sharding
CREATE SCHEMA tenant_1;
SELECT citus_schema_distribute('tenant_1');
CREATE TABLE tenant_1.notes (id bigint PRIMARY KEY, body text);
INSERT INTO tenant_1.notes SELECT i, 'note ' || i FROM generate_series(1, 100) i;

-- moonbird:down
DROP SCHEMA tenant_1 CASCADE;
