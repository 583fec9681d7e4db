//! Keeps the hidden states at the end of each reply: at the place where the token that ended it was drawn.

use turnwise_core::{Outlook, STATES, Seen, States, Watcher};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct StateKeeper {
    layers: Vec<usize>,
    /// Whether they are stored with the reply: only then can a reply that is known bring them.
    stored: bool,
    /// Those of the token drawn last, `[layers]` of `[width]`.
    last: Vec<Vec<f32>>,
}

impl StateKeeper {
    /// Keeps the states after these layers, ascending.
    pub(crate) fn new(layers: Vec<usize>, stored: bool) -> Self {
        Self { last: vec![Vec::new(); layers.len()], layers, stored }
    }
}

impl Watcher for StateKeeper {
    fn layers(&self) -> Vec<usize> {
        self.layers.clone()
    }

    fn token(&mut self, seen: &Seen<'_>) -> Outlook {
        for (kept, state) in self.last.iter_mut().zip(seen.hidden) {
            kept.clear();
            kept.extend_from_slice(state);
        }
        Outlook::Continue
    }

    fn measures(&self) -> Vec<String> {
        let layers: Vec<String> = self.layers.iter().map(usize::to_string).collect();
        if self.stored { vec![format!("{STATES}{}", layers.join(","))] } else { Vec::new() }
    }

    fn states(&mut self) -> Option<States> {
        let states: Vec<&[f32]> =
            self.last.iter().map(Vec::as_slice).filter(|state| !state.is_empty()).collect();
        let states = States::of(&self.layers, &states);
        self.last.iter_mut().for_each(Vec::clear);
        states
    }
}
