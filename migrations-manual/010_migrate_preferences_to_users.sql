-- moonbird: description=Preferences become columns of users
-- moonbird: requires=0007_user_preferences
--
-- The application may write to both places for a while: --again merges what is new.

-- lint: ignore add-check-validating it runs in the maintenance window
ALTER TABLE users
    ADD COLUMN IF NOT EXISTS theme text NOT NULL DEFAULT 'system'
        CONSTRAINT users_theme_check CHECK (theme IN ('light', 'dark', 'system')),
    ADD COLUMN IF NOT EXISTS language        text NOT NULL DEFAULT 'en',
    ADD COLUMN IF NOT EXISTS email_reminders boolean NOT NULL DEFAULT true,
    ADD COLUMN IF NOT EXISTS sms_reminders   boolean NOT NULL DEFAULT false;

ALTER TABLE user_preferences ADD COLUMN IF NOT EXISTS merged_at timestamptz;

-- If a user has several rows, the newest row with a value counts, for each preference.
UPDATE users u
   SET theme           = coalesce(p.theme, u.theme),
       language        = coalesce(p.language, u.language),
       email_reminders = coalesce(p.email_reminders, u.email_reminders),
       sms_reminders   = coalesce(p.sms_reminders, u.sms_reminders)
  FROM (SELECT user_id,
               (array_agg(theme           ORDER BY updated_at DESC, id) FILTER (WHERE theme           IS NOT NULL))[1] AS theme,
               (array_agg(language        ORDER BY updated_at DESC, id) FILTER (WHERE btrim(language) <> ''))[1]       AS language,
               (array_agg(email_reminders ORDER BY updated_at DESC, id) FILTER (WHERE email_reminders IS NOT NULL))[1] AS email_reminders,
               (array_agg(sms_reminders   ORDER BY updated_at DESC, id) FILTER (WHERE sms_reminders   IS NOT NULL))[1] AS sms_reminders
          FROM user_preferences
         WHERE merged_at IS NULL OR merged_at < updated_at
         GROUP BY user_id) AS p
 WHERE u.id = p.user_id; -- lint: ignore backfill-with-ddl,dml-under-access-exclusive it runs in the maintenance window

UPDATE user_preferences
   SET merged_at = greatest(now(), updated_at) -- lint: ignore backfill-with-ddl,dml-under-access-exclusive it runs in the maintenance window
 WHERE merged_at IS NULL OR merged_at < updated_at;

-- expect: 0
SELECT count(*) AS unmerged FROM user_preferences WHERE merged_at IS NULL OR merged_at < updated_at;

SELECT count(DISTINCT user_id) AS users, count(*) AS rows
  FROM user_preferences
 WHERE merged_at >= now();
