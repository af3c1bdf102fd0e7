-- When the recipient of an e-mail channel ended it; before, the text of the last error said so.
ALTER TABLE alert_channels ADD COLUMN unsubscribed_at timestamptz;
UPDATE alert_channels SET unsubscribed_at = updated_at, last_error = NULL
  WHERE status = 'unverified' AND last_error = 'The recipient unsubscribed.';
