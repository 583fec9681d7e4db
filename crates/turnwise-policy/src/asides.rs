//! What a policy wants to have asked aside: in branches of the conversation that the attempt never sees.

use crate::{Policy, rules::trial_question, signals::names};

/// What is asked aside after each turn. Nothing where no rule looks at what would come of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asides {
    /// A question that is answered with yes or no, for the signals `trial_yes` and `trial_answer`.
    pub question: Option<String>,
    /// Whether the reply is recited to somebody who knows only the goal and the last observation, for the signal
    /// `goal_kl`.
    pub drift: bool,
    /// Whether the model is asked for the task's subgoals, and which of them are met, for the signal `subgoals`.
    pub subgoals: bool,
}

impl Asides {
    /// The signals that come of it.
    pub const SIGNALS: [&str; 5] =
        [names::TRIAL_YES, names::TRIAL_ANSWER, names::GOAL_KL, names::SUBGOALS, names::ASIDE_TOKENS];

    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Policy {
    /// What it wants to have asked aside.
    pub fn asides(&self) -> Asides {
        let wants = |name: &str| self.signals.contains_key(name);
        let asks = wants(names::TRIAL_YES) || wants(names::TRIAL_ANSWER);
        Asides {
            question: asks.then(|| trial_question(&self.rules)),
            drift: wants(names::GOAL_KL),
            subgoals: wants(names::SUBGOALS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Asides;
    use crate::{Baseline, Caps, PolicySource, PolicySpec};

    fn asides(rules: &str) -> Asides {
        let text = format!("summary = 's'\n[budget]\nkind = 'unlimited'\n{rules}");
        let source = PolicySource { name: "p".into(), file: "p.toml".into(), text };
        let spec = PolicySpec::parse(&source, &[]).unwrap();
        spec.resolve(&Baseline::new("s", "m", Vec::new()), Caps::default()).unwrap().asides()
    }

    #[test]
    fn only_what_a_rule_looks_at_is_asked() {
        assert!(asides("[repeat]\ntimes = 3").is_empty());
        let own = asides("[trial_answer]\nquestion = 'Done?'\nshadow = true\n[drift]");
        assert_eq!(own, Asides { question: Some("Done?".to_owned()), drift: true, subgoals: false });
        let monitor = asides("[monitor]\nsignal = 'trial_yes'\nfires = 'above'\nthreshold = 0.9");
        assert!(asides("[monitor]\nsignal = 'subgoals'\nfires = 'above'\nthreshold = 0.9").subgoals);
        assert!(monitor.question.unwrap().ends_with("Answer yes or no.") && !monitor.drift);
    }
}
