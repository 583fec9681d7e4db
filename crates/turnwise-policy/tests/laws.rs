//! What holds of every shipped policy over any turns: nothing panics, deciding again gives the same, and what
//! is in shadow changes nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot read a shipped policy has failed")]

use proptest::{
    collection::vec,
    prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest},
    prop_assert_eq,
};
use turnwise_core::{Action, TokenStats, TurnFacts, Usage, Verdict, WorkspaceState};
use turnwise_policy::{
    Baseline, BaselineTrial, Caps, Decision, Policy, PolicySource, PolicySpec, Spoken, Untimed, shipped,
    signals,
};

/// A turn: its facts, what the reply said and the entropy of it.
type Turn = (TurnFacts, String, TokenStats);

fn text() -> impl Strategy<Value = String> {
    let common = [
        "",
        "ls",
        "cat a.py",
        "pytest -q",
        "sed -i s/a/b/ a.py",
        "1/3 passed",
        "2 passed, 1 failed",
        "é\u{0}\n;|&",
    ];
    prop_oneof![(0..common.len()).prop_map(move |at| common[at].to_owned()), ".{0,40}"]
}

fn reply() -> impl Strategy<Value = String> {
    let stated =
        ["CONFIDENCE_SCORE: 90", "TURNS_NEEDED: 1-3", "TURNS_NEEDED: impossible", "TURNS_NEEDED: 4294967295"];
    prop_oneof![(0..stated.len()).prop_map(move |at| stated[at].to_owned()), text()]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![0.0..1.0, Just(0.0), Just(-1.0), Just(1e300), any::<f64>()]
}

/// The signals that who runs the model may record, each or not.
fn recorded() -> impl Strategy<Value = Vec<(String, f64)>> {
    let names: Vec<&str> =
        signals::signals().filter(|s| s.origin == signals::Origin::Model).map(|s| s.name).collect();
    let many = names.len();
    vec((any::<bool>(), number()), many).prop_map(move |values| {
        let there = names.iter().zip(values).filter(|(_, (there, _))| *there);
        there.map(|(name, (_, value))| ((*name).to_owned(), value)).collect()
    })
}

fn turn() -> impl Strategy<Value = Turn> {
    let action = prop_oneof![
        4 => text().prop_map(Action::Shell),
        1 => Just(Action::Invalid { complaint: String::new() }),
    ];
    let state = (0_u64..4, proptest::option::of(any::<i32>()), any::<bool>());
    let cost = (0_u64..5000, 0_u64..100_000);
    let said = (reply(), proptest::option::of(number()), proptest::option::of(number()));
    (action, text(), state, cost, recorded(), said).prop_map(
        |(action, observation, state, cost, signals, said)| {
            let (work, exit_code, asks_more) = state;
            let digest = if work == 0 { String::new() } else { work.to_string() };
            let (reply, entropy_mean, logprob_mean) = said;
            let facts = TurnFacts {
                turn: 0,
                action,
                observation,
                exit_code,
                workspace: WorkspaceState { patch_lines: work, digest, ..WorkspaceState::default() },
                asks_more,
                usage: Usage { prompt_tokens: cost.0, prefill_tokens: 0, decode_tokens: cost.0 / 7 },
                elapsed_ms: cost.1,
                cost: None,
                signals,
            };
            (facts, reply, TokenStats { entropy_mean, logprob_mean })
        },
    )
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    vec(turn(), 1..40).prop_map(|mut turns| {
        for (number, (facts, ..)) in (1..).zip(&mut turns) {
            facts.turn = number;
        }
        turns
    })
}

fn baseline() -> Baseline {
    let trial = |turns: u32| BaselineTrial { task: format!("t{turns}"), turns, solved: Some(turns < 20) };
    Baseline::of_trials("s", "m", (3..25).map(trial).collect())
}

fn spec(source: &PolicySource, settings: &[String]) -> PolicySpec {
    PolicySpec::parse(source, settings).unwrap()
}

/// Decides over the turns up to the end; gives the decisions and the completed facts.
fn decide(policy: &Policy, turns: &[Turn]) -> (Vec<Decision>, Vec<TurnFacts>) {
    let mut controller = policy.controller();
    let (mut decisions, mut seen) = (Vec::new(), Vec::new());
    for (facts, reply, stats) in turns {
        let mut facts = facts.clone();
        let spoken = Spoken { reply, thought: reply, stats: *stats, states: None };
        decisions.push(controller.decide(&mut facts, spoken, &mut Untimed));
        seen.push(facts);
        if decisions.last().is_some_and(|decision| decision.end.is_some()) {
            break;
        }
    }
    (decisions, seen)
}

/// The tables of the rules of a policy, as its file names them.
fn rules(spec: &PolicySpec) -> Vec<&'static str> {
    spec.rules.iter().map(turnwise_policy::Rule::name).collect()
}

/// The shipped policies that decide on turns. One that chooses among others decides on none; its arms are here themselves.
fn deciding() -> impl Iterator<Item = PolicySource> {
    shipped().into_iter().filter(|source| spec(source, &[]).choice.is_none())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Also over the completed facts, and from the policy as it is stored.
    #[test]
    fn deciding_again_gives_the_same(turns in turns()) {
        for source in deciding() {
            let policy = spec(&source, &[]).resolve(&baseline(), Caps::default()).unwrap();
            let (first, seen) = decide(&policy, &turns);
            let complete: Vec<Turn> =
                seen.iter().zip(&turns).map(|(facts, (_, reply, stats))| (facts.clone(), reply.clone(), *stats)).collect();
            let stored = Policy::from_json(&policy.to_json()).unwrap();
            let (again, same) = decide(&stored, &complete);
            prop_assert_eq!(format!("{first:?}"), format!("{again:?}"), "{}", source.name);
            prop_assert_eq!(format!("{seen:?}"), format!("{same:?}"), "{}", source.name);
        }
    }

    /// What a policy does not read may as well not be there.
    #[test]
    fn verdicts_depend_on_nothing_but_what_is_read(turns in turns()) {
        for source in deciding() {
            let policy = spec(&source, &[]).resolve(&baseline(), Caps::default()).unwrap();
            let reads = policy.reads();
            let mut whole = policy.controller();
            let mut lean = policy.lean().controller();
            for (facts, reply, stats) in &turns {
                let spoken = Spoken { reply, thought: reply, stats: *stats, states: None };
                let decided = whole.decide(&mut facts.clone(), spoken, &mut Untimed);
                let mut bare = facts.clone();
                if let (Action::Shell(command), false) = (&mut bare.action, reads.action) {
                    command.clear();
                }
                if !reads.observation {
                    bare.observation.clear();
                }
                if !reads.signals {
                    bare.signals.clear();
                }
                let text = |read: bool| if read { reply.as_str() } else { "" };
                let spoken = Spoken { reply: text(reads.reply), thought: text(reads.thought), stats: *stats, states: None };
                let again = lean.decide(&mut bare, spoken, &mut Untimed);
                prop_assert_eq!(format!("{decided:?}"), format!("{again:?}"), "{}", source.name);
                if decided.end.is_some() {
                    break;
                }
            }
        }
    }

    /// A policy whose rules are all in shadow does what it does without them.
    #[test]
    fn what_is_in_shadow_changes_nothing(turns in turns(), cap in proptest::option::of(1_u32..50)) {
        let caps = Caps { turns: cap, ..Caps::default() };
        for source in deciding() {
            let with = spec(&source, &[]);
            if with.gate.is_some() {
                // A gate with nothing live to hold back is refused.
                continue;
            }
            let shadow: Vec<String> = rules(&with).iter().map(|rule| format!("{rule}.shadow=true")).collect();
            let mut without = spec(&source, &[]);
            without.rules.clear();
            let done = |spec: PolicySpec| -> Vec<(Verdict, Option<turnwise_policy::End>)> {
                let policy = spec.resolve(&baseline(), caps).unwrap();
                decide(&policy, &turns).0.into_iter().map(|decision| (decision.verdict, decision.end)).collect()
            };
            prop_assert_eq!(done(spec(&source, &shadow)), done(without), "{}", source.name);
        }
    }
}
