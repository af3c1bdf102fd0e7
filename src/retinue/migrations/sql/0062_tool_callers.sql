-- Which agents, teams and workflows may use a tool, as a list of {type, id}; an empty list: all of them. Who is deleted stays in
-- the list, so that a tool does not become everyone's by that.
ALTER TABLE tools ADD COLUMN allowed_for jsonb NOT NULL DEFAULT '[]'
  CONSTRAINT tools_allowed_for_check CHECK (jsonb_typeof(allowed_for) = 'array' AND jsonb_array_length(allowed_for) <= 200);
