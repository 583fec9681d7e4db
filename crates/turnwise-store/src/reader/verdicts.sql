SELECT m.attempt, m.turn, m.rule, m.verdict, m.shadow, m.score, m.threshold
FROM trials t JOIN verdicts m ON m.trial = t.id
WHERE t.trial_id = ?
ORDER BY m.attempt, m.turn, m.seq
