-- Preferences that people changed since the merge are kept: in their newest row, or in a new one.

UPDATE user_preferences p
   SET theme           = u.theme,
       language        = u.language,
       email_reminders = u.email_reminders,
       sms_reminders   = u.sms_reminders,
       updated_at      = u.updated_at
  FROM users u
 WHERE u.id = p.user_id
   AND u.updated_at > p.merged_at
   AND p.id = (SELECT id FROM user_preferences WHERE user_id = u.id ORDER BY updated_at DESC, id LIMIT 1);

INSERT INTO user_preferences (user_id, theme, language, email_reminders, sms_reminders, updated_at)
SELECT id, theme, language, email_reminders, sms_reminders, updated_at
  FROM users u
 WHERE (theme, language, email_reminders, sms_reminders) IS DISTINCT FROM ('system', 'en', true, false)
   AND NOT EXISTS (SELECT FROM user_preferences WHERE user_id = u.id);

ALTER TABLE user_preferences DROP COLUMN merged_at;

ALTER TABLE users
    DROP COLUMN theme,
    DROP COLUMN language,
    DROP COLUMN email_reminders,
    DROP COLUMN sms_reminders;
