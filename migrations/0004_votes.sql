-- From here on a vote in `turns.votes` is [rule, verdict, shadow, score, threshold, us, missing]: how long the rule took in
-- microseconds (null where nobody measured), and the signal that was not there for a rule that abstains (or null).
DROP VIEW v_verdicts;
CREATE VIEW v_verdicts AS
SELECT
  t.trial_id, u.attempt, u.turn, v.value ->> 0 AS rule, v.value ->> 1 AS verdict, v.value ->> 2 AS shadow,
  CASE v.value ->> 3 WHEN 'inf' THEN 9e999 WHEN '-inf' THEN -9e999 ELSE v.value ->> 3 END AS score,
  CASE v.value ->> 4 WHEN 'inf' THEN 9e999 WHEN '-inf' THEN -9e999 ELSE v.value ->> 4 END AS threshold,
  t.run_id,
  v.value ->> 5 AS us,
  v.value ->> 6 AS missing
FROM turns u JOIN trials t ON t.id = u.trial JOIN json_each(u.votes) v;
