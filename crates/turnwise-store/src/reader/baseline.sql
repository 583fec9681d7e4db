WITH of_model AS (
  SELECT
    t.policy, t.task, t.seed, t.started_at, t.solved, t.ending, t.turn_limit,
    (SELECT count(*) FROM turns u WHERE u.trial = t.id) AS turns
  FROM trials t JOIN runs r ON r.run_id = t.run_id
  WHERE t.suite = ? AND r.model_hash = ?
), newest AS (
  SELECT policy, task, seed, turns, solved, max(started_at) FROM of_model
  WHERE ending IN ('submitted', 'context_full', 'format_errors')
    AND turn_limit IS NULL
    AND policy NOT IN (
      SELECT policy FROM of_model
      WHERE ending IN ('turn_limit', 'token_limit', 'time_limit', 'cost_limit', 'stopped', 'restarted', 'cancelled')
    )
  GROUP BY policy, task, seed
)
SELECT task, turns, solved FROM newest
