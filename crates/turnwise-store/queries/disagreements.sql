-- Which tasks are solved under one policy only?
-- Pairs of trials of one run, task and seed that were solved under one policy and not under the other.
SELECT a.run_id, a.suite, a.task, a.seed, a.policy AS solved_by, b.policy AS lost_by, a.turns AS solved_turns,
  b.turns AS lost_turns, b.ending AS lost_ending
FROM v_trials a JOIN v_trials b
  ON b.run_id = a.run_id AND b.suite = a.suite AND b.task = a.task AND b.seed = a.seed AND b.policy <> a.policy
WHERE a.finished AND b.finished AND a.solved = 1 AND b.solved = 0
ORDER BY a.run_id, a.suite, a.task, a.seed, a.policy, b.policy
