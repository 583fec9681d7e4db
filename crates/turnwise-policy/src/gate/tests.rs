//! The gate against hand-worked numbers.

use super::*;
use crate::{Baseline, Caps, Policy, PolicySource, PolicySpec};

fn costs() -> Costs {
    Costs { failed: 100.0, solved: 40.0, cut: 20.0, again: 10.0 }
}

#[test]
fn the_makespan_is_the_papers_inequality() {
    // 100 · 0.5 · (0.8 - 0.1) = 35 against 20 · (0.05 + 0.4) + 10 · 0.1 = 10.
    assert!((costs().makespan(0.5, 0.1, 0.8) - 25.0).abs() < 1e-9);
    // A rule that cuts both alike only loses.
    assert!(costs().makespan(0.5, 0.5, 0.5) < 0.0);
}

#[test]
fn without_another_attempt_the_cost_of_a_solved_task_decides() {
    // Without: 0.5 · 40 + 0.5 · 100 = 70, of which 0.9 is 63. With: 0.5 · (2 + 36) + 0.5 · (16 + 20) = 37.
    assert!((costs().each_solved(0.5, 0.1, 0.8) - 26.0).abs() < 1e-9);
}

#[test]
fn shares_are_bounded_as_clopper_and_pearson_do() {
    // The textbook's 0 of 10: the upper bound is 1 - 0.05^(1/10).
    let none = Share { hits: 0, of: 10 };
    assert!((none.upper(0.95).unwrap() - (1.0 - 0.05_f64.powf(0.1))).abs() < 1e-9);
    assert_eq!((none.lower(0.95), Share { hits: 0, of: 0 }.upper(0.95)), (Some(0.0), None));
    let all = Share { hits: 10, of: 10 };
    assert!((all.lower(0.95).unwrap() - 0.05_f64.powf(0.1)).abs() < 1e-9);
    assert_eq!(all.upper(0.95), Some(1.0));
    let some = Share { hits: 3, of: 10 };
    assert!(some.lower(0.95).unwrap() < 0.3 && some.upper(0.95).unwrap() > 0.3);
}

fn policy(lines: &str) -> Policy {
    let text = format!(
        "summary = 's'\n[budget]\nkind = 'unlimited'\n[gate]\nunit = 'turns'\n[repeat]\ntimes = 2\n{lines}"
    );
    let source = PolicySource { name: "p".into(), file: "p.toml".into(), text };
    let spec = PolicySpec::parse(&source, &[]).unwrap();
    spec.resolve(&Baseline::new("s", "m", vec![5]), Caps::default()).unwrap()
}

/// So many trials of each kind: the cut ones are cut at a fifth.
fn trials(solved: usize, cut_solved: usize, failed: usize, cut_failed: usize) -> Vec<Rehearsal> {
    let of = |solved, whole: f64, cut| Rehearsal { solved, whole, cut: Some(whole / 5.0).filter(|_| cut) };
    let mut trials = Vec::new();
    trials.extend((0..solved).map(|at| of(true, 10.0, at < cut_solved)));
    trials.extend((0..failed).map(|at| of(false, 30.0, at < cut_failed)));
    trials
}

#[test]
fn it_opens_only_on_enough_evidence() {
    let open = |trials: &[Rehearsal]| {
        let gate = policy("").judged(trials).gate.unwrap();
        (gate.is_open(), gate.finding.unwrap().gain.is_some())
    };
    assert_eq!(open(&trials(50, 0, 50, 45)), (true, true));
    // The same shares from six trials say nothing yet, and from none nothing at all.
    assert_eq!(open(&trials(3, 0, 3, 2)), (false, true));
    assert_eq!(open(&[]), (false, false));
    // What cuts as many solved ones does not pay.
    assert_eq!(open(&trials(50, 45, 50, 45)), (false, true));
    assert!(!policy("").gate.unwrap().is_open());
}
