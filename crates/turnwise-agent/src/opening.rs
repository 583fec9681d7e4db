//! The first prompt and the environment's answers, word for word. A model is trained on these words: changing
//! one changes what the model does.

use sha2::{Digest, Sha256};
use turnwise_core::{Message, Observation, Role, Task};
use turnwise_policy::Policy;

/// What stands for an output that is empty.
const NO_OUTPUT: &str = "(no output)";

/// What follows the output of a command that took too long.
const TIMED_OUT: &str = "[timed out]";

/// The messages before the first reply: the statement, and the limit where it is announced.
pub fn opening(task: &Task, policy: &Policy) -> Vec<Message> {
    let content = with_note(task.statement.clone(), policy.opening().as_deref());
    vec![Message::new(Role::User, content)]
}

/// A hash over messages, in hex: SHA-256 over role and content of each, with a zero byte behind every part.
pub fn prompt_hash(messages: &[Message]) -> String {
    let mut hash = Sha256::new();
    for message in messages {
        for part in [message.role.as_str(), &message.content] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the model sees of an observation. The exit status is not shown.
pub(crate) fn shown(observation: &Observation) -> String {
    let output = observation.output.trim_end_matches('\n');
    let output = if output.is_empty() { NO_OUTPUT } else { output };
    match observation.timed_out {
        true => format!("{output}\n{TIMED_OUT}"),
        false => output.to_owned(),
    }
}

/// A text with a line of the harness's below it.
pub(crate) fn with_note(text: String, note: Option<&str>) -> String {
    match note {
        Some(note) => format!("{text}\n{note}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn observations_are_shown_plainly() {
        let show = |output: &str, exit_code, timed_out| {
            shown(&Observation { output: output.to_owned(), exit_code, timed_out, elided_bytes: 0 })
        };
        assert_eq!(show("a\nb\n\n", Some(0), false), "a\nb");
        assert_eq!(show("no such file\n", Some(2), false), "no such file");
        assert_eq!(show("", Some(0), false), "(no output)");
        assert_eq!(show("half\n", None, true), "half\n[timed out]");
        assert_eq!(show("\n", None, true), "(no output)\n[timed out]");
    }

    #[test]
    fn the_hash_tells_prompts_apart() {
        let of = |role, text: &str| prompt_hash(&[Message::new(role, text)]);
        assert_eq!(of(Role::User, "a").len(), 64);
        assert_ne!(of(Role::User, "a"), of(Role::System, "a"));
        assert_ne!(
            of(Role::User, "ab"),
            prompt_hash(&[Message::new(Role::User, "a"), Message::new(Role::User, "b")])
        );
    }
}
