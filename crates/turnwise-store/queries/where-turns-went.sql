-- Where did the turns go?
-- Turns, tokens and time by the first word of the action, and how often such an action failed or changed the work.
WITH steps AS (
  SELECT
    t.suite, t.policy, u.action_kind, u.exit_code, u.prompt_tokens + u.decode_tokens AS tokens, u.model_ms, u.tool_ms,
    CASE WHEN u.patch_digest IS NOT NULL THEN
      u.patch_digest IS NOT lag(u.patch_digest, 1, '') OVER (PARTITION BY u.trial_id, u.attempt ORDER BY u.turn)
    END AS changed,
    trim(replace(u.action, char(10), ' ')) || ' ' AS line
  FROM v_turns u JOIN v_trials t USING (trial_id)
)
SELECT
  suite, policy, action_kind,
  CASE action_kind WHEN 'shell' THEN substr(line, 1, instr(line, ' ') - 1) ELSE action_kind END AS command,
  count(*) AS turns,
  1.0 * count(*) / sum(count(*)) OVER (PARTITION BY suite, policy) AS share,
  sum(exit_code <> 0) AS failed, sum(changed) AS changed_work, sum(tokens) AS tokens,
  sum(model_ms) AS model_ms, sum(tool_ms) AS tool_ms
FROM steps
GROUP BY suite, policy, action_kind, command
ORDER BY suite, policy, turns DESC, command
