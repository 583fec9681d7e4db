//! Decides on a recorded trial again as if only the live rules of a policy could end it: what its gate wants to know.

use turnwise_core::TurnFacts;

use crate::{
    Limits, Policy, Rehearsal, Replay, Spoken,
    gate::{TurnCost, is_cut},
};

impl Policy {
    /// What the rules would have made of the turns of a trial, in order, with what was said on each; `None` for a policy
    /// without a gate.
    pub fn rehearse<'a>(
        &self,
        task: &str,
        turns: impl Iterator<Item = (TurnFacts, Spoken<'a>)>,
        solved: bool,
    ) -> Option<Rehearsal> {
        let gate = self.gate.as_ref()?;
        let mut replay = Replay::new(&self.with_rules_alone(), task);
        let (mut whole, mut cut) = (0.0, None);
        for (mut facts, spoken) in turns {
            let tokens = facts.usage.prompt_tokens + facts.usage.decode_tokens;
            whole += gate.cost(TurnCost { tokens, ms: facts.elapsed_ms });
            if cut.is_none() {
                let decision = replay.turn(&mut facts, spoken);
                cut = decision.end.is_some_and(|end| is_cut(end.ending)).then_some(whole);
            }
        }
        Some(Rehearsal { solved, whole, cut })
    }

    /// The policy without its gate and with nothing that could end an attempt before a rule does.
    fn with_rules_alone(&self) -> Self {
        let limits = Limits { tokens: None, ms: None, cost: None, max_invalid: None };
        Self { gate: None, turns: None, limits, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use turnwise_core::{Action, TurnFacts, Usage, WorkspaceState};

    use crate::{Baseline, Caps, PolicySource, PolicySpec, Rehearsal, Spoken};

    #[test]
    fn a_trial_is_cut_where_a_live_rule_first_wants_it() {
        let text = "summary = 's'\n[budget]\nkind = 'fixed'\nlimit = 2\n[gate]\n[repeat]\ntimes = 3\n[restart]\nsignal = \
                    'action_repeat'\nfires = 'above'\nthreshold = 9\nshadow = true";
        let source = PolicySource { name: "p".into(), file: "p.toml".into(), text: text.into() };
        let spec = PolicySpec::parse(&source, &[]).unwrap();
        let policy = spec.resolve(&Baseline::new("s", "m", vec![5]), Caps::default()).unwrap();
        let facts = |turn| TurnFacts {
            turn,
            action: Action::Shell("ls".to_owned()),
            observation: String::new(),
            exit_code: Some(0),
            workspace: WorkspaceState::default(),
            asks_more: false,
            usage: Usage { prompt_tokens: 90, prefill_tokens: 0, decode_tokens: 10 },
            elapsed_ms: 0,
            cost: None,
            signals: Vec::new(),
        };
        let rehearse = |turns: u32| {
            let turns = (1..=turns).map(|turn| (facts(turn), Spoken::default()));
            policy.rehearse("t", turns, true).unwrap()
        };
        // The turn limit of two is out of the way.
        assert_eq!(rehearse(5), Rehearsal { solved: true, whole: 500.0, cut: Some(300.0) });
        assert_eq!(rehearse(2), Rehearsal { solved: true, whole: 200.0, cut: None });
    }
}
