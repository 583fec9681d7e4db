SELECT
  count(*) FILTER (WHERE NOT u.reused),
  coalesce(sum(u.prefill_tokens + u.decode_tokens) FILTER (WHERE NOT u.reused), 0),
  count(*) FILTER (WHERE u.reused),
  coalesce(sum(u.prefill_tokens + u.decode_tokens) FILTER (WHERE u.reused), 0)
FROM trials t
JOIN turns u ON u.trial = t.id
WHERE t.run_id = ?
