//! What is rendered, tokenised and kept from turn to turn.

use proptest::{collection::vec, prelude::*, sample::select};
use turnwise_core::{Earlier, Message, Role, Style, ToolCall};

use super::{Transcript, Written};
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

fn answer(transcript: &mut Transcript, text: &str, tokens: &[u32]) {
    transcript.answer(Written { text, tokens, calls: &[], said: text, ended: true });
}

proptest! {
    #[test]
    fn piece_by_piece_is_as_all_at_once(
        turns in vec((".{0,20}", vec(select((0..256u32).chain([258, 259, 260]).collect::<Vec<_>>()), 0..12)), 1..6)
    ) {
        let (tokenizer, template) = speech(|_| {});
        let mut transcript = Transcript::new(Style::PLAIN);
        let mut messages = Vec::new();
        for (said, reply) in turns {
            messages.push(Message::new(Role::User, said));
            transcript.push(messages[messages.len() - 1].clone());
            let before = transcript.settled.tokens.clone();
            let prompt = transcript.prompt(&template, &tokenizer).unwrap().to_vec();
            // What was there stays, token for token, and the tokens stand for the rendered text.
            prop_assert_eq!(&prompt[..before.len()], &before[..]);
            prop_assert_eq!(tokenizer.decode(&prompt).unwrap(), template.render(&messages, &Style::PLAIN).unwrap());
            // The model writes any tokens at all, also such as are no text.
            let text = tokenizer.decode(&reply).unwrap();
            answer(&mut transcript, &text, &reply);
            prop_assert_eq!(&transcript.settled.tokens[prompt.len()..], &reply[..]);
            if text.contains(char::REPLACEMENT_CHARACTER) {
                return Ok(());
            }
            messages.push(Message::new(Role::Assistant, text));
        }
        let rendered = template.render(&messages, &Style::PLAIN).unwrap();
        prop_assert_eq!(transcript.prompt(&template, &tokenizer).unwrap(), tokenizer.encode(&rendered).unwrap());
    }
}

#[test]
fn a_template_that_drops_old_thinking_is_tokenised_again() {
    let source =
        "{% for m in messages %}[{{ m.role }}]{{ m.content.split('</think>')[-1].strip() }}{% endfor %}[a]";
    let (tokenizer, template) =
        speech(|artifacts| artifacts.chat_template = Some(source.as_bytes().to_vec().into()));
    let mut transcript = Transcript::new(Style { earlier: Earlier::ByTemplate, ..Style::PLAIN });
    transcript.push(Message::new(Role::User, "hi"));
    let first = transcript.prompt(&template, &tokenizer).unwrap().to_vec();
    let reply = "<think>hm</think> ls";
    answer(&mut transcript, reply, &tokenizer.encode(reply).unwrap());
    transcript.push(Message::new(Role::Tool, "f.py"));
    let second = transcript.prompt(&template, &tokenizer).unwrap();
    assert_eq!(tokenizer.decode(second).unwrap(), "[user]hi[assistant]ls[tool]f.py[a]");
    assert_eq!(tokenizer.decode(&first).unwrap(), "[user]hi[a]");
}

/// A template that begins replies with thinking and drops all of it from earlier ones.
const THINKING: &str = "{% for m in messages %}[{{ m.role }}]{{ m.content.split('</think>')[-1] | trim }}\
    {% for c in m.tool_calls or [] %}<{{ c.function.arguments.command }}>{% endfor %};{% endfor %}[assistant]<think>";

#[test]
fn replies_as_written_cost_only_what_is_behind_them() {
    let (tokenizer, template) =
        speech(|artifacts| artifacts.chat_template = Some(THINKING.as_bytes().to_vec().into()));
    let mut transcript = Transcript::new(Style::PLAIN);
    transcript.push(Message::new(Role::User, "hi"));
    let mut expected = "[user]hi;[assistant]<think>".to_owned();
    for turn in 0..3 {
        let before = transcript.settled.tokens.clone();
        let prompt = transcript.prompt(&template, &tokenizer).unwrap().to_vec();
        assert_eq!(prompt[..before.len()], before);
        assert_eq!(tokenizer.decode(&prompt).unwrap(), expected);
        // A second prompt without a reply between asks for the same.
        assert_eq!(transcript.prompt(&template, &tokenizer).unwrap(), prompt);
        let reply = format!(" hm {turn} </think> ls ");
        answer(&mut transcript, &reply, &tokenizer.encode(&reply).unwrap());
        transcript.push(Message::new(Role::Tool, format!("f{turn}")));
        expected = format!("{expected}{reply};[tool]f{turn};[assistant]<think>");
    }
}

#[test]
fn a_template_that_wants_calls_is_given_calls() {
    let refusing = format!(
        "{{% if messages[-1].role == 'tool' and not messages[-2].tool_calls %}}{{{{ raise_exception('no call') }}}}\
         {{% endif %}}{THINKING}"
    );
    let (tokenizer, template) =
        speech(|artifacts| artifacts.chat_template = Some(refusing.into_bytes().into()));
    let mut transcript = Transcript::new(Style::PLAIN);
    transcript.push(Message::new(Role::User, "hi"));
    transcript.prompt(&template, &tokenizer).unwrap();
    let arguments = r#"{"command": "ls"}"#.to_owned();
    let calls = [ToolCall { id: "c1".into(), name: "bash".into(), arguments }];
    transcript.answer(Written {
        text: "x</think>so <tool_call>…",
        tokens: &[1, 2],
        calls: &calls,
        said: "x</think>so",
        ended: true,
    });
    transcript.push(Message::answer("c1", "f.py"));
    let prompt = transcript.prompt(&template, &tokenizer).unwrap().to_vec();
    assert_eq!(
        tokenizer.decode(&prompt).unwrap(),
        "[user]hi;[assistant]so<ls>;[tool]f.py;[assistant]<think>"
    );
}
