//! The comparison of outcomes worked out by hand.

use super::{Outcome, pair};

fn outcome(task: &str, seed: i64, solved: bool, tokens: i64) -> Outcome {
    Outcome {
        task: ("pocket".to_owned(), task.to_owned()),
        seed,
        solved,
        tokens,
        compute_tokens: tokens / 10,
    }
}

#[test]
fn only_pairs_count() {
    let base = [outcome("a", 1, true, 100), outcome("b", 1, true, 300), outcome("c", 1, false, 900)];
    let policy = [outcome("a", 1, true, 50), outcome("b", 1, false, 150), outcome("d", 1, true, 10)];
    let found = pair(("fixed", &policy), ("unlimited", &base));
    assert_eq!((found.n, found.only_policy, found.only_baseline), (2, 0, 1));
    let difference = found.solve_rate_difference.unwrap();
    assert_eq!((difference.value, difference.lo, difference.hi), (-0.5, -1.0, 0.0));
    let tokens = found.token_ratio.unwrap();
    assert_eq!((tokens.value, tokens.lo, tokens.hi), (0.5, 0.5, 0.5));
    assert_eq!(found.compute_token_ratio.unwrap().value, 0.5);
    assert_eq!(found.p_value, 1.0);
}

#[test]
fn seeds_of_a_task_are_drawn_together() {
    // Two tasks of which one is always won and one always lost: with its seeds apart the interval would be narrower.
    let seeds = 1..=20;
    let base: Vec<_> =
        seeds.clone().flat_map(|seed| [outcome("a", seed, false, 1), outcome("b", seed, true, 1)]).collect();
    let policy: Vec<_> =
        seeds.flat_map(|seed| [outcome("a", seed, true, 1), outcome("b", seed, true, 1)]).collect();
    let found = pair(("p", &policy), ("b", &base)).solve_rate_difference.unwrap();
    assert_eq!((found.value, found.lo, found.hi), (0.5, 0.0, 1.0));
}

#[test]
fn nothing_in_common_is_no_estimate() {
    let found = pair(("p", &[outcome("a", 1, true, 1)]), ("b", &[]));
    assert_eq!((found.n, found.solve_rate_difference, found.p_value), (0, None, 1.0));
    let json = serde_json::to_value(&found).unwrap();
    assert!(json["token_ratio"].is_null());
}
