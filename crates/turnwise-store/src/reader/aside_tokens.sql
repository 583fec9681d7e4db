SELECT CAST(coalesce(sum(s.value ->> 1), 0) AS INTEGER)
FROM trials t
JOIN turns u ON u.trial = t.id
JOIN json_each(u.signals) s
WHERE t.trial_id = v_trials.trial_id AND instr(u.signals, '"aside_tokens"') > 0 AND s.value ->> 0 = 'aside_tokens'
