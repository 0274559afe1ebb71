-- moonbird: description=Google Calendar, with a user's consent
-- moonbird: requires=0000_init
-- The application encrypts the tokens before it stores them.

ALTER TABLE users
    ADD COLUMN google_account_email    text,
    ADD COLUMN google_access_token     text,
    ADD COLUMN google_refresh_token    text,
    ADD COLUMN google_token_expires_at timestamptz,
    ADD COLUMN google_scopes           text[] NOT NULL DEFAULT '{}',
    ADD COLUMN google_connected_at     timestamptz;

-- Without a refresh token, a connection stops working within an hour.
ALTER TABLE users ADD CONSTRAINT users_google_token_check
    CHECK (google_access_token IS NULL OR google_refresh_token IS NOT NULL) NOT VALID;
COMMIT;

ALTER TABLE users VALIDATE CONSTRAINT users_google_token_check;

-- moonbird:down

ALTER TABLE users
    DROP COLUMN google_account_email,
    DROP COLUMN google_access_token,
    DROP COLUMN google_refresh_token,
    DROP COLUMN google_token_expires_at,
    DROP COLUMN google_scopes,
    DROP COLUMN google_connected_at;
