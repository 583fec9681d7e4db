//! The first prompt. A model is trained on these words: changing one changes what the model does.

use sha2::{Digest, Sha256};
use turnwise_core::{Message, Task};
use turnwise_policy::Policy;

use crate::{Profile, ProfileError};

/// The messages before the first reply: what the profile says of the task, what was learned on one that is like it, what the
/// policy asks the model for, and the limit where it is announced.
///
/// # Errors
/// When a template of the profile fails.
pub fn opening(task: &Task, policy: &Policy, profile: &Profile) -> Result<Vec<Message>, ProfileError> {
    let mut messages = profile.introduction(task)?;
    if let Some(last) = messages.last_mut() {
        if let Some(told) = policy.recalled.as_ref().and_then(|recalled| recalled.told.as_ref()) {
            last.content = format!("{}\n\n{told}", last.content);
        }
        if let Some(ask) = policy.context.asks() {
            last.content = format!("{}\n\n{ask}", last.content);
        }
    }
    note_below(&mut messages, policy.opening().as_deref());
    Ok(messages)
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

/// Puts a line of the harness's below the last message.
pub(crate) fn note_below(messages: &mut [Message], note: Option<&str>) {
    if let (Some(last), Some(note)) = (messages.last_mut(), note) {
        last.content.extend(["\n", note]);
    }
}

#[cfg(test)]
mod tests {
    use turnwise_core::Role;
    use turnwise_policy::{Baseline, Caps, PolicySource, PolicySpec};

    use super::*;
    use crate::profile::tests::profile;

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

    #[test]
    fn the_pocket_models_first_prompt_stays_as_it_was_trained_on() {
        let text = "summary = 's'\n[budget]\nkind = 'fixed'\nlimit = 4".to_owned();
        let source = PolicySource { name: "p".into(), file: "p.toml".into(), text };
        let policy = PolicySpec::parse(&source, &[]).unwrap();
        let policy = policy.resolve(&Baseline::new("s", "m", vec![]), Caps::default()).unwrap();
        let opening = opening(&turnwise_testkit::task("x"), &policy, &profile("pocket")).unwrap();
        let said = "Repair x.\nENVIRONMENT REMINDER: You have 4 turns left to complete the task.";
        assert_eq!(opening, [Message::new(Role::User, said)]);
        assert_eq!(prompt_hash(&opening), "7d963d25e9500ab6eb3507c90eb32920a3ccc51ff000daa2f943f0139b985d47");
    }
}
