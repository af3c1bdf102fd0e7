-- Until when a person has put off a notification.
ALTER TABLE notifications ADD COLUMN snoozed_until timestamptz;
