//! How a reply is taken apart into thinking and commands. A format is data: a profile says which one it is.
//!
//! Does not judge commands: what stands where a command belongs is the command, whether it makes sense or not.
//! What is wrong with a reply comes back as a [`Fault`]; the words for the model are the profile's.

mod edit;
mod pattern;
mod plain;
mod thinking;
mod tool;

use turnwise_core::{Command, Finish, Reply};

pub(crate) use edit::{DESCRIPTION as EDIT_DESCRIPTION, EDIT, PARAMETERS as EDIT_PARAMETERS};
pub(crate) use pattern::Pattern;
pub(crate) use plain::Plain;
pub(crate) use thinking::Marks;
pub(crate) use tool::{BASH, BROWSER};

/// A way of writing commands.
#[derive(Clone, Debug)]
pub(crate) enum ActionFormat {
    /// Everything after the thinking is one command.
    Plain(Plain),
    /// The one place in the text that matches a pattern is the command.
    Pattern(Pattern),
    /// Each call of the tool `bash` is a command, and where there is one, each of the tool `edit`.
    Tool { edits: bool },
}

/// A reply taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Understood {
    /// What was thought; empty if nothing.
    pub(crate) thought: String,
    /// Whether it asked for more turns.
    pub(crate) asks_more: bool,
    /// What is to be done.
    pub(crate) wants: Wants,
}

/// What a reply wants done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wants {
    /// These commands, in order; at least one.
    Commands(Vec<Command>),
    /// The work is handed in.
    Submit,
    /// Nothing that can be done.
    Nothing(Fault),
}

/// What is wrong with a reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fault {
    /// In a sentence.
    pub(crate) error: String,
    /// The commands that were found, as far as any were.
    pub(crate) actions: Vec<String>,
    /// Whether the reply called tools at all.
    pub(crate) has_tool_calls: bool,
}

impl ActionFormat {
    /// Takes a reply apart. `thinking` are the marks around thinking, and `more` is what asks for more turns.
    pub(crate) fn parse(&self, reply: &Reply, thinking: Option<&Marks>, more: Option<&str>) -> Understood {
        let mut parts = match self {
            Self::Plain(plain) => plain.parse(&reply.text, thinking, more),
            Self::Pattern(pattern) => pattern.parse(&reply.text, thinking, more),
            Self::Tool { edits } => tool::parse(reply, thinking, (more, *edits)),
        };
        if self.is_cut(reply.finish) {
            parts.wants = Wants::Nothing(Fault::default());
        }
        parts
    }

    /// What of a reply is said behind its thinking: its end. Nothing where the thinking does not end.
    pub(crate) fn spoken<'r>(&self, text: &'r str, thinking: Option<&Marks>, more: Option<&str>) -> &'r str {
        let Some(marks) = thinking else { return text };
        let (_, spoken) = match self {
            Self::Plain(_) => marks.split_begun(plain::strip_more(text.trim_start(), more).1),
            Self::Pattern(_) | Self::Tool { .. } => marks.split(text),
        };
        spoken.unwrap_or_default()
    }

    /// What stands in a text before the first call of a tool.
    pub(crate) fn before_calls<'r>(&self, text: &'r str) -> &'r str {
        match self {
            Self::Plain(_) | Self::Pattern(_) => text,
            Self::Tool { .. } => tool::before_calls(text),
        }
    }

    /// Whether a reply that ended so may hold half a command, which must not be run. What has a mark at its end,
    /// and has been found, is whole.
    fn is_cut(&self, finish: Finish) -> bool {
        match (finish, self) {
            (Finish::Stop, _) | (Finish::Length, Self::Pattern(_) | Self::Tool { .. }) => false,
            (Finish::Length, Self::Plain(_)) | (Finish::ContextFull, _) => true,
        }
    }
}

#[cfg(test)]
mod tests;
