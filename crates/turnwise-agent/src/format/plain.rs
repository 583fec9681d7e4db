//! Some thinking, then one shell command: the way in which the pocket model writes.

use turnwise_core::Command;

use super::{Fault, Marks, Understood, Wants};

/// Everything after the thinking is one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    /// The command that hands in the work.
    pub(crate) submit: String,
}

impl Plain {
    /// Takes a text apart. The thinking may be left out, but once begun it must be ended; what asks for more
    /// turns may stand anywhere before the command.
    pub(super) fn parse(&self, reply: &str, thinking: Option<&Marks>, more: Option<&str>) -> Understood {
        let (asked_first, text) = strip_more(reply.trim(), more);
        let (thought, rest) = thinking.map_or(("", Some(text)), |marks| marks.split_begun(text));
        let nothing =
            || Wants::Nothing(Fault { error: "no command in the reply".to_owned(), ..Fault::default() });
        let Some(rest) = rest else {
            return Understood {
                thought: thought.trim().to_owned(),
                asks_more: asked_first,
                wants: nothing(),
            };
        };
        let (asked_last, command) = strip_more(rest.trim(), more);
        let wants = match command {
            "" => nothing(),
            command if command == self.submit => Wants::Submit,
            command => Wants::Commands(vec![Command { text: command.to_owned(), call: None }]),
        };
        let asks_more = asked_first || asked_last || more.is_some_and(|more| thought.contains(more));
        Understood { thought: thought.trim().to_owned(), asks_more, wants }
    }
}

pub(super) fn strip_more<'a>(mut text: &'a str, more: Option<&str>) -> (bool, &'a str) {
    let mut asked = false;
    while let Some(rest) = more.and_then(|more| text.strip_prefix(more)) {
        asked = true;
        text = rest.trim_start();
    }
    (asked, text)
}
