SELECT
  reply.body AS reply, u.tokens, u.tool_calls, u.finish, u.prompt_tokens, u.prefill_tokens, u.decode_tokens,
  u.entropy_mean, u.logprob_mean, u.measured, u.reply_key, u.reused, u.model_ms, {states}
FROM turns u
JOIN texts reply ON reply.id = u.reply
{with_states}
WHERE u.reply_key = ?
ORDER BY u.rowid
LIMIT 1
