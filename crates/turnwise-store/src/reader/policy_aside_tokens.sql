SELECT CAST(coalesce(sum(s.value ->> 1), 0) AS INTEGER)
FROM trials t
JOIN policies p ON p.id = t.policy
JOIN turns u ON u.trial = t.id
JOIN json_each(u.signals) s
WHERE t.run_id = v.run_id AND t.suite = v.suite AND p.name = v.policy
  AND t.ending IS NOT NULL AND t.ending NOT IN ('infra_error', 'interrupted')
  AND instr(u.signals, '"aside_tokens"') > 0 AND s.value ->> 0 = 'aside_tokens'
