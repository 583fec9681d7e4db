-- Is the model less sure in trials it loses?
-- Mean entropy and log-probability of the reply by turn, apart for solved and unsolved trials.
SELECT t.suite, t.model, u.turn, t.solved, count(*) AS turns, avg(u.entropy_mean) AS entropy_mean, avg(u.logprob_mean) AS logprob_mean
FROM v_turns u JOIN v_trials t USING (trial_id)
WHERE u.entropy_mean IS NOT NULL
GROUP BY t.suite, t.model, u.turn, t.solved
ORDER BY t.suite, t.model, u.turn, t.solved
