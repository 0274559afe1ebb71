DROP POLICY meetings_edit ON meetings;
DROP POLICY meetings_book ON meetings;
DROP POLICY meetings_see ON meetings;
DROP POLICY meetings_admin ON meetings;
ALTER TABLE meetings DISABLE ROW LEVEL SECURITY;

DROP POLICY schedule_hours_own ON schedule_hours;
DROP POLICY schedule_hours_offered ON schedule_hours;
ALTER TABLE schedule_hours DISABLE ROW LEVEL SECURITY;

DROP POLICY schedules_own ON schedules;
DROP POLICY schedules_offered ON schedules;
DROP POLICY schedules_admin ON schedules;
ALTER TABLE schedules DISABLE ROW LEVEL SECURITY;

DROP POLICY events_of_organization ON events;
DROP POLICY events_own ON events;
DROP POLICY events_offered ON events;
DROP POLICY events_admin ON events;
ALTER TABLE events DISABLE ROW LEVEL SECURITY;
