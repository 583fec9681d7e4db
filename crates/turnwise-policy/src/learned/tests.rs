//! Estimators between the signals and the rules.

use std::sync::Arc;

use turnwise_core::{
    Action, Estimating, Estimator, Estimators, States, TurnFacts, Usage, VerdictKind, WorkspaceState,
};
use turnwise_toml::Place;

use crate::{Baseline, Caps, Policy, PolicySource, PolicySpec, Spoken, Untimed};

/// Gives the first state at the end of the reply, and how many turns had one.
#[derive(Debug)]
struct FirstState {
    gives: &'static str,
}

#[derive(Debug)]
struct Seen {
    gives: &'static str,
    turns: f64,
}

impl Estimator for FirstState {
    fn hash(&self) -> &'static str {
        self.gives
    }

    fn model_hash(&self) -> &'static str {
        "any"
    }

    fn layers(&self) -> &[usize] {
        &[2]
    }

    fn needs(&self) -> Vec<String> {
        vec!["errors".to_owned()]
    }

    fn gives(&self) -> Vec<String> {
        vec![self.gives.to_owned()]
    }

    fn remembers(&self) -> bool {
        true
    }

    fn begin(&self) -> Box<dyn Estimating> {
        Box::new(Seen { gives: self.gives, turns: 0.0 })
    }
}

impl Estimating for Seen {
    fn look(&mut self, _facts: &TurnFacts, states: Option<&States>) -> Vec<(String, f64)> {
        let mut row = Vec::new();
        if !states.is_some_and(|states| states.extend(&[2], &mut row)) {
            return Vec::new();
        }
        self.turns += 1.0;
        vec![(self.gives.to_owned(), f64::from(row[0]) * self.turns)]
    }
}

const TEXT: &str = "summary = 's'\n[budget]\nkind = 'unlimited'\n[learned]\nfiles = ['a.json']\n[conformal]\nfires = 'above'\n\
                    threshold = 0.9";

fn source(text: &str) -> PolicySource {
    PolicySource { name: "p".into(), file: "p.toml".into(), text: text.into() }
}

fn place() -> Place {
    Place { file: "p.toml".into(), line: 4 }
}

/// Turns on which a signal has these values.
fn of(signal: &str, values: &[f64]) -> Vec<TurnFacts> {
    let facts = |(turn, value): (u32, &f64)| TurnFacts {
        turn,
        action: Action::Shell("ls".into()),
        observation: String::new(),
        exit_code: Some(0),
        workspace: WorkspaceState::default(),
        asks_more: false,
        usage: Usage::default(),
        elapsed_ms: 0,
        cost: None,
        signals: vec![(signal.to_owned(), *value)],
    };
    (1..).zip(values).map(facts).collect()
}

fn policy() -> Policy {
    let mut spec = PolicySpec::parse(&source(TEXT), &[]).unwrap();
    spec.attach(Estimators(vec![Arc::new(FirstState { gives: "probe" })]), &place()).unwrap();
    spec.resolve(&Baseline::new("s", "m", Vec::new()), Caps::default()).unwrap()
}

#[test]
fn what_estimators_give_is_there_when_the_rules_look() {
    let policy = policy();
    assert!(policy.signals.contains_key("errors") && policy.to_json().contains("\"hashes\":[\"probe\"]"));
    let mut controller = policy.controller();
    let states = States::of(&[2], &[&[0.5]]).unwrap();
    let mut said = Vec::new();
    for mut facts in of("other", &[0.1, 0.2, 0.3]) {
        let spoken = Spoken { states: Some(&states), ..Spoken::default() };
        let decision = controller.decide(&mut facts, spoken, &mut Untimed);
        said.push((decision.verdict.kind(), facts.signal("probe"), facts.signal("other")));
    }
    // A record holds the hashes, and has what they stand for again beside a policy that has it.
    let recorded = Policy::from_json(&policy.to_json()).unwrap();
    assert!(recorded.learned.estimators().0.is_empty());
    assert_eq!(recorded.with_learned_of(&policy), policy);
    use VerdictKind::{Continue, Stop};
    assert_eq!(said[0], (Continue, Some(0.5), Some(0.1)));
    assert_eq!((said[1].0, said[1].1, said[2].1), (Stop, Some(1.0), Some(1.5)));
}

#[test]
fn what_was_recorded_stands_where_states_are_missing() {
    let mut controller = policy().controller();
    let mut facts = of("probe", &[0.95]).remove(0);
    let decision = controller.decide(&mut facts, Spoken::default(), &mut Untimed);
    assert_eq!((decision.verdict.kind(), facts.signal("probe")), (VerdictKind::Stop, Some(0.95)));
}

#[test]
fn files_are_named_and_two_never_give_the_same() {
    assert_eq!(source(TEXT).learned(&[]), ["a.json"]);
    assert_eq!(source(TEXT).learned(&["learned.files=['b.json', 'c.json']".into()]), ["b.json", "c.json"]);
    let mut spec = PolicySpec::parse(&source(TEXT), &[]).unwrap();
    let two = [Arc::new(FirstState { gives: "probe" }), Arc::new(FirstState { gives: "probe" })];
    let error =
        spec.attach(Estimators(two.map(|one| one as Arc<dyn Estimator>).into()), &place()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "p.toml:4: two files of `learned.files` give the signal `probe`; leave one of them out"
    );
    let none = TEXT.replace("['a.json']", "[]");
    let error = PolicySpec::parse(&source(&none), &[]).unwrap_err().to_string();
    assert!(error.contains("learned.files") && error.contains("turnwise learn"), "{error}");
}
