-- moonbird: description=Payments through Stripe

ALTER TABLE users
    ADD COLUMN stripe_customer_id        text,
    ADD COLUMN stripe_connect_account_id text;

-- lint: ignore create-index-not-concurrent users had few rows before the launch
CREATE UNIQUE INDEX users_stripe_customer_id_key ON users (stripe_customer_id);
-- lint: ignore create-index-not-concurrent users had few rows before the launch
CREATE UNIQUE INDEX users_stripe_connect_account_id_key ON users (stripe_connect_account_id);

-- The booking keeps the price that was paid, because an offer's price can change later.
-- lint: ignore add-check-validating,rewrite-under-lock meetings had few rows before the launch
ALTER TABLE meetings
    ADD COLUMN stripe_payment_intent_id text,
    ADD COLUMN payment_status text NOT NULL DEFAULT 'none'
        CONSTRAINT meetings_payment_status_check
        CHECK (payment_status IN ('none', 'pending', 'succeeded', 'failed', 'refunded')),
    ADD COLUMN amount          bigint CONSTRAINT meetings_amount_check CHECK (amount >= 0),
    ADD COLUMN application_fee bigint CONSTRAINT meetings_fee_check CHECK (application_fee <= amount),
    ADD COLUMN currency        text;

-- lint: ignore create-index-not-concurrent,rewrite-under-lock meetings had few rows before the launch
CREATE UNIQUE INDEX meetings_stripe_payment_intent_id_key ON meetings (stripe_payment_intent_id);

-- moonbird:down

ALTER TABLE meetings
    DROP COLUMN stripe_payment_intent_id,
    DROP COLUMN payment_status,
    DROP COLUMN application_fee,
    DROP COLUMN amount,
    DROP COLUMN currency;

ALTER TABLE users
    DROP COLUMN stripe_customer_id,
    DROP COLUMN stripe_connect_account_id;
