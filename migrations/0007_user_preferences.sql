-- moonbird: description=A table of preferences

-- lint: ignore soft-delete preferences are overwritten, and nobody brings them back
CREATE TABLE user_preferences (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Not unique: two browser tabs that save at the same time make two rows.
    user_id         uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    theme           text CHECK (theme IN ('light', 'dark', 'system')),
    language        text,
    email_reminders boolean,
    sms_reminders   boolean,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX user_preferences_user_id_idx ON user_preferences (user_id);

-- moonbird:down

DROP TABLE user_preferences;
