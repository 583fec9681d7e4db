-- How soon is the work first changed?
-- By the turn of the first change of an attempt: how many trials, how many of them solved. An empty turn: never.
WITH firsts AS (
  SELECT t.suite, t.policy, t.trial_id, t.solved, min(CASE WHEN u.patch_lines > 0 THEN u.turn END) AS first_turn
  FROM v_trials t JOIN v_turns u USING (trial_id)
  WHERE t.finished AND u.patch_lines IS NOT NULL
  GROUP BY t.trial_id
)
SELECT suite, policy, first_turn, count(*) AS trials, sum(solved) AS solved, avg(solved) AS solve_rate
FROM firsts
GROUP BY suite, policy, first_turn
ORDER BY suite, policy, first_turn IS NULL, first_turn
