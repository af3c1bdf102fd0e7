-- Where each worker of dispatch runs, so that others on its machine can tell that its process is gone.
CREATE TABLE dispatch.worker_machines (
  worker_id bigint PRIMARY KEY CONSTRAINT worker_machines_worker_id_fkey
    REFERENCES dispatch.procrastinate_workers (id) ON DELETE CASCADE,
  machine text NOT NULL,
  pid integer NOT NULL,
  started text NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON dispatch.worker_machines TO retinue_app;

-- Replaced by dispatch.beat, which judges and gives a sign of life in one transaction.
DROP FUNCTION IF EXISTS dispatch.put_back_stalled(double precision);
