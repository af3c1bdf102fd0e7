-- What is published in Redis for readers outside: how agents are, and what is due next. Ids, numbers and instants alone.

-- Agents of all organizations after one of a given id, in the order of their ids: whether they can be reached, as the API tells it,
-- and what their last run or, of external ones, their last heartbeat says. ``cpu`` is a share of one processor in percent.
CREATE OR REPLACE FUNCTION tenant.agents_to_publish(after uuid, most integer) RETURNS TABLE (
  agent_id uuid, status text, cpu numeric, memory bigint, last_execution_time timestamptz, last_duration_ms bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT a.id,
    CASE WHEN a.status = 'error' THEN 'error'
      WHEN a.runtime = 'hosted' THEN CASE WHEN a.status = 'active' THEN 'online' ELSE 'offline' END
      WHEN a.last_heartbeat IS NULL OR a.last_heartbeat < tenant.now() - make_interval(
        secs => coalesce((a.deployment_config #>> '{heartbeat,every_seconds}')::integer, 60)
          + coalesce((a.deployment_config #>> '{heartbeat,grace_seconds}')::integer, 30)) THEN 'offline'
      WHEN a.heartbeat_status = 'error' THEN 'error' ELSE 'online' END,
    CASE WHEN a.runtime = 'external' THEN h.cpu_percent
      WHEN r.duration_ms > 0 THEN round(100 * (r.resource_usage ->> 'cpu_ms')::numeric / r.duration_ms, 1) END,
    CASE WHEN a.runtime = 'external' THEN h.memory_bytes ELSE nullif((r.resource_usage ->> 'peak_memory_bytes')::bigint, 0) END,
    r.completed_at, r.duration_ms::bigint
  FROM agents a JOIN organizations o ON o.id = a.organization_id AND o.status = 'active'
  LEFT JOIN LATERAL (
    SELECT l.completed_at, l.duration_ms, l.resource_usage FROM runs l
    WHERE l.organization_id = a.organization_id AND l.agent_id = a.id AND l.completed_at IS NOT NULL
    ORDER BY l.created_at DESC, l.id DESC LIMIT 1) r ON true
  LEFT JOIN LATERAL (
    SELECT b.cpu_percent, b.memory_bytes FROM agent_heartbeats b
    WHERE a.runtime = 'external' AND b.organization_id = a.organization_id AND b.agent_id = a.id
    ORDER BY b.received_at DESC LIMIT 1) h ON true
  WHERE a.id > after ORDER BY a.id LIMIT most
$$;

-- What schedules of all organizations start next, the earliest first.
CREATE OR REPLACE FUNCTION tenant.schedules_to_publish(most integer)
  RETURNS TABLE (schedule_id uuid, organization_id uuid, target_type text, target_id uuid, due_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s.id, s.organization_id, s.target_type, s.target_id, t.due_at
  FROM due_timers t JOIN agent_schedules s ON s.organization_id = t.organization_id AND s.id = t.subject_id
  JOIN organizations o ON o.id = t.organization_id AND o.status = 'active'
  WHERE t.kind = 'schedules.fire' AND t.failed_at IS NULL AND s.enabled ORDER BY t.due_at, t.id LIMIT most
$$;

REVOKE ALL ON FUNCTION tenant.agents_to_publish(uuid, integer), tenant.schedules_to_publish(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.agents_to_publish(uuid, integer), tenant.schedules_to_publish(integer) TO retinue_app;
