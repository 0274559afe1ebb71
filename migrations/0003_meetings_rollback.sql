DROP TABLE meetings;
DROP TYPE meeting_status;
