WITH trials_of AS (
  SELECT
    run_id,
    group_concat(DISTINCT suite) AS suites,
    group_concat(DISTINCT policy) AS policies,
    sum(finished) AS finished,
    sum(NOT finished) AS unfinished,
    coalesce(sum(solved) FILTER (WHERE finished), 0) AS solved,
    sum(turns) AS turns,
    CASE count(prompt_tokens + decode_tokens) WHEN count(*) THEN sum(prompt_tokens + decode_tokens) END AS tokens,
    CASE count(DISTINCT model) WHEN 1 THEN min(model) ELSE count(DISTINCT model) || ' models' END AS model
  FROM (SELECT * FROM v_trials ORDER BY started_at)
  GROUP BY run_id
)
SELECT
  r.run_id, replace(n.suites, ',', ', ') AS suites, replace(n.policies, ',', ', ') AS policies,
  coalesce(n.model, r.model) AS model,
  coalesce(n.finished, 0) AS finished, coalesce(n.unfinished, 0) AS unfinished, coalesce(n.solved, 0) AS solved,
  coalesce(n.turns, 0) AS turns, CASE WHEN n.run_id IS NULL THEN 0 ELSE n.tokens END AS tokens, r.started_at, r.ended_at,
  (SELECT command FROM sessions s WHERE s.run_id = r.run_id ORDER BY s.started_at DESC LIMIT 1) AS command
FROM runs r LEFT JOIN trials_of n ON n.run_id = r.run_id
ORDER BY r.started_at, r.run_id
