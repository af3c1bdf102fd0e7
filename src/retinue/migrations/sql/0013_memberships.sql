-- What a member created ends with the membership. Keys of people who were removed before this step are revoked now, so that
-- a new invitation does not revive them.
UPDATE api_keys k SET revoked_at = now()
  WHERE revoked_at IS NULL
    AND NOT EXISTS (SELECT FROM memberships m WHERE m.user_id = k.created_by AND m.organization_id = k.organization_id);
UPDATE sessions s SET organization_id = NULL
  WHERE organization_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM memberships m WHERE m.user_id = s.user_id AND m.organization_id = s.organization_id);
CREATE TRIGGER end_membership AFTER DELETE OR UPDATE OF role ON memberships FOR EACH ROW
  EXECUTE FUNCTION tenant.end_membership();
