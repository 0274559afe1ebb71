-- moonbird: description=Sign-in moves from Clerk to WorkOS
-- clerk_user_id stays, because old data refers to it.

ALTER TABLE users
    ADD COLUMN workos_user_id    text,
    ADD COLUMN email_verified_at timestamptz,
    ADD COLUMN last_sign_in_at   timestamptz;

-- lint: ignore create-index-not-concurrent sign-in is closed while this runs
CREATE UNIQUE INDEX users_workos_user_id_key ON users (workos_user_id);
