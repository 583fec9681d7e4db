-- The calls of tools in a reply, [[id, name, arguments], …] as the model wrote them: what a conversation that goes on
-- after an interruption needs and the reply's text may not hold. A reply without calls has an empty text.
--
-- From here on a message of `turns.prompt` may also be [role, text, call, calls]: the id of the call that it
-- answers (or null), and the calls that it makes itself.
ALTER TABLE turns ADD COLUMN tool_calls TEXT NOT NULL DEFAULT '';
