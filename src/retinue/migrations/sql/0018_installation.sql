-- What is true of the installation as a whole: one row. The application role reaches it through functions alone.
CREATE TABLE installation (
  id boolean CONSTRAINT installation_pkey PRIMARY KEY DEFAULT true CONSTRAINT installation_id_check CHECK (id),
  key_check bytea,
  created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO installation DEFAULT VALUES;
