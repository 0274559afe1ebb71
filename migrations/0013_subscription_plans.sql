-- moonbird: description=Subscription plans of organizations

CREATE TABLE subscription_plans (
    id                     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- An organization that was billed cannot be deleted; it only gets a deleted_at.
    organization_id        uuid NOT NULL REFERENCES organizations (id) ON DELETE RESTRICT,
    stripe_subscription_id text,
    stripe_price_id        text,
    tier                   text NOT NULL CHECK (tier IN ('community', 'professional', 'team')),
    billing_interval       text NOT NULL CHECK (billing_interval IN ('month', 'year')),
    status                 text NOT NULL DEFAULT 'active'
        CHECK (status IN ('trialing', 'active', 'past_due', 'cancelled')),
    price                  bigint NOT NULL CHECK (price >= 0),
    currency               text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
    current_period_start   timestamptz,
    current_period_end     timestamptz,
    trial_ends_at          timestamptz,
    cancelled_at           timestamptz,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now(),
    deleted_at             timestamptz,
    CONSTRAINT subscription_plans_period_check CHECK (current_period_start < current_period_end)
);

COMMENT ON COLUMN subscription_plans.price IS 'in minor units, a billing interval';

CREATE INDEX subscription_plans_organization_id_idx ON subscription_plans (organization_id);
CREATE UNIQUE INDEX subscription_plans_stripe_subscription_id_key
    ON subscription_plans (stripe_subscription_id);
CREATE UNIQUE INDEX subscription_plans_live_key ON subscription_plans (organization_id)
    WHERE status <> 'cancelled' AND deleted_at IS NULL;

-- moonbird:down

DROP TABLE subscription_plans;
