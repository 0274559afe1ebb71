-- moonbird: description=Users, who sign in through Clerk

CREATE TYPE user_role AS ENUM ('member', 'expert', 'admin');

CREATE TABLE users (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    clerk_user_id text,
    email         text NOT NULL,
    name          text,
    image_url     text,
    role          user_role NOT NULL DEFAULT 'member',
    time_zone     text NOT NULL DEFAULT 'UTC',
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    deleted_at    timestamptz
);

CREATE UNIQUE INDEX users_clerk_user_id_key ON users (clerk_user_id);

-- A person who closed an account may open a new one with the same address.
CREATE UNIQUE INDEX users_email_key ON users (lower(email)) WHERE deleted_at IS NULL;
