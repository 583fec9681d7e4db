//! Conversations: formats that hold messages in the order in which they were said.

use turnwise_core::{Action, Message, Role};

use crate::{Trajectory, Turn};

/// A conversation as it is read: what is said before a reply belongs to its turn.
#[derive(Default)]
pub(crate) struct Talk {
    /// The turns so far.
    pub(crate) turns: Vec<Turn>,
    told: Vec<Message>,
    answered: bool,
}

impl Talk {
    /// Something is said that is no reply.
    pub(crate) fn tell(&mut self, message: Message) {
        self.told.push(message);
    }

    /// The model replies.
    pub(crate) fn reply(&mut self, turn: Turn) {
        self.turns.push(Turn { told: std::mem::take(&mut self.told), ..turn });
        self.answered = false;
    }

    /// Whether what is said now, without any mark, is what came of the last action: the first thing after a command.
    pub(crate) fn expects_observation(&self) -> bool {
        let acted = self.turns.last().is_some_and(|turn| matches!(turn.action, Action::Shell(_)));
        acted && !self.answered && self.told.is_empty()
    }

    /// Something came of the last action; several answers become one text.
    pub(crate) fn observe(&mut self, text: &str) -> Option<&mut Turn> {
        let again = std::mem::replace(&mut self.answered, true);
        let turn = self.turns.last_mut()?;
        if again {
            turn.observation.push('\n');
        }
        turn.observation.push_str(text);
        Some(turn)
    }
}

/// Something that is said, as it is written.
pub(crate) enum Said<'a> {
    /// To the model.
    Told(&'a Message),
    /// By the model.
    Reply(&'a Turn),
    /// What came of the action of this turn, and the message that told the model, where one did.
    Observed(&'a Turn, Option<&'a Message>),
}

/// Everything that was said, in order.
pub(crate) fn said(t: &Trajectory) -> Vec<Said<'_>> {
    let mut said = Vec::new();
    let mut last: Option<&Turn> = None;
    for turn in &t.turns {
        let carrier = last.and_then(|last| carrier(last, &turn.told));
        if let (Some(last), None) = (last, carrier) {
            said.extend(unheard(last));
        }
        for (index, message) in turn.told.iter().enumerate() {
            said.push(match (last, carrier) {
                (Some(last), Some(carrier)) if carrier == index => Said::Observed(last, Some(message)),
                _ => Said::Told(message),
            });
        }
        said.push(Said::Reply(turn));
        last = Some(turn);
    }
    said.extend(last.and_then(unheard));
    said
}

/// The message that told the model what came of its action: the first answer to a tool, or else the first of the
/// harness's.
fn carrier(last: &Turn, told: &[Message]) -> Option<usize> {
    if matches!(last.action, Action::Invalid { .. }) {
        return None;
    }
    let of = |role| told.iter().position(|message: &Message| message.role == role);
    of(Role::Tool).or_else(|| of(Role::User))
}

fn unheard(turn: &Turn) -> Option<Said<'_>> {
    (!turn.observation.is_empty() || turn.exit_code.is_some()).then_some(Said::Observed(turn, None))
}
