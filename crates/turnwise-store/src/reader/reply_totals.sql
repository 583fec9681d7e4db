SELECT
  count(*) FILTER (WHERE NOT u.reused),
  -- What is asked aside is computed whether the reply was known or not.
  coalesce(sum(u.prefill_tokens + u.decode_tokens) FILTER (WHERE NOT u.reused), 0) + CAST(coalesce(sum((
    SELECT sum(s.value ->> 1) FROM json_each(u.signals) s WHERE s.value ->> 0 = 'aside_tokens'
  )) FILTER (WHERE instr(u.signals, '"aside_tokens"') > 0), 0) AS INTEGER),
  count(*) FILTER (WHERE u.reused),
  coalesce(sum(u.prefill_tokens + u.decode_tokens) FILTER (WHERE u.reused), 0)
FROM trials t
JOIN turns u ON u.trial = t.id
WHERE t.run_id = ?
