-- moonbird: description=Distributed and reference tables, from SQL
CREATE TABLE tenants (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE events (tenant bigint, id bigint, body text NOT NULL, length int, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, id));
SELECT create_distributed_table('tenants', 'id');
SELECT create_distributed_table('events', 'tenant', colocate_with => 'tenants');
INSERT INTO tenants SELECT i, 'tenant ' || i FROM generate_series(1, 50) i;
INSERT INTO events SELECT i % 50 + 1, i, 'event ' || i FROM generate_series(1, 5000) i;

-- moonbird:down
DROP TABLE events, tenants;
