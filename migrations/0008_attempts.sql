-- A trial may have several attempts.
--
-- `place` says which of the trial's attempts one is: an attempt that takes the place of one whose record did not come out
-- again has that one's. An attempt that begins behind a turn of another one has that one's number and turn; its own turns
-- are those after it. `counted` is the attempt whose work was graded.
ALTER TABLE attempts ADD COLUMN place INTEGER NOT NULL DEFAULT 1;
ALTER TABLE attempts ADD COLUMN from_attempt INTEGER;
ALTER TABLE attempts ADD COLUMN from_turn INTEGER;
ALTER TABLE trials ADD COLUMN counted INTEGER;

DROP VIEW v_attempts;
CREATE VIEW v_attempts AS
SELECT
  t.run_id, t.trial_id, a.attempt, a.seed, a.ending, a.stop_rule, a.error, a.turn_limit, a.extensions, a.reminders,
  a.prompt_hash, a.started_at, a.ended_at, a.place, a.from_attempt, a.from_turn
FROM attempts a JOIN trials t ON t.id = a.trial;

-- As in 0005, with the turn limit of the attempt that counts, and which one that is at the end.
DROP VIEW v_trials;
CREATE VIEW v_trials AS
SELECT
  t.run_id,
  t.trial_id,
  t.suite,
  t.task,
  p.name AS policy,
  t.seed,
  coalesce(t.model, r.model) AS model,
  t.ending,
  t.stop_rule,
  t.solved,
  t.score,
  coalesce(n.turns, 0) AS turns,
  coalesce((SELECT a.turn_limit FROM attempts a WHERE a.trial = t.id AND a.attempt = t.counted),
           (SELECT a.turn_limit FROM attempts a WHERE a.trial = t.id AND a.ending IS NOT NULL
            ORDER BY a.attempt DESC LIMIT 1), t.turn_limit) AS turn_limit,
  (SELECT coalesce(sum(a.extensions), 0) FROM attempts a WHERE a.trial = t.id) AS extensions,
  (SELECT coalesce(sum(a.reminders), 0) FROM attempts a WHERE a.trial = t.id) AS reminders,
  (SELECT count(*) FROM attempts a WHERE a.trial = t.id) AS attempts,
  CASE WHEN n.trial IS NULL THEN coalesce(t.prompt_tokens, 0) ELSE coalesce(n.prompt_tokens, t.prompt_tokens) END AS prompt_tokens,
  CASE WHEN n.trial IS NULL THEN 0 ELSE n.prefill_tokens END AS prefill_tokens,
  CASE WHEN n.trial IS NULL THEN coalesce(t.decode_tokens, 0) ELSE coalesce(n.decode_tokens, t.decode_tokens) END AS decode_tokens,
  CASE WHEN n.trial IS NULL THEN 0.0 ELSE n.model_ms END AS model_ms,
  CASE WHEN n.trial IS NULL THEN 0.0 ELSE n.tool_ms END AS tool_ms,
  t.wall_ms,
  nullif(t.started_at, 0) AS started_at,
  nullif(t.ended_at, 0) AS ended_at,
  t.ending IS NOT NULL AND t.ending NOT IN ('infra_error', 'interrupted') AS finished,
  t.turn_limit AS first_turn_limit,
  coalesce(n.cost, t.cost) AS cost,
  t.counted
FROM trials t
JOIN policies p ON p.id = t.policy
JOIN runs r ON r.run_id = t.run_id
LEFT JOIN (
  SELECT
    trial,
    count(*) AS turns,
    CASE max(unknown & 1) WHEN 0 THEN sum(prompt_tokens) END AS prompt_tokens,
    CASE max(unknown & 2) WHEN 0 THEN sum(prefill_tokens) END AS prefill_tokens,
    CASE max(unknown & 4) WHEN 0 THEN sum(decode_tokens) END AS decode_tokens,
    CASE max(unknown & 8) WHEN 0 THEN sum(model_ms) END AS model_ms,
    CASE max(unknown & 16) WHEN 0 THEN sum(tool_ms) END AS tool_ms,
    CASE count(*) WHEN count(cost) THEN sum(cost) END AS cost
  FROM turns
  GROUP BY trial
) n ON n.trial = t.id;
