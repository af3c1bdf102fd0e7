-- Timers of an organization that is being deleted may rest: these functions take the kinds that do, and replace those without.
DROP FUNCTION IF EXISTS tenant.organizations_with_due_timers(text[]), tenant.seconds_to_next_timer(text[]);
