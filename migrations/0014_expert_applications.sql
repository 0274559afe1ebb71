-- moonbird: description=Users who apply to be experts

CREATE TABLE expert_applications (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- An application is personal data: it goes with the account.
    user_id          uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The decision stays when the account of the person who made it is deleted.
    reviewed_by      uuid REFERENCES users (id) ON DELETE SET NULL,
    status           text NOT NULL DEFAULT 'submitted'
        CHECK (status IN ('draft', 'submitted', 'approved', 'rejected', 'withdrawn')),
    headline         text NOT NULL,
    about            text,
    languages        text[] NOT NULL DEFAULT '{}',
    license_number   text,
    rejection_reason text,
    submitted_at     timestamptz,
    reviewed_at      timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    deleted_at       timestamptz,
    CONSTRAINT expert_applications_review_check
        CHECK (status NOT IN ('approved', 'rejected') OR reviewed_at IS NOT NULL)
);

CREATE INDEX expert_applications_user_id_idx ON expert_applications (user_id);
CREATE INDEX expert_applications_reviewed_by_idx ON expert_applications (reviewed_by);
CREATE UNIQUE INDEX expert_applications_open_key ON expert_applications (user_id)
    WHERE status IN ('draft', 'submitted') AND deleted_at IS NULL;
