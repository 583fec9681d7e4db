SELECT m.attempt, m.turn, m.role, x.body
FROM trials t JOIN messages m ON m.trial = t.id JOIN texts x ON x.id = m.body
WHERE t.trial_id = ?
ORDER BY m.attempt, m.turn, m.seq
