//! What is rendered, tokenised and kept from turn to turn.

use proptest::{collection::vec, prelude::*, sample::select};
use turnwise_core::{Message, Role};

use super::Transcript;
use crate::{
    ArtifactBytes, ChatTemplate, Family, Tokenizer,
    fixture::{checkpoint, config},
};

fn speech(change: impl FnOnce(&mut ArtifactBytes)) -> (Tokenizer, ChatTemplate) {
    let mut artifacts = checkpoint(&config(Family::Qwen3));
    change(&mut artifacts);
    let tokenizer = Tokenizer::load(&artifacts).unwrap();
    let template = ChatTemplate::load(&artifacts, tokenizer.special().clone()).unwrap();
    (tokenizer, template)
}

proptest! {
    #[test]
    fn piece_by_piece_is_as_all_at_once(
        turns in vec((".{0,20}", vec(select((0..256u32).chain([258, 259, 260]).collect::<Vec<_>>()), 0..12)), 1..6)
    ) {
        let (tokenizer, template) = speech(|_| {});
        let mut transcript = Transcript::default();
        let mut messages = Vec::new();
        for (said, reply) in turns {
            messages.push(Message::new(Role::User, said));
            transcript.push(messages[messages.len() - 1].clone());
            let before = transcript.tokens.clone();
            let prompt = transcript.prompt(&template, &tokenizer).unwrap().to_vec();
            // What was there stays, token for token, and the tokens stand for the rendered text.
            prop_assert_eq!(&prompt[..before.len()], &before[..]);
            prop_assert_eq!(tokenizer.decode(&prompt).unwrap(), template.render(&messages).unwrap());
            // The model writes any tokens at all, also such as are no text.
            let text = tokenizer.decode(&reply).unwrap();
            transcript.answer(&text, &reply);
            prop_assert_eq!(&transcript.tokens[prompt.len()..], &reply[..]);
            if text.contains(char::REPLACEMENT_CHARACTER) {
                return Ok(());
            }
            messages.push(Message::new(Role::Assistant, text));
        }
        let rendered = template.render(&messages).unwrap();
        prop_assert_eq!(transcript.prompt(&template, &tokenizer).unwrap(), tokenizer.encode(&rendered).unwrap());
    }
}

#[test]
fn a_template_that_drops_old_thinking_is_tokenised_again() {
    let source =
        "{% for m in messages %}[{{ m.role }}]{{ m.content.split('</think>')[-1].strip() }}{% endfor %}[a]";
    let (tokenizer, template) =
        speech(|artifacts| artifacts.chat_template = Some(source.as_bytes().to_vec().into()));
    let mut transcript = Transcript::default();
    transcript.push(Message::new(Role::User, "hi"));
    let first = transcript.prompt(&template, &tokenizer).unwrap().to_vec();
    let reply = "<think>hm</think> ls";
    transcript.answer(reply, &tokenizer.encode(reply).unwrap());
    transcript.push(Message::new(Role::Tool, "f.py"));
    let second = transcript.prompt(&template, &tokenizer).unwrap();
    assert_eq!(tokenizer.decode(second).unwrap(), "[user]hi[assistant]ls[tool]f.py[a]");
    assert_eq!(tokenizer.decode(&first).unwrap(), "[user]hi[a]");
}
