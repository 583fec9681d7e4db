//! Which turns stand in a prompt, and how.

use super::{Context, History};

/// Which of the turns so far stand in the prompt of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// How many turns there were.
    pub turns: u32,
    /// The first that is shown, from 1; above `turns` when none is.
    pub first: u32,
    /// The first whose observation is shown as it was; those before it are lines.
    pub whole: u32,
}

impl Context {
    /// What is shown of so many turns.
    pub fn view(&self, turns: u32) -> View {
        let last = |shown: u32| turns.saturating_sub(shown) + 1;
        let first = match &self.history {
            History::Full => 1,
            History::Window(window) => last(window.turns),
            History::Report(_) => last(1),
        };
        let whole = self.shrink.as_ref().map_or(first, |shrink| last(shrink.turns).max(first));
        View { turns, first, whole }
    }
}

impl View {
    /// How many turns are left out.
    pub fn left_out(&self) -> u32 {
        self.first - 1
    }
}
