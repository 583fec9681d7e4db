-- How many turns came after the last change?
-- Turns that left the work as it was until the end, which a perfect stop would have saved, by policy and outcome.
WITH ends AS (
  SELECT trial_id, attempt, max(turn) AS last_turn FROM v_turns GROUP BY trial_id, attempt
), finals AS (
  SELECT e.trial_id, e.attempt, e.last_turn, u.patch_digest FROM ends e JOIN v_turns u
    ON u.trial_id = e.trial_id AND u.attempt = e.attempt AND u.turn = e.last_turn
  WHERE u.patch_digest IS NOT NULL
), idle AS (
  SELECT f.trial_id, CASE WHEN f.patch_digest = '' AND max(u.turn) IS NULL THEN f.last_turn
    ELSE f.last_turn - coalesce(max(u.turn), 0) - 1 END AS turns
  FROM finals f LEFT JOIN v_turns u
    ON u.trial_id = f.trial_id AND u.attempt = f.attempt AND u.patch_digest <> f.patch_digest
  GROUP BY f.trial_id, f.attempt
)
SELECT t.suite, t.policy, t.solved, count(*) AS attempts, sum(t.turns) AS turns, sum(i.turns) AS idle_turns,
  1.0 * sum(i.turns) / nullif(sum(t.turns), 0) AS share
FROM idle i JOIN v_trials t USING (trial_id)
WHERE t.finished
GROUP BY t.suite, t.policy, t.solved
ORDER BY t.suite, t.policy, t.solved DESC
