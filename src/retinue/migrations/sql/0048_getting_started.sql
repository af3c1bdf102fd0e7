-- Who does not want to see the first steps of an organization any more.
CREATE TABLE getting_started (
  organization_id uuid NOT NULL,
  user_id uuid NOT NULL,
  dismissed_at timestamptz,
  CONSTRAINT getting_started_pkey PRIMARY KEY (user_id, organization_id),
  CONSTRAINT getting_started_membership_fkey FOREIGN KEY (user_id, organization_id)
    REFERENCES memberships (user_id, organization_id) ON DELETE CASCADE
);
SELECT tenant.protect('getting_started');
SELECT tenant.keep_to_user('getting_started');
