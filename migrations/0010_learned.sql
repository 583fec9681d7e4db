-- What probes and progress estimators are learned from, and what they say of recorded turns.
--
-- Hidden states at places of replies. `place` counts tokens of the reply: the state is the one at that token, from 0; -1 is the end of the
-- reply, where the token that ended it was drawn. `body` is [layers, width] in half precision, little endian.
CREATE TABLE states (
  trial   INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  turn    INTEGER NOT NULL,
  place   INTEGER NOT NULL,
  layers  TEXT NOT NULL,
  body    BLOB NOT NULL,
  PRIMARY KEY (trial, attempt, turn, place),
  FOREIGN KEY (trial, attempt, turn) REFERENCES turns ON DELETE CASCADE
) STRICT;

-- What the model answered where its thinking was cut off behind a cue. `place` is the cue's last token as above, `spent` the tokens of the
-- reply up to where it was cut, `spared` those of the recorded reply's thinking behind that. `as_good` says whether the answer is as good as
-- the recorded one, `because` how that is known: 'same' command, same 'effect', the hidden tests ('grade'), or 'none' where there is no
-- command in it.
CREATE TABLE exits (
  trial   INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  turn    INTEGER NOT NULL,
  place   INTEGER NOT NULL,
  cue     TEXT NOT NULL,
  nth     INTEGER NOT NULL,
  spent   INTEGER NOT NULL,
  spared  INTEGER NOT NULL,
  entropy REAL,
  logprob REAL,
  answer  TEXT NOT NULL,
  as_good INTEGER,
  because TEXT NOT NULL,
  PRIMARY KEY (trial, attempt, turn, place),
  FOREIGN KEY (trial, attempt, turn) REFERENCES turns ON DELETE CASCADE
) STRICT;

-- Signals that were worked out after the run by a learned file; `source` is its hash.
CREATE TABLE estimates (
  trial   INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  turn    INTEGER NOT NULL,
  signal  TEXT NOT NULL,
  value   REAL NOT NULL,
  source  TEXT NOT NULL,
  PRIMARY KEY (trial, attempt, turn, signal),
  FOREIGN KEY (trial, attempt, turn) REFERENCES turns ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE VIEW v_exits AS
SELECT t.run_id, t.trial_id, e.attempt, e.turn, e.place, e.cue, e.nth, e.spent, e.spared, e.entropy, e.logprob, e.answer,
  e.as_good, e.because
FROM exits e JOIN trials t ON t.id = e.trial;

CREATE VIEW v_states AS
SELECT t.run_id, t.trial_id, s.attempt, s.turn, s.place, s.layers, length(s.body) AS bytes
FROM states s JOIN trials t ON t.id = s.trial;

-- As in 0001, with what was worked out after the run.
DROP VIEW v_signals;
CREATE VIEW v_signals AS
SELECT
  t.trial_id, u.attempt, u.turn, s.value ->> 0 AS signal,
  CASE s.value ->> 1 WHEN 'inf' THEN 9e999 WHEN '-inf' THEN -9e999 ELSE s.value ->> 1 END AS value,
  t.run_id
FROM turns u JOIN trials t ON t.id = u.trial JOIN json_each(u.signals) s
UNION ALL
SELECT t.trial_id, e.attempt, e.turn, e.signal, e.value, t.run_id FROM estimates e JOIN trials t ON t.id = e.trial;

-- As in 0007, with progress and attribution (SPA-RL, arXiv 2505.20732): the estimated outcome given the turns so far, and the share of it
-- that is credited to the turn.
DROP VIEW v_turns;
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
  CASE u.unknown & 1 WHEN 0 THEN u.prompt_tokens END AS prompt_tokens,
  CASE u.unknown & 2 WHEN 0 THEN u.prefill_tokens END AS prefill_tokens,
  CASE u.unknown & 4 WHEN 0 THEN u.decode_tokens END AS decode_tokens,
  u.entropy_mean,
  u.logprob_mean,
  CASE u.unknown & 32 WHEN 0 THEN u.patch_lines END AS patch_lines,
  coalesce(
    (SELECT e.value FROM estimates e
     WHERE e.trial = u.trial AND e.attempt = u.attempt AND e.turn = u.turn AND e.signal = 'progress'),
    (SELECT s.value ->> 1 FROM json_each(u.signals) s WHERE s.value ->> 0 = 'progress')) AS progress,
  coalesce(
    (SELECT e.value FROM estimates e
     WHERE e.trial = u.trial AND e.attempt = u.attempt AND e.turn = u.turn AND e.signal = 'attribution'),
    (SELECT s.value ->> 1 FROM json_each(u.signals) s WHERE s.value ->> 0 = 'attribution')) AS attribution,
  u.verdict,
  CASE u.unknown & 8 WHEN 0 THEN u.model_ms END AS model_ms,
  CASE u.unknown & 16 WHEN 0 THEN u.tool_ms END AS tool_ms,
  CASE u.unknown & 32 WHEN 0 THEN u.patch_digest END AS patch_digest,
  u.asks_more,
  u.finish,
  reply.body AS reply,
  CASE u.unknown & 64 WHEN 0 THEN u.started_at END AS started_at,
  u.cost,
  u.reused
FROM turns u
JOIN trials t ON t.id = u.trial
LEFT JOIN texts reply ON reply.id = u.reply;

-- As in 0008, with the earliest turn behind which a submission would have solved the task, as far as `grade --every-turn` knows (the
-- earliest sufficient step of S-GRPO, arXiv 2505.07686).
DROP VIEW v_trials;
CREATE VIEW v_trials AS
SELECT
  t.run_id,
  t.trial_id,
  t.suite,
  t.task,
  p.name AS policy,
  t.seed,
  coalesce(t.model, r.model) AS model,
  t.ending,
  t.stop_rule,
  t.solved,
  t.score,
  coalesce(n.turns, 0) AS turns,
  coalesce((SELECT a.turn_limit FROM attempts a WHERE a.trial = t.id AND a.attempt = t.counted),
           (SELECT a.turn_limit FROM attempts a WHERE a.trial = t.id AND a.ending IS NOT NULL
            ORDER BY a.attempt DESC LIMIT 1), t.turn_limit) AS turn_limit,
  (SELECT coalesce(sum(a.extensions), 0) FROM attempts a WHERE a.trial = t.id) AS extensions,
  (SELECT coalesce(sum(a.reminders), 0) FROM attempts a WHERE a.trial = t.id) AS reminders,
  (SELECT count(*) FROM attempts a WHERE a.trial = t.id) AS attempts,
  CASE WHEN n.trial IS NULL THEN coalesce(t.prompt_tokens, 0) ELSE coalesce(n.prompt_tokens, t.prompt_tokens) END AS prompt_tokens,
  CASE WHEN n.trial IS NULL THEN 0 ELSE n.prefill_tokens END AS prefill_tokens,
  CASE WHEN n.trial IS NULL THEN coalesce(t.decode_tokens, 0) ELSE coalesce(n.decode_tokens, t.decode_tokens) END AS decode_tokens,
  CASE WHEN n.trial IS NULL THEN 0.0 ELSE n.model_ms END AS model_ms,
  CASE WHEN n.trial IS NULL THEN 0.0 ELSE n.tool_ms END AS tool_ms,
  t.wall_ms,
  nullif(t.started_at, 0) AS started_at,
  nullif(t.ended_at, 0) AS ended_at,
  t.ending IS NOT NULL AND t.ending NOT IN ('infra_error', 'interrupted') AS finished,
  t.turn_limit AS first_turn_limit,
  coalesce(n.cost, t.cost) AS cost,
  t.counted,
  (SELECT min(u.turn) FROM turns u
   JOIN grades g ON g.run_id = t.run_id AND g.suite = t.suite AND g.task = t.task AND g.patch = u.patch_digest
   WHERE u.trial = t.id AND u.attempt = coalesce(t.counted, 1) AND u.unknown & 32 = 0 AND g.solved = 1) AS sufficient_turn
FROM trials t
JOIN policies p ON p.id = t.policy
JOIN runs r ON r.run_id = t.run_id
LEFT JOIN (
  SELECT
    trial,
    count(*) AS turns,
    CASE max(unknown & 1) WHEN 0 THEN sum(prompt_tokens) END AS prompt_tokens,
    CASE max(unknown & 2) WHEN 0 THEN sum(prefill_tokens) END AS prefill_tokens,
    CASE max(unknown & 4) WHEN 0 THEN sum(decode_tokens) END AS decode_tokens,
    CASE max(unknown & 8) WHEN 0 THEN sum(model_ms) END AS model_ms,
    CASE max(unknown & 16) WHEN 0 THEN sum(tool_ms) END AS tool_ms,
    CASE count(*) WHEN count(cost) THEN sum(cost) END AS cost
  FROM turns
  GROUP BY trial
) n ON n.trial = t.id;
