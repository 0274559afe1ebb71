-- People who signed up through WorkOS could not sign in any more.
DO $$
DECLARE
    n bigint := (SELECT count(*) FROM users WHERE workos_user_id IS NOT NULL AND clerk_user_id IS NULL);
BEGIN
    IF n > 0 THEN
        RAISE EXCEPTION '% users have a WorkOS account and none at Clerk', n
            USING HINT = 'Give them a clerk_user_id first.';
    END IF;
END
$$;

ALTER TABLE users
    DROP COLUMN workos_user_id,
    DROP COLUMN email_verified_at,
    DROP COLUMN last_sign_in_at;
