//! What an agent can do on a page, as it writes it: one command a turn.

use std::fmt;

/// A command for a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// `open URL`: goes to a page; a path is one of the page's own host.
    Open(String),
    /// `click N`: follows link N, presses button N, ticks or unticks box N.
    Click(u32),
    /// `type N "TEXT"`: puts the text into field N, in place of what is there.
    Type(u32, String),
    /// `select N "OPTION"`: chooses an option of list N by its text.
    Select(u32, String),
    /// `submit N`: hands in the form that element N belongs to.
    Submit(u32),
    /// `back`: returns to the page before.
    Back,
    /// `find "TEXT"`: shows the lines that hold the text, wherever on the page they are.
    Find(String),
    /// `scroll down`, `scroll up`: moves the part of a long page that is shown.
    Scroll(Direction),
    /// `answer "TEXT"`: says what a task asks for; the last answer counts.
    Answer(String),
    /// `echo TEXT`: shows the text and does nothing. Protocols hand in by it.
    Echo(String),
}

/// Where `scroll` goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the page's end.
    Down,
    /// Towards its beginning.
    Up,
}

/// A command that is none; its text is for the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error: {complaint}")]
pub struct BadAct {
    /// What is wrong, and what would be right.
    pub complaint: String,
}

/// What the commands are, for the model.
pub const COMMANDS: &str = "open URL, click N, type N \"TEXT\", select N \"OPTION\", submit N, back, find \"TEXT\", scroll down, scroll up, \
     answer \"TEXT\"";

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Down => "down",
            Self::Up => "up",
        })
    }
}
