//! Several watchers of one conversation, each of which sees what it wants to see.

use turnwise_core::{Outlook, Seen, States, Watcher};

/// See the module.
pub(super) struct Several {
    watchers: Vec<Box<dyn Watcher>>,
    /// The layers that any of them wants, ascending.
    layers: Vec<usize>,
    /// For each watcher, the places of its layers among those.
    places: Vec<Vec<usize>>,
}

impl Several {
    /// All of these.
    pub(super) fn of(watchers: Vec<Box<dyn Watcher>>) -> Self {
        let wanted: Vec<Vec<usize>> = watchers.iter().map(|watcher| watcher.layers()).collect();
        let mut layers = wanted.concat();
        layers.sort_unstable();
        layers.dedup();
        let place = |layer: &usize| layers.binary_search(layer).unwrap_or_default();
        let places = wanted.iter().map(|wanted| wanted.iter().map(place).collect()).collect();
        Self { watchers, layers, places }
    }
}

impl Watcher for Several {
    fn layers(&self) -> Vec<usize> {
        self.layers.clone()
    }

    fn reads(&self) -> bool {
        self.watchers.iter().any(|watcher| watcher.reads())
    }

    fn likeliest(&self) -> usize {
        self.watchers.iter().map(|watcher| watcher.likeliest()).max().unwrap_or_default()
    }

    fn distributions(&self) -> bool {
        self.watchers.iter().any(|watcher| watcher.distributions())
    }

    /// What the first of them that interferes says; the others see the token all the same.
    fn token(&mut self, seen: &Seen<'_>) -> Outlook {
        let mut outlook = Outlook::Continue;
        for (watcher, places) in self.watchers.iter_mut().zip(&self.places) {
            let hidden: Vec<&[f32]> =
                places.iter().filter_map(|place| seen.hidden.get(*place).copied()).collect();
            let likeliest = &seen.likeliest[..seen.likeliest.len().min(watcher.likeliest())];
            let said = watcher.token(&Seen { hidden: &hidden, likeliest, ..*seen });
            if outlook == Outlook::Continue {
                outlook = said;
            }
        }
        outlook
    }

    /// Nothing where one of them must see every reply computed.
    fn measures(&self) -> Vec<String> {
        let measures: Vec<Vec<String>> = self.watchers.iter().map(|watcher| watcher.measures()).collect();
        if measures.iter().any(Vec::is_empty) { Vec::new() } else { measures.concat() }
    }

    fn measured(&mut self) -> Vec<(String, f64)> {
        self.watchers.iter_mut().flat_map(|watcher| watcher.measured()).collect()
    }

    fn states(&mut self) -> Option<States> {
        let mut kept = self.watchers.iter_mut().map(|watcher| watcher.states());
        kept.find_map(|states| states)
    }
}

#[cfg(test)]
mod tests {
    use turnwise_core::{Outlook, Seen, Watcher};

    use super::Several;
    use crate::watching::{low_probs::LowProbs, state_keeper::StateKeeper};

    /// Ends a reply at its second token.
    struct Ender;

    impl Watcher for Ender {
        fn token(&mut self, seen: &Seen<'_>) -> Outlook {
            if seen.index == 1 { Outlook::Stop } else { Outlook::Continue }
        }

        fn measures(&self) -> Vec<String> {
            vec!["ender".into()]
        }
    }

    fn show(watcher: &mut Several, index: usize, hidden: &[&[f32]]) -> Outlook {
        let (text, adds, likeliest, logprobs) = ("", "", &[][..], &[][..]);
        let (token, logprob, entropy) = (0, -0.5, 0.0);
        watcher.token(&Seen { token, text, adds, index, logprob, entropy, likeliest, logprobs, hidden })
    }

    #[test]
    fn each_sees_its_own_layers_and_the_first_that_interferes_has_its_way() {
        let keeper = |stored| Box::new(StateKeeper::new(vec![1, 3], stored));
        let mut all = Several::of(vec![Box::new(LowProbs::default()), keeper(true), Box::new(Ender)]);
        assert_eq!(all.layers(), [1, 3]);
        assert_eq!(all.measures(), ["low_probs", "states:1,3", "ender"]);
        let (one, three) = ([1.0, 2.0], [3.0, 4.0]);
        assert_eq!(show(&mut all, 0, &[&one, &three]), Outlook::Continue);
        assert_eq!(show(&mut all, 1, &[&three, &one]), Outlook::Stop);
        assert_eq!(all.measured().len(), 1);
        let mut row = Vec::new();
        assert!(all.states().unwrap().extend(&[3], &mut row) && row == [1.0, 2.0]);
        // What was kept of one reply is nothing of the next.
        assert_eq!(all.states(), None);
        // One that keeps what nobody stores must see every reply computed.
        assert!(Several::of(vec![Box::new(LowProbs::default()), keeper(false)]).measures().is_empty());
    }
}
