-- Conversations, their messages and attachments. Other members of the organization do not see them.

CREATE TABLE conversations (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT conversations_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  user_id uuid NOT NULL CONSTRAINT conversations_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
  agent_id uuid,
  title text NOT NULL DEFAULT '' CONSTRAINT conversations_title_check CHECK (length(title) <= 200),
  last_message text,
  last_message_time timestamptz,
  message_count integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT conversations_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT conversations_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id)
    ON DELETE SET NULL (agent_id)
);
CREATE INDEX conversations_user_id_last_idx ON conversations
  (organization_id, user_id, (coalesce(last_message_time, created_at)) DESC, id DESC);
CREATE INDEX conversations_user_id_idx ON conversations (user_id);
CREATE INDEX conversations_agent_id_idx ON conversations (organization_id, agent_id);
SELECT tenant.touch('conversations');
SELECT tenant.protect('conversations');
SELECT tenant.keep_to_user('conversations');

-- A reply is there from the moment its run is; ``streaming`` until the run's end is written into it. Its status in the meantime
-- is read from the run.
CREATE TABLE messages (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  user_id uuid NOT NULL CONSTRAINT messages_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
  sequence integer NOT NULL,
  content text NOT NULL,
  sender_type text NOT NULL CONSTRAINT messages_sender_type_check CHECK (sender_type IN ('user', 'agent')),
  attachments jsonb NOT NULL DEFAULT '[]',
  run_id uuid,
  status text NOT NULL CONSTRAINT messages_status_check CHECK (status IN ('complete', 'streaming', 'failed', 'cancelled')),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT messages_conversation_id_sequence_key UNIQUE (conversation_id, sequence),
  CONSTRAINT messages_conversation_id_fkey FOREIGN KEY (organization_id, conversation_id)
    REFERENCES conversations (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT messages_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id)
    ON DELETE SET NULL (run_id)
);
CREATE INDEX messages_run_id_idx ON messages (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX messages_user_id_idx ON messages (user_id);
SELECT tenant.protect('messages');
SELECT tenant.keep_to_user('messages');

CREATE TABLE attachments (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT attachments_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  user_id uuid NOT NULL CONSTRAINT attachments_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
  conversation_id uuid,
  name text NOT NULL CONSTRAINT attachments_name_check CHECK (length(name) BETWEEN 1 AND 255),
  type text NOT NULL,
  size bigint NOT NULL CONSTRAINT attachments_size_check CHECK (size >= 0),
  checksum text NOT NULL,
  storage_key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT attachments_conversation_id_fkey FOREIGN KEY (organization_id, conversation_id)
    REFERENCES conversations (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX attachments_conversation_id_idx ON attachments (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX attachments_user_id_idx ON attachments (user_id);
CREATE INDEX attachments_unused_idx ON attachments (created_at) WHERE conversation_id IS NULL;
SELECT tenant.protect('attachments');
SELECT tenant.keep_to_user('attachments');

ALTER TABLE runs ADD CONSTRAINT runs_conversation_id_fkey FOREIGN KEY (organization_id, conversation_id)
  REFERENCES conversations (organization_id, id) ON DELETE SET NULL (conversation_id);
