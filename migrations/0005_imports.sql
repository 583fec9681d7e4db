-- Trials that other tools ran. Their files do not say everything: what is not known is null in the views, never 0.
--
-- `turns.unknown` says which columns of a turn hold nothing: 1 prompt_tokens, 2 prefill_tokens, 4 decode_tokens,
-- 8 model_ms, 16 tool_ms, 32 patch_lines and patch_digest, 64 started_at, summed. The columns themselves are 0 then.
ALTER TABLE turns ADD COLUMN unknown INTEGER NOT NULL DEFAULT 0;

-- The model of a trial where it is not the run's, and totals that a file gives without saying which turn had what.
-- A `started_at` or `ended_at` of 0 is unknown.
ALTER TABLE trials ADD COLUMN model TEXT;
ALTER TABLE trials ADD COLUMN prompt_tokens INTEGER;
ALTER TABLE trials ADD COLUMN decode_tokens INTEGER;
ALTER TABLE trials ADD COLUMN cost REAL;

-- What a file holds beyond our words, as a JSON object: of a turn, or of the whole trial where `turn` is null.
CREATE TABLE extras (
  trial   INTEGER NOT NULL REFERENCES trials ON DELETE CASCADE,
  attempt INTEGER,
  turn    INTEGER,
  body    TEXT NOT NULL
) STRICT;
CREATE INDEX extras_by_trial ON extras (trial, attempt, turn);

CREATE VIEW v_extras AS
SELECT t.run_id, t.trial_id, e.attempt, e.turn, e.body
FROM extras e JOIN trials t ON t.id = e.trial;

-- Views cannot be altered: these are those of 0003, with nulls where nothing is known. A sum is known where every
-- part of it is.
DROP VIEW v_policies;
DROP VIEW v_turns;
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
  coalesce((SELECT a.turn_limit FROM attempts a WHERE a.trial = t.id AND a.ending IS NOT NULL
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
  coalesce(n.cost, t.cost) AS cost
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

CREATE VIEW v_turns AS
SELECT
  t.run_id,
  t.trial_id,
  u.attempt,
  u.turn,
  CASE WHEN u.thought_text IS NULL THEN substr(reply.body, u.thought_at, u.thought_chars)
       ELSE (SELECT body FROM texts WHERE id = u.thought_text) END AS thought,
  u.action_kind,
  CASE WHEN u.action_kind = 'invalid' THEN ''
       WHEN u.action_text IS NULL THEN substr(reply.body, u.action_at, u.action_chars)
       ELSE (SELECT body FROM texts WHERE id = u.action_text) END AS action,
  (SELECT body FROM texts WHERE id = u.observation) AS observation,
  u.exit_code,
  CASE u.unknown & 1 WHEN 0 THEN u.prompt_tokens END AS prompt_tokens,
  CASE u.unknown & 2 WHEN 0 THEN u.prefill_tokens END AS prefill_tokens,
  CASE u.unknown & 4 WHEN 0 THEN u.decode_tokens END AS decode_tokens,
  u.entropy_mean,
  u.logprob_mean,
  CASE u.unknown & 32 WHEN 0 THEN u.patch_lines END AS patch_lines,
  NULL AS progress,
  NULL AS attribution,
  u.verdict,
  CASE u.unknown & 8 WHEN 0 THEN u.model_ms END AS model_ms,
  CASE u.unknown & 16 WHEN 0 THEN u.tool_ms END AS tool_ms,
  CASE u.unknown & 32 WHEN 0 THEN u.patch_digest END AS patch_digest,
  u.asks_more,
  u.finish,
  reply.body AS reply,
  CASE u.unknown & 64 WHEN 0 THEN u.started_at END AS started_at,
  u.cost
FROM turns u
JOIN trials t ON t.id = u.trial
LEFT JOIN texts reply ON reply.id = u.reply;

-- Trials that the harness lost (`infra_error`, `interrupted`) or that are under way are no failures: everything
-- but `unfinished` is over finished trials, and rates are over those of them that were graded.
-- The bounds are Wilson's (1927) with z = 1.959963984540054. Not every SQLite has `sqrt`, so the root is found by
-- Newton's iteration, which has long converged after 60 steps for what lies under a root here.
CREATE VIEW v_policies AS
WITH sums AS (
  SELECT
    run_id, suite, policy, model,
    sum(finished) AS trials,
    coalesce(sum(solved) FILTER (WHERE finished), 0) AS solved,
    count(solved) FILTER (WHERE finished) AS graded,
    avg(turns) FILTER (WHERE finished) AS turns_mean,
    CASE count(prompt_tokens) FILTER (WHERE finished) WHEN sum(finished)
      THEN coalesce(sum(prompt_tokens) FILTER (WHERE finished), 0) END AS prompt_tokens,
    CASE count(prefill_tokens) FILTER (WHERE finished) WHEN sum(finished)
      THEN coalesce(sum(prefill_tokens) FILTER (WHERE finished), 0) END AS prefill_tokens,
    CASE count(decode_tokens) FILTER (WHERE finished) WHEN sum(finished)
      THEN coalesce(sum(decode_tokens) FILTER (WHERE finished), 0) END AS decode_tokens,
    CASE count(wall_ms) FILTER (WHERE finished) WHEN sum(finished)
      THEN coalesce(sum(wall_ms) FILTER (WHERE finished), 0) END AS wall_ms,
    sum(NOT finished) AS unfinished,
    CASE count(*) FILTER (WHERE finished AND turns > 0) WHEN count(cost) FILTER (WHERE finished)
      THEN sum(cost) FILTER (WHERE finished) END AS cost
  FROM v_trials
  GROUP BY run_id, suite, policy, model
), rates AS (
  SELECT *, 1.0 * solved / graded AS rate, 3.8414588206941236 AS z2 FROM sums
), roots AS (
  SELECT *, (
    WITH RECURSIVE newton (x, step) AS (
      SELECT 1.0, 0
      UNION ALL
      SELECT (x + (rate * (1 - rate) * z2 / graded + z2 * z2 / (4.0 * graded * graded)) / x) / 2, step + 1
      FROM newton WHERE step < 60
    )
    SELECT x FROM newton WHERE step = 60
  ) AS half FROM rates
)
SELECT
  run_id, suite, policy, model, trials, solved,
  rate AS solve_rate,
  max(0.0, (rate + z2 / (2 * graded) - half) / (1 + z2 / graded)) AS solve_lo,
  min(1.0, (rate + z2 / (2 * graded) + half) / (1 + z2 / graded)) AS solve_hi,
  turns_mean, prompt_tokens, prefill_tokens, decode_tokens,
  1.0 * (prompt_tokens + decode_tokens) / nullif(solved, 0) AS tokens_per_solved,
  wall_ms, graded, unfinished,
  1.0 * (prefill_tokens + decode_tokens) / nullif(solved, 0) AS compute_tokens_per_solved,
  cost
FROM roots;
