-- Links by which others read a conversation, up to the message that was the last one when the link was made. Only the hash of its token
-- is stored, and only the person whose conversation it is sees the row: others come in by tenant.open_conversation_share alone.
CREATE TABLE conversation_shares (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  user_id uuid NOT NULL CONSTRAINT conversation_shares_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
  audience text NOT NULL CONSTRAINT conversation_shares_audience_check CHECK (audience IN ('members', 'anyone')),
  token_hash bytea NOT NULL CONSTRAINT conversation_shares_token_hash_key UNIQUE,
  last_sequence integer NOT NULL,
  message_count integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT tenant.now(),
  expires_at timestamptz NOT NULL,
  CONSTRAINT conversation_shares_conversation_id_fkey FOREIGN KEY (organization_id, conversation_id)
    REFERENCES conversations (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX conversation_shares_conversation_id_idx ON conversation_shares (organization_id, conversation_id);
CREATE INDEX conversation_shares_user_id_idx ON conversation_shares (user_id);
CREATE INDEX conversation_shares_expires_at_idx ON conversation_shares (expires_at);
SELECT tenant.protect('conversation_shares');
SELECT tenant.keep_to_user('conversation_shares');
