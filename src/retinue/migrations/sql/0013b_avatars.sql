-- Pictures of people, served by Retinue itself. Addresses elsewhere are forgotten: every visitor of the members page loaded
-- them. The serving role reaches the table through functions alone.
CREATE TABLE user_avatars (
  user_id uuid PRIMARY KEY CONSTRAINT user_avatars_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
  type text NOT NULL
    CONSTRAINT user_avatars_type_check CHECK (type IN ('image/png', 'image/jpeg', 'image/gif', 'image/webp')),
  content bytea NOT NULL CONSTRAINT user_avatars_content_check CHECK (octet_length(content) BETWEEN 1 AND 1048576),
  checksum text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
SELECT tenant.touch('user_avatars');
SELECT tenant.force('user_avatars');

UPDATE users SET avatar_url = NULL;
ALTER TABLE users ADD CONSTRAINT users_avatar_url_check CHECK (avatar_url LIKE '/api/v1/users/%');
REVOKE INSERT (avatar_url), UPDATE (avatar_url) ON users FROM retinue_app;
