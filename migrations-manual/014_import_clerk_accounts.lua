-- When sign-in moved from Clerk to WorkOS (0009), Clerk's own database was kept: schema-clerk-legacy.
-- An account that exists only there becomes a user. A user who is here already gets the Clerk id and
-- the time of the last sign-in. Accounts that were banned, or whose address was never verified, are
-- not imported.
--
-- databases.legacy in moonbird.lua has the address of that database, which is only read.

local accounts = [[
  SELECT DISTINCT ON (lower(btrim(e.email_address)))
         u.id AS clerk_user_id,
         lower(btrim(e.email_address)) AS email,
         nullif(btrim(concat_ws(' ', u.first_name, u.last_name)), '') AS name,
         u.image_url,
         u.created_at,
         u.last_sign_in_at
    FROM clerk_users u
    JOIN clerk_email_addresses e ON e.id = u.primary_email_address_id
   WHERE e.verified AND NOT u.banned
   ORDER BY lower(btrim(e.email_address)), u.last_sign_in_at DESC NULLS LAST, u.id
]]

local columns = { "clerk_user_id", "email", "name", "image_url", "created_at", "last_sign_in_at" }

return {
  description = "Accounts from Clerk's old database become users",
  requires = { "0009_workos_sign_in" },

  up = function(db)
    -- The rollback needs a record of what was imported, and of what was there before.
    db:exec [[
      -- lint: ignore uuid-key the key is Clerk's
      CREATE TABLE clerk_accounts (
          clerk_user_id    text PRIMARY KEY,
          email            text NOT NULL,
          name             text,
          image_url        text,
          created_at       timestamptz NOT NULL,
          last_sign_in_at  timestamptz,
          -- The record is only for this user's rollback.
          user_id          uuid REFERENCES users (id) ON DELETE CASCADE,
          is_new           boolean NOT NULL DEFAULT false,
          clerk_id_was     text,
          last_sign_in_was timestamptz
      );
      CREATE INDEX clerk_accounts_user_id_idx ON clerk_accounts (user_id);
    ]]
    local legacy = moonbird.connect "legacy"
    local n = db:copy("clerk_accounts", columns, legacy:rows(accounts))

    -- Match by the Clerk id, whatever the address is now; else by the address, if no other id is known.
    db:exec [[
      UPDATE clerk_accounts a
         SET user_id = u.id, clerk_id_was = u.clerk_user_id, last_sign_in_was = u.last_sign_in_at
        FROM users u
       WHERE u.clerk_user_id = a.clerk_user_id;

      UPDATE clerk_accounts a
         SET user_id = u.id, last_sign_in_was = u.last_sign_in_at
        FROM users u
       WHERE a.user_id IS NULL AND u.clerk_user_id IS NULL
         AND lower(u.email) = a.email AND u.deleted_at IS NULL;

      UPDATE users u
         SET clerk_user_id = a.clerk_user_id,
             last_sign_in_at = greatest(u.last_sign_in_at, a.last_sign_in_at)
        FROM clerk_accounts a
       WHERE u.id = a.user_id; -- lint: ignore large-change only the users that came from Clerk
    ]]
    local added = db:exec [[
      INSERT INTO users (clerk_user_id, email, name, image_url, created_at, last_sign_in_at)
      SELECT clerk_user_id, email, name, image_url, created_at, last_sign_in_at
        FROM clerk_accounts a
       WHERE user_id IS NULL
         AND NOT EXISTS (SELECT FROM users u WHERE lower(u.email) = a.email AND u.deleted_at IS NULL)
    ]]
    db:exec [[
      UPDATE clerk_accounts a SET user_id = u.id, is_new = true
        FROM users u
       WHERE a.user_id IS NULL AND u.clerk_user_id = a.clerk_user_id
    ]]
    local left = db:value "SELECT count(*) FROM clerk_accounts WHERE user_id IS NULL"
    moonbird.log.info("%d accounts, %d of them new users", n, added)
    if left > 0 then moonbird.log.warn("%d have the address of a user with another account", left) end
  end,

  down = function(db)
    local moved = db:value [[
      SELECT count(*) FROM users u JOIN clerk_accounts a ON a.user_id = u.id
       WHERE a.is_new AND u.workos_user_id IS NOT NULL
    ]]
    if moved > 0 then
      error {
        message = moved .. " of the imported users sign in through WorkOS by now",
        hint = "They cannot be told apart from other users any more. Keep them.",
      }
    end
    db:exec [[
      DELETE FROM users u USING clerk_accounts a WHERE a.is_new AND u.id = a.user_id;

      UPDATE users u
         SET clerk_user_id = a.clerk_id_was,
             last_sign_in_at = CASE WHEN u.last_sign_in_at > a.last_sign_in_at THEN u.last_sign_in_at
                                    ELSE a.last_sign_in_was END
        FROM clerk_accounts a
       WHERE u.id = a.user_id;

      DROP TABLE clerk_accounts;
    ]]
  end,
}
