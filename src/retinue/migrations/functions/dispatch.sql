-- Dispatch: submit, take, cancel, claim and finish jobs, has_job. The tables are Procrastinate's (numbered step 0006).

-- Makes a run's job; nothing when one is waiting already. A job that is running does not count: it may be at its end.
CREATE OR REPLACE FUNCTION dispatch.submit(run uuid, job_priority integer, not_before timestamptz) RETURNS void LANGUAGE plpgsql
  SET search_path = dispatch, pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = run::text AND status = 'todo') THEN
    RETURN;
  END IF;
  PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
    'runs', 'run', job_priority, run::text, run::text, jsonb_build_object('run_id', run), not_before
  )::procrastinate_job_to_defer_v1]);
EXCEPTION WHEN unique_violation THEN
  RETURN;
END $$;

-- Removes the jobs of runs that wait for a later instant: a run that goes on before it would otherwise be found again only then,
-- if its worker dies (dispatch.put_back keeps one job for each run, the one that waits).
CREATE OR REPLACE FUNCTION dispatch.forget(runs uuid[]) RETURNS void LANGUAGE sql SET search_path = dispatch, pg_catalog AS $$
  DELETE FROM procrastinate_jobs WHERE queueing_lock = ANY (runs::text[]) AND status = 'todo'
$$;

-- Makes the job that looks at a waiting run at an instant, in place of an earlier one.
CREATE OR REPLACE FUNCTION dispatch.remind(run uuid, job_priority integer, at timestamptz) RETURNS void LANGUAGE plpgsql
  SET search_path = dispatch, pg_catalog AS $$
BEGIN
  PERFORM dispatch.forget(ARRAY[run]);
  PERFORM dispatch.submit(run, job_priority, at);
END $$;

-- Makes the jobs of runs that a worker begins with at once. Names those it now has; a run that someone carries is left out.
CREATE OR REPLACE FUNCTION dispatch.take(runs uuid[], worker bigint) RETURNS TABLE (job_id bigint, run_id uuid) LANGUAGE sql
  SET search_path = dispatch, pg_catalog AS $$
  INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, worker_id)
    SELECT 'runs', 'run', run::text, run::text, jsonb_build_object('run_id', run), 'doing', worker FROM unnest(runs) AS given (run)
    ON CONFLICT (lock) WHERE status = 'doing' DO NOTHING
    RETURNING id, lock::uuid
$$;

-- Names runs whose jobs could be claimed now.
CREATE OR REPLACE FUNCTION dispatch.list_waiting(most integer) RETURNS TABLE (run_id uuid) LANGUAGE sql STABLE
  SET search_path = dispatch, pg_catalog AS $$
  SELECT (job.args ->> 'run_id')::uuid FROM procrastinate_jobs AS job
  WHERE job.status = 'todo' AND job.queue_name = 'runs' AND (job.scheduled_at IS NULL OR job.scheduled_at <= tenant.now())
  ORDER BY job.priority DESC, job.id LIMIT most
$$;

-- Says whether a run has a job, waiting or carried out.
CREATE OR REPLACE FUNCTION dispatch.has_job(run uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = dispatch, pg_catalog AS $$
  SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = run::text AND status = 'todo')
    OR EXISTS (SELECT FROM procrastinate_jobs WHERE lock = run::text AND status = 'doing')
$$;

-- Removes the jobs of runs that end in this transaction.
CREATE OR REPLACE FUNCTION dispatch.remove(runs uuid[]) RETURNS void LANGUAGE sql SET search_path = dispatch, pg_catalog AS $$
  DELETE FROM procrastinate_jobs WHERE lock = ANY (runs::text[]) AND status = 'doing'
$$;

-- Removes a run's waiting job and asks for the running one to be aborted; returns the running job's id.
CREATE OR REPLACE FUNCTION dispatch.cancel(run uuid) RETURNS bigint LANGUAGE sql SET search_path = dispatch, pg_catalog AS $$
  DELETE FROM procrastinate_jobs WHERE queueing_lock = run::text AND status = 'todo';
  UPDATE procrastinate_jobs SET abort_requested = true WHERE lock = run::text AND status = 'doing' RETURNING id;
$$;

-- Claims up to so many jobs for a worker in one statement, by priority, then age. A run has at most one job that waits
-- (queueing_lock) and one that is carried out (lock), both unique, so no other of its jobs has to be compared with.
CREATE OR REPLACE FUNCTION dispatch.claim(worker bigint, wanted integer) RETURNS TABLE (job_id bigint, run_id uuid, job_attempts integer)
  LANGUAGE plpgsql SET search_path = dispatch, pg_catalog AS $$
BEGIN
  RETURN QUERY
  WITH candidate AS (
    SELECT job.id FROM procrastinate_jobs AS job
    WHERE job.status = 'todo' AND job.queue_name = 'runs' AND (job.scheduled_at IS NULL OR job.scheduled_at <= tenant.now())
      AND NOT EXISTS (SELECT FROM procrastinate_jobs AS other WHERE other.lock = job.lock AND other.status = 'doing')
    ORDER BY job.priority DESC, job.id LIMIT wanted
    FOR UPDATE OF job SKIP LOCKED
  ), claimed AS (
    UPDATE procrastinate_jobs AS job SET status = 'doing', worker_id = worker FROM candidate WHERE job.id = candidate.id
    RETURNING job.id, job.args, job.attempts, job.priority
  )
  SELECT c.id, (c.args ->> 'run_id')::uuid, c.attempts FROM claimed AS c ORDER BY c.priority DESC, c.id;
END $$;

-- Removes jobs that a worker has carried out; says whether another job of one of their runs waits. Not flushed by itself
-- either: one that comes back with a crash is found by the worker's sweep, and its run is over.
CREATE OR REPLACE FUNCTION dispatch.finish(jobs bigint[], worker bigint) RETURNS boolean LANGUAGE plpgsql SET search_path = dispatch, pg_catalog AS $$
DECLARE
  has_next boolean;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  WITH ended AS (
    DELETE FROM procrastinate_jobs WHERE id = ANY (jobs) AND worker_id = worker AND status = 'doing' RETURNING lock
  )
  SELECT EXISTS (SELECT FROM ended JOIN procrastinate_jobs AS job ON job.queueing_lock = ended.lock AND job.status = 'todo')
    INTO has_next;
  RETURN has_next;
END $$;

-- Puts a worker's jobs back, to be claimed from an instant on. One whose abortion was asked for, or whose run has another
-- job waiting, goes instead. A job that was removed from the worker is left alone.
CREATE OR REPLACE FUNCTION dispatch.put_back(jobs bigint[], worker bigint, not_before timestamptz) RETURNS void LANGUAGE sql
  SET search_path = dispatch, pg_catalog AS $$
  WITH held AS (
    SELECT id, abort_requested OR EXISTS (
      SELECT FROM procrastinate_jobs AS other WHERE other.queueing_lock = job.queueing_lock AND other.status = 'todo') AS is_spare
    FROM procrastinate_jobs AS job
    WHERE id = ANY (jobs) AND status = 'doing' AND worker_id IS NOT DISTINCT FROM worker
    FOR UPDATE SKIP LOCKED
  ), gone AS (
    DELETE FROM procrastinate_jobs USING held WHERE procrastinate_jobs.id = held.id AND held.is_spare
  )
  UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = not_before, worker_id = NULL
  FROM held WHERE procrastinate_jobs.id = held.id AND NOT held.is_spare
$$;

-- Takes workers off the list and puts their jobs back; says how many. Jobs of workers that are off the list already go too.
CREATE OR REPLACE FUNCTION dispatch.bury(dead bigint[]) RETURNS integer LANGUAGE plpgsql SET search_path = dispatch, pg_catalog AS $$
DECLARE
  each record;
  total integer := 0;
BEGIN
  DELETE FROM procrastinate_workers WHERE id = ANY (dead);
  FOR each IN
    SELECT job.worker_id, array_agg(job.id) AS jobs FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.status = 'doing' AND worker.id IS NULL GROUP BY job.worker_id
  LOOP
    PERFORM put_back(each.jobs, each.worker_id, NULL);
    total := total + cardinality(each.jobs);
  END LOOP;
  RETURN total;
END $$;

-- A worker's sign of life, and all that it must know now and then, in one transaction: how many jobs of workers that were not
-- heard of for so long were put back (only if ``may_judge``), which jobs the table says it carries, which of them are to be
-- aborted, the seconds until a waiting job is due (0: one may be claimed now, null: none waits), and who else works on its
-- machine. A worker that others took for dead is entered again. Not flushed: a crash of the server loses a sign of life.
CREATE OR REPLACE FUNCTION dispatch.beat(
  worker bigint, its_machine text, its_pid integer, its_start text, stall_seconds double precision, may_judge boolean,
  OUT put_back integer, OUT mine bigint[], OUT to_abort bigint[], OUT due_seconds double precision, OUT neighbours jsonb
) LANGUAGE plpgsql SET search_path = dispatch, pg_catalog AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  INSERT INTO procrastinate_workers (id, last_heartbeat) OVERRIDING SYSTEM VALUE VALUES (worker, tenant.now())
    ON CONFLICT (id) DO UPDATE SET last_heartbeat = tenant.now();
  IF its_machine IS NOT NULL THEN
    INSERT INTO worker_machines (worker_id, machine, pid, started) VALUES (worker, its_machine, its_pid, its_start)
      ON CONFLICT (worker_id) DO NOTHING;
  END IF;
  put_back := CASE WHEN may_judge THEN dispatch.bury(ARRAY(
    SELECT id FROM procrastinate_workers WHERE last_heartbeat < tenant.now() - make_interval(secs => stall_seconds)
  )) ELSE 0 END;
  SELECT coalesce(array_agg(id), '{}'), coalesce(array_agg(id) FILTER (WHERE abort_requested), '{}') INTO mine, to_abort
    FROM procrastinate_jobs WHERE worker_id = worker AND status = 'doing';
  SELECT extract(epoch FROM min(greatest(job.scheduled_at, tenant.now())) - tenant.now())::double precision INTO due_seconds
    FROM procrastinate_jobs AS job
    WHERE job.status = 'todo' AND NOT EXISTS (
      SELECT FROM procrastinate_jobs AS other WHERE other.lock = job.lock AND other.status = 'doing');
  SELECT coalesce(jsonb_agg(jsonb_build_array(m.worker_id, m.pid, m.started)), '[]') INTO neighbours
    FROM worker_machines AS m WHERE m.machine = its_machine AND m.worker_id <> worker;
END $$;
