-- What replies cost in money, as it was known when they came: null where the model had no price. A sum is known where
-- every turn's cost is.
ALTER TABLE turns ADD COLUMN cost REAL;

-- Views cannot be altered: these are those of 0001 with `cost` at their ends.
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
  r.model,
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
  coalesce(n.prompt_tokens, 0) AS prompt_tokens,
  coalesce(n.prefill_tokens, 0) AS prefill_tokens,
  coalesce(n.decode_tokens, 0) AS decode_tokens,
  coalesce(n.model_ms, 0.0) AS model_ms,
  coalesce(n.tool_ms, 0.0) AS tool_ms,
  t.wall_ms,
  t.started_at,
  t.ended_at,
  t.ending IS NOT NULL AND t.ending NOT IN ('infra_error', 'interrupted') AS finished,
  t.turn_limit AS first_turn_limit,
  n.cost
FROM trials t
JOIN policies p ON p.id = t.policy
JOIN runs r ON r.run_id = t.run_id
LEFT JOIN (
  SELECT
    trial,
    count(*) AS turns,
    sum(prompt_tokens) AS prompt_tokens,
    sum(prefill_tokens) AS prefill_tokens,
    sum(decode_tokens) AS decode_tokens,
    sum(model_ms) AS model_ms,
    sum(tool_ms) AS tool_ms,
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
  u.prompt_tokens,
  u.prefill_tokens,
  u.decode_tokens,
  u.entropy_mean,
  u.logprob_mean,
  u.patch_lines,
  NULL AS progress,
  NULL AS attribution,
  u.verdict,
  u.model_ms,
  u.tool_ms,
  u.patch_digest,
  u.asks_more,
  u.finish,
  reply.body AS reply,
  u.started_at,
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
    coalesce(sum(prompt_tokens) FILTER (WHERE finished), 0) AS prompt_tokens,
    coalesce(sum(prefill_tokens) FILTER (WHERE finished), 0) AS prefill_tokens,
    coalesce(sum(decode_tokens) FILTER (WHERE finished), 0) AS decode_tokens,
    coalesce(sum(wall_ms) FILTER (WHERE finished), 0) AS wall_ms,
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
