-- moonbird: description=Row-level security for offers, schedules and meetings
-- moonbird: requires=001_enable_rls_standard,002_add_guest_user_fields,0015_event_organizations

-- A marketplace shows its offers, also to people who are not signed in.
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY events_admin ON events USING ((SELECT app.is_admin()));
CREATE POLICY events_offered ON events FOR SELECT USING (is_active AND deleted_at IS NULL);
CREATE POLICY events_own ON events
    USING (expert_id = (SELECT app.current_user_id()))
    WITH CHECK (expert_id = (SELECT app.current_user_id())
                AND organization_id IN (SELECT app.my_organizations()));
CREATE POLICY events_of_organization ON events FOR SELECT
    USING (organization_id IN (SELECT app.managed_organizations()));

ALTER TABLE schedules ENABLE ROW LEVEL SECURITY;
CREATE POLICY schedules_admin ON schedules USING ((SELECT app.is_admin()));
CREATE POLICY schedules_offered ON schedules FOR SELECT USING (deleted_at IS NULL);
CREATE POLICY schedules_own ON schedules USING (expert_id = (SELECT app.current_user_id()));

-- The hours of a schedule are visible if the schedule is.
ALTER TABLE schedule_hours ENABLE ROW LEVEL SECURITY;
CREATE POLICY schedule_hours_offered ON schedule_hours FOR SELECT
    USING (schedule_id IN (SELECT id FROM schedules));
CREATE POLICY schedule_hours_own ON schedule_hours
    USING (schedule_id IN (SELECT id FROM schedules WHERE expert_id = (SELECT app.current_user_id())));

-- A meeting belongs to its two people. It is cancelled, never deleted.
ALTER TABLE meetings ENABLE ROW LEVEL SECURITY;
CREATE POLICY meetings_admin ON meetings USING ((SELECT app.is_admin()));
CREATE POLICY meetings_see ON meetings FOR SELECT
    USING ((SELECT app.current_user_id()) IN (expert_id, guest_user_id));
CREATE POLICY meetings_book ON meetings FOR INSERT
    WITH CHECK ((SELECT app.current_user_id()) IN (expert_id, guest_user_id)
                AND expert_id = (SELECT e.expert_id FROM events e WHERE e.id = event_id));
CREATE POLICY meetings_edit ON meetings FOR UPDATE
    USING ((SELECT app.current_user_id()) IN (expert_id, guest_user_id));
