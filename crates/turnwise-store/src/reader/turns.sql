SELECT
  u.attempt, u.turn, u.finish, u.action_kind, u.asks_more, u.exit_code, u.patch_lines, u.patch_digest,
  u.prompt_tokens, u.prefill_tokens, u.decode_tokens, u.entropy_mean, u.logprob_mean, u.verdict, u.model_ms,
  u.tool_ms, u.elapsed_ms, u.cost, u.started_at,
  reply.body AS reply,
  coalesce(thought.body, substr(reply.body, u.thought_at, u.thought_chars)) AS thought,
  coalesce(action.body, substr(reply.body, u.action_at, u.action_chars)) AS action,
  observation.body AS observation,
  (SELECT body FROM texts WHERE id = u.patch) AS patch,
  u.tokens, u.tool_calls, u.prompt, u.signals, u.votes, u.reply_key, u.reused, u.measured, {states}
FROM trials t
JOIN turns u ON u.trial = t.id
JOIN texts reply ON reply.id = u.reply
JOIN texts observation ON observation.id = u.observation
LEFT JOIN texts thought ON thought.id = u.thought_text
LEFT JOIN texts action ON action.id = u.action_text
{with_states}
WHERE t.trial_id = ?
ORDER BY u.attempt, u.turn
