-- A connection to n8n that a file made has its API key yet to be given.
ALTER TABLE n8n_connections ALTER COLUMN api_key_encrypted DROP NOT NULL;
-- Also returns the model, which an existing function cannot be made to.
DROP FUNCTION IF EXISTS control.results_of(text, uuid[]);
