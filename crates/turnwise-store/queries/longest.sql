-- Which trials were the longest?
-- The twenty trials with the most turns.
SELECT run_id, trial_id, suite, task, policy, seed, turns, ending, solved, prompt_tokens + decode_tokens AS tokens, wall_ms
FROM v_trials
ORDER BY turns DESC, tokens DESC, trial_id
LIMIT 20
