-- Trials of policies that choose among others: which arm each had, what decided, and what came of it. The arm is a part of the
-- trial's resolved policy. `tokens` is prompt and reply tokens over all attempts; `solved` is NULL where nothing was graded.
CREATE VIEW v_arms AS
SELECT
  t.run_id, t.suite, p.name AS policy, t.trial_id, t.task, t.seed,
  p.resolved ->> '$.arm.name' AS arm,
  p.resolved ->> '$.arm.by' AS chosen_by,
  t.ending, t.solved,
  (SELECT count(*) FROM turns u WHERE u.trial = t.id) AS turns,
  (SELECT coalesce(sum(coalesce(u.prompt_tokens, 0) + coalesce(u.decode_tokens, 0)), 0) FROM turns u WHERE u.trial = t.id) AS tokens,
  t.started_at
FROM trials t JOIN policies p ON p.id = t.policy
WHERE CASE WHEN json_valid(p.resolved) THEN json_type(p.resolved, '$.arm') END = 'object';
