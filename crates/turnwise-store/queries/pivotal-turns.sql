-- Where were runs decided?
-- For each trial with values by forking (`turnwise learn values`), the turn that changed most what a run from there on is worth: the share of
-- runs that solve the task when they are drawn from before and from behind that turn, and the action; trials in which no turn changed it are left out.
WITH steps AS (
  SELECT trial_id, attempt, turn, value, lag(value) OVER (PARTITION BY trial_id, attempt ORDER BY turn) AS before
  FROM v_values
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY trial_id, attempt ORDER BY abs(value - before) DESC, turn) AS place
  FROM steps WHERE before <> value
)
SELECT r.trial_id, d.task, r.turn, round(r.before, 3) AS value_before, round(r.value, 3) AS value_after, u.action
FROM ranked r
JOIN v_trials d ON d.trial_id = r.trial_id
JOIN v_turns u ON u.trial_id = r.trial_id AND u.attempt = r.attempt AND u.turn = r.turn
WHERE r.place = 1
ORDER BY abs(r.value - r.before) DESC, r.trial_id;
