SELECT m.attempt, m.turn, m.signal, m.value
FROM trials t JOIN signals m ON m.trial = t.id
WHERE t.trial_id = ?
ORDER BY m.attempt, m.turn, m.seq
