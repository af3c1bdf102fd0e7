-- The answers that a reply had before it was regenerated, oldest first: {content, status, run_id} of each.

ALTER TABLE messages ADD COLUMN versions jsonb NOT NULL DEFAULT '[]';
