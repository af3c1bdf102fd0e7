-- How far a worker's own clock is from the database's: positive when it is ahead. Such a worker does no maintenance.
ALTER TABLE workers ADD COLUMN clock_skew_seconds double precision NOT NULL DEFAULT 0;
