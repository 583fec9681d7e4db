-- The run database, format 1. This file is append-only history: a change of the schema is a new file.
--
-- Integer keys of trials and policies are the first 63 bits of a SHA-256 of what names them, so that a writer needs
-- no look-ups and databases of several machines agree; texts are numbered as they come.
-- Counts of tokens are plain integers, `*_ms` are milliseconds, `*_at` milliseconds since the epoch.

-- Every text that is long or repeated: messages, replies, observations, patches. A text that comes again
-- while its writer remembers it is stored once.
CREATE TABLE texts (
  id   INTEGER PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
  run_id        TEXT PRIMARY KEY,
  fingerprint   TEXT NOT NULL,
  config        TEXT NOT NULL,
  model         TEXT NOT NULL,
  model_spec    TEXT NOT NULL,
  model_hash    TEXT NOT NULL,
  model_device  TEXT NOT NULL,
  model_context INTEGER,
  model_profile TEXT NOT NULL,
  started_at    INTEGER NOT NULL,
  ended_at      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_by_fingerprint ON runs (fingerprint, started_at);

-- One row for each time a command worked on a run: what it was and what was really enforced then.
CREATE TABLE sessions (
  run_id     TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
  started_at INTEGER NOT NULL,
  ended_at   INTEGER,
  command    TEXT NOT NULL,
  device     TEXT NOT NULL,
  protection TEXT NOT NULL,
  PRIMARY KEY (run_id, started_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE policies (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL,
  resolved TEXT NOT NULL
) STRICT;

CREATE TABLE trials (
  id         INTEGER PRIMARY KEY,
  trial_id   TEXT NOT NULL UNIQUE,
  run_id     TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
  suite      TEXT NOT NULL,
  task       TEXT NOT NULL,
  policy     INTEGER NOT NULL REFERENCES policies,
  seed       INTEGER NOT NULL,
  turn_limit INTEGER,
  ending     TEXT,
  stop_rule  TEXT,
  solved     INTEGER,
  score      REAL,
  patch      INTEGER,
  wall_ms    INTEGER,
  started_at INTEGER NOT NULL,
  ended_at   INTEGER
) STRICT;
CREATE INDEX trials_by_run ON trials (run_id, suite, task, policy, seed);

CREATE TABLE labels (
  trial INTEGER NOT NULL REFERENCES trials ON DELETE CASCADE,
  seq   INTEGER NOT NULL,
  label TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (trial, seq)
) STRICT, WITHOUT ROWID;

-- The outcome of each hidden test, in the order of the task.
CREATE TABLE tests (
  trial       INTEGER NOT NULL REFERENCES trials ON DELETE CASCADE,
  seq         INTEGER NOT NULL,
  test        TEXT NOT NULL,
  was_failing INTEGER NOT NULL,
  passed      INTEGER NOT NULL,
  PRIMARY KEY (trial, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
  trial       INTEGER NOT NULL REFERENCES trials ON DELETE CASCADE,
  attempt     INTEGER NOT NULL,
  seed        INTEGER NOT NULL,
  prompt_hash TEXT NOT NULL,
  started_at  INTEGER NOT NULL,
  ending      TEXT,
  stop_rule   TEXT,
  error       TEXT,
  turn_limit  INTEGER,
  extensions  INTEGER NOT NULL DEFAULT 0,
  reminders   INTEGER NOT NULL DEFAULT 0,
  ended_at    INTEGER,
  PRIMARY KEY (trial, attempt)
) STRICT, WITHOUT ROWID;

-- One row a turn, so that recording a turn is one row and its new texts.
-- The thought and the action are cut out of the reply (`*_at` from 1 and `*_chars` in characters) unless they are no
-- part of it; then `*_text` has them.
-- `prompt` is what the model was told since its last reply, [[role, text], …]; `signals` is [[name, value], …] and
-- `votes` is [[rule, verdict, shadow, score, threshold], …], where null is no number and "inf" and "-inf" are endless.
-- `tokens` are the ids of the reply's tokens as LEB128 numbers, where the model has them.
CREATE TABLE turns (
  trial          INTEGER NOT NULL,
  attempt        INTEGER NOT NULL,
  turn           INTEGER NOT NULL,
  prompt         TEXT NOT NULL,
  reply          INTEGER NOT NULL,
  tokens         BLOB NOT NULL,
  finish         TEXT NOT NULL,
  thought_at     INTEGER,
  thought_chars  INTEGER,
  thought_text   INTEGER,
  action_kind    TEXT NOT NULL,
  action_at      INTEGER,
  action_chars   INTEGER,
  action_text    INTEGER,
  asks_more      INTEGER NOT NULL,
  observation    INTEGER NOT NULL,
  exit_code      INTEGER,
  patch_lines    INTEGER NOT NULL,
  patch_digest   TEXT NOT NULL,
  prompt_tokens  INTEGER NOT NULL,
  prefill_tokens INTEGER NOT NULL,
  decode_tokens  INTEGER NOT NULL,
  entropy_mean   REAL,
  logprob_mean   REAL,
  signals        TEXT NOT NULL,
  votes          TEXT NOT NULL,
  verdict        TEXT NOT NULL,
  model_ms       REAL NOT NULL,
  tool_ms        REAL NOT NULL,
  elapsed_ms     INTEGER NOT NULL,
  started_at     INTEGER NOT NULL,
  PRIMARY KEY (trial, attempt, turn),
  FOREIGN KEY (trial, attempt) REFERENCES attempts ON DELETE CASCADE
) STRICT;

-- The stable surface. Columns may be added at the end of a view; none may be renamed, moved or removed.

CREATE VIEW v_trials AS
SELECT
  t.run_id,
  t.trial_id,
  t.suite,
  t.task,
  p.name AS policy,
  t.seed,
  r.model,
  t.ending,
  t.stop_rule,
  t.solved,
  t.score,
  coalesce(n.turns, 0) AS turns,
  coalesce((SELECT a.turn_limit FROM attempts a WHERE a.trial = t.id AND a.ending IS NOT NULL
            ORDER BY a.attempt DESC LIMIT 1), t.turn_limit) AS turn_limit,
  (SELECT coalesce(sum(a.extensions), 0) FROM attempts a WHERE a.trial = t.id) AS extensions,
  (SELECT coalesce(sum(a.reminders), 0) FROM attempts a WHERE a.trial = t.id) AS reminders,
  (SELECT count(*) FROM attempts a WHERE a.trial = t.id) AS attempts,
  coalesce(n.prompt_tokens, 0) AS prompt_tokens,
  coalesce(n.prefill_tokens, 0) AS prefill_tokens,
  coalesce(n.decode_tokens, 0) AS decode_tokens,
  coalesce(n.model_ms, 0.0) AS model_ms,
  coalesce(n.tool_ms, 0.0) AS tool_ms,
  t.wall_ms,
  t.started_at,
  t.ended_at,
  t.ending IS NOT NULL AND t.ending NOT IN ('infra_error', 'interrupted') AS finished,
  t.turn_limit AS first_turn_limit
FROM trials t
JOIN policies p ON p.id = t.policy
JOIN runs r ON r.run_id = t.run_id
LEFT JOIN (
  SELECT
    trial,
    count(*) AS turns,
    sum(prompt_tokens) AS prompt_tokens,
    sum(prefill_tokens) AS prefill_tokens,
    sum(decode_tokens) AS decode_tokens,
    sum(model_ms) AS model_ms,
    sum(tool_ms) AS tool_ms
  FROM turns
  GROUP BY trial
) n ON n.trial = t.id;

CREATE VIEW v_turns AS
SELECT
  t.run_id,
  t.trial_id,
  u.attempt,
  u.turn,
  CASE WHEN u.thought_text IS NULL THEN substr(reply.body, u.thought_at, u.thought_chars)
       ELSE (SELECT body FROM texts WHERE id = u.thought_text) END AS thought,
  u.action_kind,
  CASE WHEN u.action_kind = 'invalid' THEN ''
       WHEN u.action_text IS NULL THEN substr(reply.body, u.action_at, u.action_chars)
       ELSE (SELECT body FROM texts WHERE id = u.action_text) END AS action,
  (SELECT body FROM texts WHERE id = u.observation) AS observation,
  u.exit_code,
  u.prompt_tokens,
  u.prefill_tokens,
  u.decode_tokens,
  u.entropy_mean,
  u.logprob_mean,
  u.patch_lines,
  NULL AS progress,
  NULL AS attribution,
  u.verdict,
  u.model_ms,
  u.tool_ms,
  u.patch_digest,
  u.asks_more,
  u.finish,
  reply.body AS reply,
  u.started_at
FROM turns u
JOIN trials t ON t.id = u.trial
LEFT JOIN texts reply ON reply.id = u.reply;

CREATE VIEW v_signals AS
SELECT
  t.trial_id, u.attempt, u.turn, s.value ->> 0 AS signal,
  CASE s.value ->> 1 WHEN 'inf' THEN 9e999 WHEN '-inf' THEN -9e999 ELSE s.value ->> 1 END AS value,
  t.run_id
FROM turns u JOIN trials t ON t.id = u.trial JOIN json_each(u.signals) s;

CREATE VIEW v_verdicts AS
SELECT
  t.trial_id, u.attempt, u.turn, v.value ->> 0 AS rule, v.value ->> 1 AS verdict, v.value ->> 2 AS shadow,
  CASE v.value ->> 3 WHEN 'inf' THEN 9e999 WHEN '-inf' THEN -9e999 ELSE v.value ->> 3 END AS score,
  CASE v.value ->> 4 WHEN 'inf' THEN 9e999 WHEN '-inf' THEN -9e999 ELSE v.value ->> 4 END AS threshold,
  t.run_id
FROM turns u JOIN trials t ON t.id = u.trial JOIN json_each(u.votes) v;

-- Trials that the harness lost (`infra_error`, `interrupted`) or that are under way are no failures: everything
-- but `unfinished` is over finished trials, and rates are over those of them that were graded.
-- The bounds are Wilson's (1927) with z = 1.959963984540054. Not every SQLite has `sqrt`, so the root is found by
-- Newton's iteration, which has long converged after 60 steps for what lies under a root here.
CREATE VIEW v_policies AS
WITH sums AS (
  SELECT
    run_id, suite, policy, model,
    sum(finished) AS trials,
    coalesce(sum(solved) FILTER (WHERE finished), 0) AS solved,
    count(solved) FILTER (WHERE finished) AS graded,
    avg(turns) FILTER (WHERE finished) AS turns_mean,
    coalesce(sum(prompt_tokens) FILTER (WHERE finished), 0) AS prompt_tokens,
    coalesce(sum(prefill_tokens) FILTER (WHERE finished), 0) AS prefill_tokens,
    coalesce(sum(decode_tokens) FILTER (WHERE finished), 0) AS decode_tokens,
    coalesce(sum(wall_ms) FILTER (WHERE finished), 0) AS wall_ms,
    sum(NOT finished) AS unfinished
  FROM v_trials
  GROUP BY run_id, suite, policy, model
), rates AS (
  SELECT *, 1.0 * solved / graded AS rate, 3.8414588206941236 AS z2 FROM sums
), roots AS (
  SELECT *, (
    WITH RECURSIVE newton (x, step) AS (
      SELECT 1.0, 0
      UNION ALL
      SELECT (x + (rate * (1 - rate) * z2 / graded + z2 * z2 / (4.0 * graded * graded)) / x) / 2, step + 1
      FROM newton WHERE step < 60
    )
    SELECT x FROM newton WHERE step = 60
  ) AS half FROM rates
)
SELECT
  run_id, suite, policy, model, trials, solved,
  rate AS solve_rate,
  max(0.0, (rate + z2 / (2 * graded) - half) / (1 + z2 / graded)) AS solve_lo,
  min(1.0, (rate + z2 / (2 * graded) + half) / (1 + z2 / graded)) AS solve_hi,
  turns_mean, prompt_tokens, prefill_tokens, decode_tokens,
  1.0 * (prompt_tokens + decode_tokens) / nullif(solved, 0) AS tokens_per_solved,
  wall_ms, graded, unfinished,
  1.0 * (prefill_tokens + decode_tokens) / nullif(solved, 0) AS compute_tokens_per_solved
FROM roots;

-- Beyond contract.md.

CREATE VIEW v_attempts AS
SELECT
  t.run_id, t.trial_id, a.attempt, a.seed, a.ending, a.stop_rule, a.error, a.turn_limit, a.extensions, a.reminders,
  a.prompt_hash, a.started_at, a.ended_at
FROM attempts a JOIN trials t ON t.id = a.trial;

CREATE VIEW v_labels AS
SELECT t.run_id, t.trial_id, l.label, l.value
FROM labels l JOIN trials t ON t.id = l.trial;

CREATE VIEW v_tests AS
SELECT t.run_id, t.trial_id, o.test, o.was_failing, o.passed
FROM tests o JOIN trials t ON t.id = o.trial;

CREATE VIEW v_messages AS
SELECT t.run_id, t.trial_id, u.attempt, u.turn, m.key + 1 AS message, m.value ->> 0 AS role, x.body AS content
FROM turns u JOIN trials t ON t.id = u.trial JOIN json_each(u.prompt) m JOIN texts x ON x.id = m.value ->> 1;
