//! What of an attempt the model is shown before each reply: all of it, its last turns, or its own report and the last turn.
//!
//! Everything here is counting and words. Who speaks, and how a prompt is put together of this, is no concern of a policy.

mod cut;
mod read;
mod report;
mod view;

use serde::{Deserialize, Serialize};

pub use cut::{Cut, Shrink};
pub use report::Report;
pub use view::View;

/// What stands for a number in a text.
const TURNS: &str = "{turns}";

/// What of an attempt the model is shown before each reply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Which turns.
    pub history: History,
    /// How long outputs are cut, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// How old observations shrink, if they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shrink: Option<Shrink>,
}

/// Which turns the model is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// All of them.
    #[default]
    Full,
    /// The last ones.
    Window(Window),
    /// The last action and its observation, and the model's report.
    Report(Report),
}

/// The opening and the last turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// How many turns, from 1.
    pub turns: u32,
    /// What is said below the opening of those that are left out; `{turns}` becomes `1 turn` or `N turns`.
    pub left_out: String,
}

impl Window {
    /// What is said of so many turns that are left out.
    pub fn note(&self, turns: u32) -> String {
        crate::reminder::fill(&self.left_out, turns)
    }
}

impl Context {
    /// Whether the model is shown everything as it was.
    pub fn is_full(&self) -> bool {
        *self == Self::default()
    }

    /// Whether what was shown once is shown again as it was: then a prompt only grows.
    pub fn only_grows(&self) -> bool {
        self.history == History::Full && self.shrink.is_none()
    }

    /// What the first prompt ends with, if it asks for something.
    pub fn asks(&self) -> Option<&str> {
        match &self.history {
            History::Full | History::Window(_) => None,
            History::Report(report) => Some(&report.ask),
        }
    }

    /// What the model is shown, in sentences.
    pub(crate) fn explain(&self) -> Vec<String> {
        let turns = |n: u32| if n == 1 { "turn".to_owned() } else { format!("{n} turns") };
        let history = match &self.history {
            History::Full => None,
            History::Window(window) => {
                Some(format!("The model is shown the opening and its last {}.", turns(window.turns)))
            }
            History::Report(report) => Some(format!(
                "The model is shown the opening, the report that it wrote between `{}` and `{}`, and its last action \
                 with what came of it; thinking and older turns are dropped.",
                report.marks[0], report.marks[1]
            )),
        };
        let cut = self.cut.as_ref().map(|cut| {
            format!("Of an output of more than {} characters it is shown the two ends.", cut.chars)
        });
        let shrink = self.shrink.as_ref().map(|shrink| {
            format!("Observations shrink to a line when they are not of the last {}.", turns(shrink.turns))
        });
        [history, cut, shrink].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests;
