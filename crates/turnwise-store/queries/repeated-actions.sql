-- Which actions were repeated to no effect?
-- Actions that gave the same observation more than once in one attempt: how often, in the first and the last turn.
SELECT
  t.suite, t.task, t.policy, u.trial_id, u.attempt, count(*) AS times, min(u.turn) AS first_turn, max(u.turn) AS last_turn,
  t.solved, u.action
FROM v_turns u JOIN v_trials t USING (trial_id)
WHERE u.action_kind = 'shell'
GROUP BY u.trial_id, u.attempt, u.action, u.observation
HAVING count(*) > 1
ORDER BY times DESC, u.trial_id, u.attempt, first_turn
LIMIT 50
