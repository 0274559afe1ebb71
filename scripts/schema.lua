-- The schema that the migrations make.  Edit it, and moonbird generate writes the next migration.

local slug = "slug text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$')"
local currency = "currency text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$')"
local live = "deleted_at IS NULL"

-- A text column that has one of these values.
local function choice(column, values, rest)
  return ("%s text %s CHECK (%s IN ('%s'))"):format(column, rest, column, table.concat(values, "', '"))
end

return function(s)
  s:enum("user_role", { "member", "expert", "admin" })
  s:enum("meeting_status", { "booked", "completed", "no_show", "cancelled" })
  s:enum("membership_role", { "owner", "admin", "member" })

  s:table("users", {
    s:uuid_key(),
    "clerk_user_id text",
    "email text NOT NULL",
    "name text",
    "image_url text",
    "role user_role NOT NULL DEFAULT 'member'",
    "time_zone text NOT NULL DEFAULT 'UTC'",
    s:timestamps(),
    s:soft_delete(),
    "stripe_customer_id text",
    "stripe_connect_account_id text",
    "workos_user_id text",
    "email_verified_at timestamptz",
    "last_sign_in_at timestamptz",
    "first_name text",
    "last_name text",
    s:unique_index("lower(email)", { name = "users_email_key", where = live }),
    s:unique_index "clerk_user_id",
    s:unique_index "stripe_customer_id",
    s:unique_index "stripe_connect_account_id",
    s:unique_index "workos_user_id",
  })

  s:table("organizations", {
    s:uuid_key(),
    "workos_organization_id text",
    "name text NOT NULL",
    slug,
    choice("kind", { "personal", "team" }, "NOT NULL DEFAULT 'team'"),
    "metadata jsonb NOT NULL DEFAULT '{}'",
    s:timestamps(),
    s:soft_delete(),
    s:unique_index "slug",
    s:unique_index "workos_organization_id",
  })

  s:table("user_org_memberships", {
    s:uuid_key(),
    s:references("user_id", "users", { not_null = true, on_delete = "cascade" }),
    s:references("organization_id", "organizations", { not_null = true, on_delete = "cascade" }),
    "workos_membership_id text",
    "role membership_role NOT NULL DEFAULT 'member'",
    choice("status", { "pending", "active", "inactive" }, "NOT NULL DEFAULT 'active'"),
    "joined_at timestamptz NOT NULL DEFAULT now()",
    s:timestamps(),
    s:soft_delete(),
    s:unique_index("user_id, organization_id", { name = "user_org_memberships_user_key", where = live }),
    s:unique_index "workos_membership_id",
  })

  s:table("events", {
    s:uuid_key(),
    s:references("expert_id", "users", { not_null = true, on_delete = "cascade" }),
    slug,
    "title text NOT NULL",
    "description text",
    "duration_minutes integer NOT NULL CHECK (duration_minutes BETWEEN 5 AND 480)",
    "price bigint NOT NULL DEFAULT 0 CHECK (price >= 0)",
    currency,
    "is_active boolean NOT NULL DEFAULT true",
    "sort_order integer NOT NULL DEFAULT 0",
    s:timestamps(),
    s:soft_delete(),
    s:references("organization_id", "organizations", { not_null = true, on_delete = "restrict" }),
    s:unique_index("expert_id, slug", { name = "events_expert_slug_key", where = live }),
    comments = { price = "in minor units: 4500 with EUR is 45.00 euro" },
  })

  s:table("schedules", {
    s:uuid_key(),
    s:references("expert_id", "users", { not_null = true, on_delete = "cascade" }),
    "name text NOT NULL DEFAULT 'Working hours'",
    "time_zone text NOT NULL",
    "is_default boolean NOT NULL DEFAULT false",
    s:timestamps(),
    s:soft_delete(),
    s:unique_index("expert_id", { name = "schedules_default_key", where = "is_default AND " .. live }),
  })

  s:table("schedule_hours", {
    s:uuid_key(),
    s:references("schedule_id", "schedules", { not_null = true, on_delete = "cascade" }),
    "weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7)",
    "starts_at time NOT NULL",
    "ends_at time NOT NULL",
    s:check("schedule_hours_order_check", "starts_at < ends_at"),
    comments = { weekday = "ISO: 1 is Monday, 7 is Sunday" },
  })

  s:table("meetings", {
    s:uuid_key(),
    s:references("event_id", "events", { not_null = true, on_delete = "restrict" }),
    s:references("expert_id", "users", { not_null = true, on_delete = "restrict", index = { "expert_id", "starts_at" } }),
    "guest_email text",
    "guest_name text",
    "guest_time_zone text NOT NULL DEFAULT 'UTC'",
    "notes text",
    "status meeting_status NOT NULL DEFAULT 'booked'",
    "cancellation_reason text",
    "starts_at timestamptz NOT NULL",
    "ends_at timestamptz NOT NULL",
    "meeting_url text",
    s:timestamps(),
    s:soft_delete(),
    "stripe_payment_intent_id text",
    choice("payment_status", { "none", "pending", "succeeded", "failed", "refunded" }, "NOT NULL DEFAULT 'none'"),
    "amount bigint CHECK (amount >= 0)",
    "application_fee bigint",
    "currency text",
    s:check("meetings_order_check", "starts_at < ends_at"),
    s:check("meetings_fee_check", "application_fee <= amount"),
    s:index("lower(guest_email)", { name = "meetings_guest_email_idx" }),
    s:unique_index("expert_id, starts_at", { name = "meetings_slot_key", where = "status <> 'cancelled' AND " .. live,
                                             comment = "an expert has one meeting at a time" }),
    s:unique_index "stripe_payment_intent_id",
  })

  s:table("user_preferences", {
    s:uuid_key(),
    s:references("user_id", "users", { not_null = true, on_delete = "cascade" }),
    choice("theme", { "light", "dark", "system" }, ""),
    "language text",
    "email_reminders boolean",
    "sms_reminders boolean",
    s:timestamps(),
  })

  s:table("subscription_plans", {
    s:uuid_key(),
    s:references("organization_id", "organizations", { not_null = true, on_delete = "restrict" }),
    "stripe_subscription_id text",
    "stripe_price_id text",
    choice("tier", { "community", "professional", "team" }, "NOT NULL"),
    choice("billing_interval", { "month", "year" }, "NOT NULL"),
    choice("status", { "trialing", "active", "past_due", "cancelled" }, "NOT NULL DEFAULT 'active'"),
    "price bigint NOT NULL CHECK (price >= 0)",
    currency,
    "current_period_start timestamptz",
    "current_period_end timestamptz",
    "trial_ends_at timestamptz",
    "cancelled_at timestamptz",
    s:timestamps(),
    s:soft_delete(),
    s:check("subscription_plans_period_check", "current_period_start < current_period_end"),
    s:unique_index("organization_id", { name = "subscription_plans_live_key", where = "status <> 'cancelled' AND " .. live }),
    s:unique_index "stripe_subscription_id",
    comments = { price = "in minor units, a billing interval" },
  })

  s:table("expert_applications", {
    s:uuid_key(),
    s:references("user_id", "users", { not_null = true, on_delete = "cascade" }),
    s:references("reviewed_by", "users", { on_delete = "set null" }),
    choice("status", { "draft", "submitted", "approved", "rejected", "withdrawn" }, "NOT NULL DEFAULT 'submitted'"),
    "headline text NOT NULL",
    "about text",
    "languages text[] NOT NULL DEFAULT '{}'",
    "license_number text",
    "rejection_reason text",
    "submitted_at timestamptz",
    "reviewed_at timestamptz",
    s:timestamps(),
    s:soft_delete(),
    s:check("expert_applications_review_check", "status NOT IN ('approved', 'rejected') OR reviewed_at IS NOT NULL"),
    s:unique_index("user_id", { name = "expert_applications_open_key",
                                where = "status IN ('draft', 'submitted') AND " .. live }),
  })

  s:table("audit_logs", {
    s:uuid_key(),
    "occurred_at timestamptz NOT NULL DEFAULT now()",
    s:references("organization_id", "organizations",
                 { on_delete = "set null", index = { "organization_id", "occurred_at" } }),
    s:references("actor_id", "users", { on_delete = "set null", index = { "actor_id", "occurred_at" } }),
    "actor_label text NOT NULL",
    [[action text NOT NULL CHECK (action ~ '^[a-z0-9_]+(\.[a-z0-9_]+)+$')]],
    "target_type text",
    "target_id uuid",
    "ip inet",
    "user_agent text",
    "details jsonb NOT NULL DEFAULT '{}'",
    "legacy jsonb",
    s:index "occurred_at",
  })
end
