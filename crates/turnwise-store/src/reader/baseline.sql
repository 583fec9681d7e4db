WITH of_model AS (
  SELECT
    t.trial_id, t.policy, t.task, t.seed, t.started_at, t.solved, t.ending, t.turn_limit,
    -- An attempt whose record did not come out again was begun anew; only the last one is the trial.
    (SELECT count(*) FROM turns u WHERE u.trial = t.id
       AND u.attempt = (SELECT max(a.attempt) FROM attempts a WHERE a.trial = t.id)) AS turns,
    (SELECT count(*) FROM attempts a WHERE a.trial = t.id AND a.ending IS NOT 'interrupted') AS attempts
  FROM trials t JOIN runs r ON r.run_id = t.run_id JOIN policies p ON p.id = t.policy
  WHERE t.suite = ? AND r.model_hash = ?
    -- A model that is not shown all of its work takes other turns, and so does one that a live rule tells something; a policy that
    -- chooses gives its arms tasks of its choice.
    AND CASE WHEN json_valid(p.resolved)
      THEN coalesce(json_type(p.resolved, '$.context'), json_type(p.resolved, '$.arm'), json_type(p.resolved, '$.experience'),
        (SELECT 'live' FROM json_each(p.resolved, '$.rules') rule WHERE NOT rule.value ->> '$.shadow' LIMIT 1)) END IS NULL
), newest AS (
  SELECT trial_id, task, seed, turns, solved, max(started_at) FROM of_model
  WHERE ending IN ('submitted', 'context_full', 'format_errors')
    AND turn_limit IS NULL
    AND policy NOT IN (
      SELECT policy FROM of_model
      WHERE ending IN ('turn_limit', 'token_limit', 'time_limit', 'cost_limit', 'stopped', 'restarted', 'cancelled')
        OR attempts > 1
    )
  -- Policies that change nothing have the same trials: each counts once.
  GROUP BY task, seed
)
SELECT trial_id, task, turns, solved FROM newest
