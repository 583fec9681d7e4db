-- How often did a reply hold no action?
-- Replies without a readable action by policy, their share of all turns, and how many were cut by the token limit.
SELECT
  t.suite, t.policy, t.model, count(*) AS turns, sum(u.action_kind = 'invalid') AS invalid,
  avg(u.action_kind = 'invalid') AS share, sum(u.action_kind = 'invalid' AND u.finish = 'length') AS cut,
  count(DISTINCT CASE WHEN u.action_kind = 'invalid' THEN u.trial_id END) AS trials
FROM v_turns u JOIN v_trials t USING (trial_id)
GROUP BY t.suite, t.policy, t.model
ORDER BY t.suite, t.policy, t.model
