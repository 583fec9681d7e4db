//! Trials with several attempts: where each begins, who wins, and that a cut changes nothing.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use proptest::prelude::*;
use turnwise_core::{AttemptEnd, AttemptStart, BranchPoint, Ending, RunEvent, TrialEnd, TurnRecord};
use turnwise_policy::{Baseline, Caps, Policy, PolicySource, PolicySpec};
use turnwise_testkit::{MoodyModel, ScriptedModel};

use crate::{
    BegunAttempt, Interrupt, Progress, TrialPlan, Update, run_trial,
    trial::tests::{MOODS, Workplace, block_on, plan, timeless, workplace},
};

fn policy(lines: &str) -> Arc<Policy> {
    let text = format!("summary = 's'\n{lines}");
    let source = PolicySource { name: "p".into(), file: "p.toml".into(), text };
    let spec = PolicySpec::parse(&source, &[]).unwrap();
    Arc::new(spec.resolve(&Baseline::new("toy", "m", vec![9]), Caps::default()).unwrap())
}

/// What is recorded of a trial, without times.
#[derive(Debug, PartialEq)]
struct Log {
    starts: Vec<(u32, u32, Option<BranchPoint>, u64)>,
    ends: Vec<(u32, Ending, Option<String>)>,
    turns: Vec<TurnRecord>,
    end: Option<(u32, Ending, bool, String)>,
}

fn log(events: Vec<RunEvent>) -> Log {
    let mut log = Log { starts: Vec::new(), ends: Vec::new(), turns: Vec::new(), end: None };
    for event in events {
        match event {
            RunEvent::AttemptStarted(AttemptStart { attempt, place, behind, seed, .. }) => {
                log.starts.push((attempt, place, behind, seed));
            }
            RunEvent::AttemptFinished(AttemptEnd { attempt, ending, stop_rule, .. }) => {
                log.ends.push((attempt, ending, stop_rule));
            }
            RunEvent::TurnFinished(turn) => log.turns.push(*turn),
            RunEvent::TrialFinished(TrialEnd { attempt, ending, grade, patch, .. }) => {
                log.end = Some((attempt, ending, grade.is_some_and(|grade| grade.solved()), patch));
            }
            RunEvent::RunStarted(_) | RunEvent::TrialStarted(_) | RunEvent::RunFinished { .. } => {}
        }
    }
    log.turns = timeless(log.turns);
    log
}

fn run(place: &Workplace, plan: &TrialPlan) -> Log {
    block_on(run_trial(&place.parts, plan)).unwrap();
    assert_eq!(place.environments.open_now(), 0);
    log(place.recorder.events())
}

fn numbers(log: &Log) -> Vec<(u32, u32, &str)> {
    log.turns.iter().map(|turn| (turn.attempt, turn.facts.turn, turn.facts.action.text())).collect()
}

#[test]
fn an_attempt_starts_again_behind_its_rollback_point() {
    // Turn 2 shows what turn 1 showed, and the blame is nobody's, so nothing is kept; the second attempt may not restart.
    let lines = "[budget]\nkind = 'unlimited'\n[attempts]\nmost = 2\ntell = 'Another way.'\n[restart]\nsignal = 'action_repeat'\n\
                 fires = 'above'\nthreshold = 1\nsettle = 0";
    let place = workplace(ScriptedModel::new(&["say a", "say a", "edit", "submit"]));
    let log = run(&place, &plan("a", &policy(lines)));
    assert_eq!(
        numbers(&log),
        [
            (1, 1, "say a"),
            (1, 2, "say a"),
            (2, 1, "say a"),
            (2, 2, "say a"),
            (2, 3, "edit"),
            (2, 4, "submit")
        ]
    );
    let rule = Some("restart".to_owned());
    assert_eq!(log.ends, [(1, Ending::Restarted, rule), (2, Ending::Submitted, None)]);
    assert_eq!(log.end, Some((2, Ending::Submitted, true, "+\n".to_owned())));
    let told = |attempt: u32| {
        let first = log.turns.iter().find(|turn| turn.attempt == attempt).unwrap();
        first.prompt.last().unwrap().content.clone()
    };
    assert_eq!((told(1).as_str(), told(2).as_str()), ("Repair a.", "Repair a.\nAnother way."));
    assert_ne!(log.starts[0].3, log.starts[1].3);
}

#[test]
fn an_attempt_branches_off_behind_the_most_informative_turn() {
    // The share of exit codes that are errors stands for the chance of success here: 0, 1/2, 1/3, 1/4, so turn 2.
    let lines = "[budget]\nkind = 'fixed'\nlimit = 4\nreminders = 'never'\n[attempts]\nafter = ['limit']\nfrom = 'informative'\n\
                 signal = 'error_share'\ntell = 'Go on.'";
    let place = workplace(ScriptedModel::new(&["say a", "fail", "edit", "say b"]));
    let log = run(&place, &plan("a", &policy(lines)));
    let values: Vec<_> = log.turns.iter().map(|turn| turn.facts.signal("error_share").unwrap()).collect();
    let pivot = (1..=3).max_by(|one, other| {
        let worth = |turn: usize| values[turn - 1] * (1.0 - values[turn - 1]);
        worth(*one).total_cmp(&worth(*other))
    });
    let pivot = u32::try_from(pivot.unwrap()).unwrap();
    assert_eq!(log.starts[1].2, Some(BranchPoint { attempt: 1, turn: pivot }));
    // Its own turns begin behind those in common, and nothing is recorded twice.
    let own: Vec<u32> =
        log.turns.iter().filter(|turn| turn.attempt == 2).map(|turn| turn.facts.turn).collect();
    assert_eq!(own, (pivot + 1..=4).collect::<Vec<_>>());
    let first = log.turns.iter().find(|turn| turn.attempt == 2).unwrap();
    assert!(first.prompt.last().unwrap().content.ends_with("\nGo on."));
    assert_eq!(log.end.as_ref().unwrap().0, 2);
}

#[test]
fn side_by_side_the_first_that_finishes_wins_in_turns() {
    let lines =
        "[budget]\nkind = 'fixed'\nlimit = 12\nreminders = 'never'\n[attempts]\nkind = 'parallel'\ncount = 4";
    let policy = policy(lines);
    let mut cancelled = 0;
    for task in 0..20 {
        let place = workplace(MoodyModel::new(&["say a", "edit", "say b", "submit"]));
        let log = run(&place, &plan(&task.to_string(), &policy));
        assert_eq!(log.starts.len(), 4);
        let last = |attempt: u32| {
            let last = log.turns.iter().rfind(|turn| turn.attempt == attempt);
            last.map_or(0, |turn| turn.facts.turn)
        };
        let (winner, _, _, patch) = log.end.clone().unwrap();
        for (attempt, ending, _) in &log.ends {
            // Whoever was cancelled had as many turns as the winner, which handed in some work.
            if *ending == Ending::Cancelled {
                assert_eq!((last(*attempt), patch.is_empty()), (last(winner), false));
                cancelled += 1;
            }
        }
    }
    assert!(cancelled > 20, "{cancelled}");
}

#[test]
fn a_failure_of_the_harness_ends_all_of_them() {
    let lines = "[budget]\nkind = 'unlimited'\n[attempts]\nkind = 'parallel'\ncount = 2";
    let place = workplace(ScriptedModel::new(&["edit", "crash"]));
    let log = run(&place, &plan("a", &policy(lines)));
    assert_eq!(log.end.unwrap().1, Ending::InfraError);
    assert_eq!(log.ends.len(), 2);
}

/// Interrupts when so many turns are done, over all attempts.
struct InterruptAfter(Interrupt, AtomicUsize);

impl Progress for InterruptAfter {
    fn report(&self, update: Update<'_>) {
        if matches!(update, Update::Turn { .. }) && self.1.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.raise();
        }
    }
}

/// What a run that goes on would find recorded.
fn begun(log: &Log) -> Vec<BegunAttempt> {
    let begun = log.starts.iter().map(|(attempt, place, behind, _)| BegunAttempt {
        attempt: *attempt,
        place: *place,
        behind: *behind,
        turns: log.turns.iter().filter(|turn| turn.attempt == *attempt).cloned().collect(),
    });
    begun.collect()
}

fn any_policy(choice: u8) -> Arc<Policy> {
    let kinds = [
        "after = ['limit', 'restarted', 'format_errors']\nmost = 3\n[restart]\nsignal = 'action_repeat'\nfires = 'above'\nthreshold = 1\nsettle = 0",
        "after = ['limit', 'format_errors']\nmost = 3\nfrom = 'informative'\nsignal = 'error_share'\ntell = 'again'",
        "kind = 'agree'\nmost = 4\nleast = 2",
        "kind = 'parallel'\ncount = 3\nfinish = 2",
        "kind = 'parallel'\ncount = 4\nhalving = [2, 5]\nsignal = 'error_share'\nprefer = 'low'",
    ];
    let kind = kinds[usize::from(choice) % kinds.len()];
    policy(&format!("[budget]\nkind = 'fixed'\nlimit = 7\n[attempts]\n{kind}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// A trial of several attempts, cut after any turn of any of them and gone on with, is the trial that was never cut.
    #[test]
    fn a_resumed_trial_equals_the_uncut_one(task in 0_u32..1000, choice in 0_u8..5, pick in 0_usize..1000) {
        let mut plan = plan(&task.to_string(), &any_policy(choice));
        let model = || MoodyModel::new(&[&MOODS[..], &["submit", "submit"]].concat());
        let whole = run(&workplace(model()), &plan);
        prop_assert_eq!(&whole, &run(&workplace(model()), &plan));
        prop_assume!(whole.turns.len() >= 2);
        let cut = 1 + pick % (whole.turns.len() - 1);
        let mut place = workplace(model());
        place.parts.progress = Arc::new(InterruptAfter(place.parts.interrupt.clone(), AtomicUsize::new(cut)));
        let part = run(&place, &plan);
        prop_assert_eq!(part.end.as_ref().unwrap().1, Ending::Interrupted);
        plan.begun = begun(&part);
        let rest = run(&workplace(model()), &plan);
        let sorted = |logs: &[&Log]| {
            let mut turns: Vec<TurnRecord> = logs.iter().flat_map(|log| log.turns.clone()).collect();
            turns.sort_by_key(|turn| (turn.attempt, turn.facts.turn));
            turns
        };
        prop_assert_eq!(sorted(&[&whole]), sorted(&[&part, &rest]));
        prop_assert_eq!(whole.end, rest.end);
        prop_assert_eq!(whole.starts, rest.starts);
        let ends = |mut log: Vec<(u32, Ending, Option<String>)>| { log.sort(); log };
        prop_assert_eq!(ends(whole.ends), ends(rest.ends));
    }
}
