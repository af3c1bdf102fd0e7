-- Teams: groups of agents and teams that work on one task; and runs that start runs.

DROP FUNCTION IF EXISTS journal.commit(text, json, json, json, json, json, json, json, json, json, json, json, json);
DROP FUNCTION IF EXISTS journal.finish(json, uuid[]);

-- A child is known by the step of its parent that asked for it, and by its attempt: told twice, it is started once.
-- ``parent_wave`` counts the times its parent sent members out. ``awaits`` {wave, completed} of a waiting parent lets it go on
-- before all of its children have ended; so does ``wake_at``.
ALTER TABLE runs ADD COLUMN parent_step_id uuid, ADD COLUMN parent_wave integer, ADD COLUMN member_attempt integer,
  ADD COLUMN awaits jsonb, ADD COLUMN wake_at timestamptz;
CREATE UNIQUE INDEX IF NOT EXISTS runs_parent_step_idx ON runs (organization_id, parent_run_id, parent_step_id, member_attempt)
  WHERE parent_step_id IS NOT NULL;

ALTER TABLE agent_thoughts ALTER COLUMN agent_id DROP NOT NULL;

CREATE TABLE teams (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT teams_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT teams_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  name text NOT NULL CONSTRAINT teams_name_check CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '' CONSTRAINT teams_description_check CHECK (length(description) <= 4000),
  icon text NOT NULL DEFAULT 'users' CONSTRAINT teams_icon_check CHECK (length(icon) BETWEEN 1 AND 64),
  type text NOT NULL CONSTRAINT teams_type_check CHECK (type IN ('route', 'coordinate', 'collaborate', 'tasks')),
  instructions text NOT NULL DEFAULT '' CONSTRAINT teams_instructions_check CHECK (length(instructions) <= 100000),
  config jsonb NOT NULL DEFAULT '{}',
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT teams_organization_id_id_key UNIQUE (organization_id, id)
);
CREATE INDEX teams_organization_id_created_at_idx ON teams (organization_id, created_at DESC, id DESC);
SELECT tenant.touch('teams');
SELECT tenant.protect('teams');

-- A member is an agent or a team.
CREATE TABLE team_members (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  team_id uuid NOT NULL,
  agent_id uuid,
  member_team_id uuid,
  position integer NOT NULL CONSTRAINT team_members_position_check CHECK (position >= 0),
  role text NOT NULL DEFAULT '' CONSTRAINT team_members_role_check CHECK (length(role) <= 2000),
  config jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT team_members_team_id_position_key UNIQUE (team_id, position),
  CONSTRAINT team_members_team_id_agent_id_key UNIQUE (team_id, agent_id),
  CONSTRAINT team_members_team_id_member_team_id_key UNIQUE (team_id, member_team_id),
  CONSTRAINT team_members_member_check CHECK (num_nonnulls(agent_id, member_team_id) = 1 AND member_team_id IS DISTINCT FROM team_id),
  CONSTRAINT team_members_team_id_fkey FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT team_members_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT team_members_member_team_id_fkey FOREIGN KEY (organization_id, member_team_id)
    REFERENCES teams (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX team_members_agent_id_idx ON team_members (organization_id, agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX team_members_member_team_id_idx ON team_members (organization_id, member_team_id) WHERE member_team_id IS NOT NULL;
SELECT tenant.protect('team_members');

CREATE TABLE team_versions (
  organization_id uuid NOT NULL,
  team_id uuid NOT NULL,
  version integer NOT NULL,
  snapshot jsonb NOT NULL,
  note text NOT NULL DEFAULT '' CONSTRAINT team_versions_note_check CHECK (length(note) <= 1000),
  created_by uuid CONSTRAINT team_versions_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT team_versions_pkey PRIMARY KEY (team_id, version),
  CONSTRAINT team_versions_team_id_fkey FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('team_versions');
REVOKE UPDATE, DELETE ON team_versions FROM retinue_app; -- what was, stays

ALTER TABLE conversations ADD COLUMN team_id uuid,
  ADD CONSTRAINT conversations_team_id_fkey FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id)
    ON DELETE SET NULL (team_id),
  ADD CONSTRAINT conversations_partner_check CHECK (num_nonnulls(agent_id, team_id) <= 1);
CREATE INDEX IF NOT EXISTS conversations_team_id_idx ON conversations (organization_id, team_id) WHERE team_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS runs_team_idx ON runs (organization_id, target_id, created_at DESC, id DESC) WHERE type = 'team';
