//! What a reply asks the harness to do.

use std::fmt;

/// The kind of an action, as the database names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionKind {
    /// A command for the environment.
    Shell,
    /// The work is handed in.
    Submit,
    /// The reply held no action that could be read.
    Invalid,
}

impl ActionKind {
    /// The kind's name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Submit => "submit",
            Self::Invalid => "invalid",
        }
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An action as it was parsed from a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Run this command in the environment.
    Shell(String),
    /// Hand in the work.
    Submit,
    /// Nothing that can be done; says to the model what was wrong with its reply.
    Invalid {
        /// What the model is told, so that its next reply can be right.
        complaint: String,
    },
}

impl Action {
    /// The action's kind.
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Shell(_) => ActionKind::Shell,
            Self::Submit => ActionKind::Submit,
            Self::Invalid { .. } => ActionKind::Invalid,
        }
    }

    /// The action as text: the command, `submit`, or nothing.
    pub fn text(&self) -> &str {
        match self {
            Self::Shell(command) => command,
            Self::Submit => "submit",
            Self::Invalid { .. } => "",
        }
    }
}

/// One command of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is run.
    pub text: String,
    /// The id of the tool call that asked for it, if one did.
    pub call: Option<String>,
}

/// A reply taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedReply {
    /// What the model thought before it acted; empty if nothing.
    pub thought: String,
    /// What it wants done. Several commands are one action: their lines, in order.
    pub action: Action,
    /// The commands of an [`Action::Shell`], to be run in this order; otherwise empty.
    pub commands: Vec<Command>,
    /// Whether it asked for more turns.
    pub asks_more: bool,
}
