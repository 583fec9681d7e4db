//! Hand-worked budgets of tasks.

use crate::{Baseline, BaselineTrial, Caps, Policy, PolicySource, PolicySpec};

fn resolve(budget: &str, baseline: &Baseline) -> Result<Policy, String> {
    let text = format!("summary = 's'\n[budget]\n{budget}");
    let source = PolicySource { name: "mine".into(), file: "mine.toml".into(), text };
    let spec = PolicySpec::parse(&source, &[]).map_err(|error| error.to_string())?;
    assert!(spec.needs_baseline());
    spec.resolve(baseline, Caps::default()).map_err(|error| error.to_string())
}

/// Task a was solved in 4, 6 and 9 turns and once not in 20; b was not solved in 8; c was solved in 30.
fn baseline() -> Baseline {
    let trial = |task: &str, turns, solved| BaselineTrial { task: task.into(), turns, solved: Some(solved) };
    let trials = vec![
        trial("a", 4, true),
        trial("a", 6, true),
        trial("a", 9, true),
        trial("a", 20, false),
        trial("b", 8, false),
        trial("c", 30, true),
    ];
    Baseline::of_trials("s", "m", trials)
}

fn limits(budget: &str) -> [Option<u32>; 4] {
    let policy = resolve(budget, &baseline()).unwrap();
    ["a", "b", "c", "new"].map(|task| policy.for_task(task).turn_limit())
}

#[test]
fn a_reference_is_the_median_of_the_tasks_solved_trials() {
    // a: 2 x 6; c: 2 x 30, at most 40; of all solved (4, 6, 9, 30) the median of nearest rank is 6.
    let expected = [12, 12, 40, 12].map(Some);
    assert_eq!(limits("kind = 'reference'\ntolerance = 2\nmost = 40"), expected);
}

#[test]
fn the_best_is_the_tasks_shortest_solved_trial() {
    // a: 1.5 x 4; c: 45, at most 25, as b and tasks without trials.
    assert_eq!(limits("kind = 'best'\nslack = 1.5\notherwise = 25"), [6, 25, 25, 25].map(Some));
}

#[test]
fn a_tight_budget_is_only_for_tasks_that_are_solved() {
    // a: 3 of 4 solved; b: none; c: 1 of 1.
    let expected = [5, 50, 5, 50].map(Some);
    assert_eq!(limits("kind = 'gated'\ntight = 5\nloose = 50\nsolve_rate = 0.75"), expected);
    assert_eq!(limits("kind = 'gated'\ntight = 5\nloose = 50\nsolve_rate = 0.8"), [50, 50, 5, 50].map(Some));
    let message = resolve("kind = 'gated'\ntight = 50\nloose = 5", &baseline()).unwrap_err();
    assert_eq!(
        message,
        "mine.toml:2: `budget.tight` is 50 and `budget.loose` is 5; swap them: the tight limit is the lower one"
    );
}

#[test]
fn a_task_policy_is_recorded_as_one_policy() {
    let policy = resolve("kind = 'best'\notherwise = 25", &baseline()).unwrap();
    let back = Policy::from_json(&policy.to_json()).unwrap();
    assert_eq!((&back, back.for_task("a").turn_limit()), (&policy, Some(6)));
    let message = resolve("kind = 'reference'", &Baseline::new("s", "m", vec![3])).unwrap_err();
    assert_eq!(
        message,
        "policy `mine` takes its limit from solved unlimited trials, and there is none for suite `s` and model `m`; make \
         some with `turnwise run s --policy unlimited`"
    );
}
