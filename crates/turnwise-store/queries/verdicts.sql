-- What did the rules say?
-- For each rule and verdict: how often, whether it was obeyed, in how many trials, and how many of those were solved.
SELECT
  t.suite, t.policy, v.rule, v.verdict, v.shadow, count(*) AS votes, count(DISTINCT v.trial_id) AS trials,
  count(DISTINCT CASE WHEN t.solved THEN v.trial_id END) AS solved, avg(v.turn) AS turn_mean, avg(v.score) AS score_mean
FROM v_verdicts v JOIN v_trials t USING (trial_id)
GROUP BY t.suite, t.policy, v.rule, v.verdict, v.shadow
ORDER BY t.suite, t.policy, v.rule, v.verdict, v.shadow
