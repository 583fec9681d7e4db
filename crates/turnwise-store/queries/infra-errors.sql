-- What did the harness lose?
-- Attempts that the harness itself ended, with the failure in words; the same command runs them again.
SELECT t.run_id, t.trial_id, t.suite, t.task, t.policy, t.seed, a.attempt, a.error
FROM v_attempts a JOIN v_trials t USING (trial_id)
WHERE a.ending = 'infra_error'
ORDER BY t.run_id, t.suite, t.task, t.policy, t.seed, a.attempt
