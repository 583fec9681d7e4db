-- What it is worth to stand behind recorded turns: runs that were drawn from there on and graded (Monte-Carlo values; ExIt, arXiv 2509.04575).
-- `turn` is the last turn that was kept, 0 the beginning; `score` the mean score of the `forks` runs, `solved` how many of them solved the task,
-- `temperature` and `seed` how they were drawn.
CREATE TABLE fork_values (
  trial       INTEGER NOT NULL REFERENCES trials ON DELETE CASCADE,
  attempt     INTEGER NOT NULL,
  turn        INTEGER NOT NULL,
  forks       INTEGER NOT NULL,
  solved      INTEGER NOT NULL,
  score       REAL NOT NULL,
  temperature REAL NOT NULL,
  seed        INTEGER NOT NULL,
  PRIMARY KEY (trial, attempt, turn)
) STRICT;

-- `value` is the share of runs from there that solve the task, `informative` its variance: where to fork says most.
CREATE VIEW v_values AS
SELECT
  t.run_id, t.trial_id, v.attempt, v.turn, v.forks, v.solved, v.score,
  1.0 * v.solved / v.forks AS value,
  (1.0 * v.solved / v.forks) * (1 - 1.0 * v.solved / v.forks) AS informative,
  v.temperature, v.seed
FROM fork_values v JOIN trials t ON t.id = v.trial;
