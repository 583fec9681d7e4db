-- How does the number of bugs decide?
-- Finished and graded trials by the task's label `bugs`: how many, how many solved, the rate, mean score and turns.
SELECT
  t.suite, t.policy, l.value AS bugs, count(*) AS trials, sum(t.solved) AS solved, avg(t.solved) AS solve_rate,
  avg(t.score) AS score_mean, avg(t.turns) AS turns_mean
FROM v_trials t JOIN v_labels l USING (trial_id)
WHERE l.label = 'bugs' AND t.finished AND t.solved IS NOT NULL
GROUP BY t.suite, t.policy, l.value
ORDER BY t.suite, t.policy, CAST(l.value AS INTEGER), l.value
