-- The events that one commit tells of a run are one row: an event is small, and its row and index entry were most of it. What is
-- there stays as it is, a row of one event each.

-- ``sequence``, ``type`` and ``data`` are those of the last event; ``earlier`` are those before it, as [[type, data], …].
ALTER TABLE run_events ADD COLUMN earlier jsonb;

-- Each event by itself. ``last_sequence`` is that of its row: who looks for events after one compares it as well, for its index.
CREATE VIEW run_event_stream WITH (security_invoker = true) AS
  SELECT b.organization_id, b.run_id, e.sequence, e.type, e.data, b.created_at, b.sequence AS last_sequence
  FROM run_events b CROSS JOIN LATERAL (
    SELECT b.sequence - jsonb_array_length(b.earlier) + t.place - 1 AS sequence, t.told ->> 0 AS type, t.told -> 1 AS data
    FROM jsonb_array_elements(b.earlier) WITH ORDINALITY AS t (told, place)
    UNION ALL SELECT b.sequence, b.type, b.data
  ) e;
GRANT SELECT ON run_event_stream TO retinue_app;
