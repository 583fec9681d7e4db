-- Which actions took the longest?
-- The twenty slowest actions, with their exit status; none means that the action was killed.
SELECT u.tool_ms, u.exit_code, t.suite, t.task, t.policy, u.trial_id, u.attempt, u.turn, u.action
FROM v_turns u JOIN v_trials t USING (trial_id)
WHERE u.action_kind = 'shell' AND u.tool_ms IS NOT NULL
ORDER BY u.tool_ms DESC, u.trial_id, u.attempt, u.turn
LIMIT 20
