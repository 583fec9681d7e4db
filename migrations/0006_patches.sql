-- The work after each turn as a unified diff, in `texts`: null where it is the same as after the turn before (before the
-- first turn it is empty), and where it is not known, as in older records. `patch_digest` tells the two apart.
ALTER TABLE turns ADD COLUMN patch INTEGER;

-- What the hidden tests say of the work of a run's trials: one row for each task and patch, whichever turns left it.
-- `patch` is the patch's digest as in `turns.patch_digest`, `task_digest` a hash over all that the task consists of, `ms` how long
-- the tests took, null where the grade is that of a finished trial with this patch.
CREATE TABLE grades (
  run_id      TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
  suite       TEXT NOT NULL,
  task        TEXT NOT NULL,
  patch       TEXT NOT NULL,
  task_digest TEXT NOT NULL,
  solved      INTEGER NOT NULL,
  score       REAL NOT NULL,
  ms          REAL,
  graded_at   INTEGER NOT NULL,
  PRIMARY KEY (run_id, suite, task, patch)
) STRICT, WITHOUT ROWID;
CREATE INDEX grades_by_task ON grades (task_digest, patch);

-- The turns that changed the work, each with the work after it.
CREATE VIEW v_patches AS
SELECT t.run_id, t.trial_id, u.attempt, u.turn, u.patch_lines, u.patch_digest, x.body AS patch
FROM turns u JOIN trials t ON t.id = u.trial JOIN texts x ON x.id = u.patch;

-- What a submission after each turn would have been worth, where that is known.
CREATE VIEW v_grades AS
SELECT
  t.run_id, t.trial_id, u.attempt, u.turn, g.solved, g.score, u.patch_lines, u.patch_digest, g.ms, g.graded_at
FROM turns u
JOIN trials t ON t.id = u.trial
JOIN grades g ON g.run_id = t.run_id AND g.suite = t.suite AND g.task = t.task AND g.patch = u.patch_digest
WHERE u.unknown & 32 = 0;
