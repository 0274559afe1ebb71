DROP TABLE schedule_hours;
DROP TABLE schedules;
