-- How did attempts end?
-- One row for each policy and ending: trials, their share of the policy's trials, how many were solved, mean turns.
SELECT
  run_id, suite, policy, coalesce(ending, 'under way') AS ending, stop_rule, count(*) AS trials,
  1.0 * count(*) / sum(count(*)) OVER (PARTITION BY run_id, suite, policy) AS share,
  sum(solved) AS solved, avg(turns) AS turns_mean
FROM v_trials
GROUP BY run_id, suite, policy, ending, stop_rule
ORDER BY run_id, suite, policy, trials DESC, ending
