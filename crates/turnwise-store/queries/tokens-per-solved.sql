-- What does a solved task cost?
-- For each policy of each run: tokens shown and written, and computed and written, by solved task.
SELECT
  run_id, suite, policy, model, trials, solved, solve_rate, tokens_per_solved, compute_tokens_per_solved,
  1.0 * wall_ms / nullif(solved, 0) AS wall_ms_per_solved
FROM v_policies
ORDER BY run_id, suite, tokens_per_solved IS NULL, tokens_per_solved, policy
