-- needs 15
CREATE SUBSCRIPTION gone CONNECTION 'postgresql://me@there/x' PUBLICATION p WITH (connect = false, two_phase);
CREATE SUBSCRIPTION changed CONNECTION 'dbname=a' PUBLICATION p, q WITH (connect = false, binary);
COMMENT ON SUBSCRIPTION changed IS 'before';
CREATE SUBSCRIPTION same CONNECTION '' PUBLICATION p WITH (connect = false);
-- then
CREATE SUBSCRIPTION changed CONNECTION 'dbname=''b''' PUBLICATION "Q", p
    WITH (connect = false, slot_name = 'other', streaming, synchronous_commit = 'local', disable_on_error);
CREATE SUBSCRIPTION same CONNECTION '' PUBLICATION p WITH (connect = false);
CREATE SUBSCRIPTION "A new" CONNECTION '' PUBLICATION "Q", p WITH (connect = false, slot_name = NONE, binary);
COMMENT ON SUBSCRIPTION "A new" IS 'it''s new';
