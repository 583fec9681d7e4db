-- Replies that are known already are not computed again. `reply_key` is the hash of everything that a reply follows from (null
-- where nobody kept account of that); turns with the same key have the same reply, with the same counts and `model_ms`. `reused` is 1
-- where nothing was computed for the turn. `measured` is what the model's watcher measured on the reply, [[name, value], …], or
-- empty. The key is a column of the turn, so a turn that is deleted takes it along.
ALTER TABLE turns ADD COLUMN reply_key BLOB;
ALTER TABLE turns ADD COLUMN reused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN measured TEXT NOT NULL DEFAULT '';
CREATE INDEX turns_by_reply ON turns (reply_key) WHERE reply_key IS NOT NULL;

-- Views cannot be altered: this is that of 0005 with `reused` at its end.
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
  NULL AS progress,
  NULL AS attribution,
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
