//! Thinking that is left early, in whole trials of a model whose tokens are bytes.

use std::sync::Arc;

use turnwise_core::{Cue, CueProbe};
use turnwise_policy::{Baseline, Caps, Policy, PolicySource, PolicySpec};
use turnwise_testkit::{HURRIED, MoodyModel};

use crate::{
    run_trial,
    trial::tests::{block_on, plan, workplace},
};

/// Is the surer, the longer the reply is: one in a hundred for each token.
#[derive(Debug)]
struct Length;

impl CueProbe for Length {
    fn hash(&self) -> &'static str {
        "length"
    }

    fn model_hash(&self) -> &'static str {
        "any"
    }

    fn layers(&self) -> &[usize] {
        &[3]
    }

    fn score(&self, cue: &Cue<'_>) -> Option<f64> {
        cue.number("cue_spent").map(|spent| spent / 100.0)
    }
}

fn policy(think: &str) -> Arc<Policy> {
    let text = format!(
        "summary = 's'\n[budget]\nkind = 'fixed'\nlimit = 1\nreminders = 'never'\n[think]\nprobe = 'p.json'\nthreshold = 0.2\n{think}"
    );
    let source = PolicySource { name: "p".into(), file: "p.toml".into(), text };
    let mut spec = PolicySpec::parse(&source, &[]).unwrap();
    spec.think.as_mut().unwrap().attach(Arc::new(Length));
    Arc::new(spec.resolve(&Baseline::new("s", "m", Vec::new()), Caps::default()).unwrap())
}

/// The reply of the one turn, and what was measured on it.
fn turn(think: &str) -> (String, [Option<f64>; 3]) {
    let place = workplace(MoodyModel::new(&["<think>a wait, b hmm, c wait, d</think>ls"]));
    block_on(run_trial(&place.parts, &plan("t", &policy(think)))).unwrap();
    let turn = place.recorder.turns().remove(0);
    let signals = ["think_cues", "think_score", "think_exit"].map(|name| turn.facts.signal(name));
    (turn.reply.text, signals)
}

#[test]
fn the_thinking_ends_behind_the_first_cue_that_passes() {
    // The first cue ends with the 13th byte, the second with the 20th; each is known a byte later.
    let (text, signals) = turn("");
    assert_eq!(text, format!("<think>a wait, b hmm,</think>{HURRIED}"));
    assert_eq!(signals, [Some(2.0), Some(0.21), Some(21.0)]);
}

#[test]
fn in_shadow_and_without_cues_the_reply_is_as_it_was() {
    let whole = "<think>a wait, b hmm, c wait, d</think>ls";
    assert_eq!(turn("shadow = true"), (whole.to_owned(), [Some(2.0), Some(0.21), Some(21.0)]));
    assert_eq!(turn("cues = ['alternatively']"), (whole.to_owned(), [Some(0.0), None, None]));
}
