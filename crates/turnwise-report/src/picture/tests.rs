//! The pictures as they are seen.

use turnwise_store::{PolicyRow, TrialRow};

use super::{endings_picture, solve_rate_picture, tokens_picture};

fn row(policy: &str, solved: i64, tokens_per_solved: Option<f64>) -> PolicyRow {
    let rate = crate::stats::wilson(solved.unsigned_abs(), 60);
    PolicyRow {
        run_id: "r1".to_owned(),
        suite: "pocket".to_owned(),
        policy: policy.to_owned(),
        model: "pocket".to_owned(),
        trials: 60,
        solved,
        solve_rate: rate.map(|rate| rate.value),
        solve_lo: rate.map(|rate| rate.lo),
        solve_hi: rate.map(|rate| rate.hi),
        turns_mean: Some(9.0),
        prompt_tokens: Some(1),
        prefill_tokens: Some(1),
        decode_tokens: Some(1),
        tokens_per_solved,
        wall_ms: Some(1),
        graded: 60,
        unfinished: 0,
        compute_tokens_per_solved: None,
        cost: None,
        aside_tokens: 0,
    }
}

fn rows() -> Vec<PolicyRow> {
    let mut open = row("probe", 0, None);
    (open.solve_rate, open.solve_lo, open.solve_hi) = (None, None, None);
    vec![row("unlimited", 44, Some(12_345.0)), row("fixed", 40, Some(9_000.0)), row("dynamic", 0, None), open]
}

fn trial(policy: &str, ending: Option<&str>) -> TrialRow {
    TrialRow {
        run_id: "r1".to_owned(),
        trial_id: "t".to_owned(),
        suite: "pocket".to_owned(),
        task: "k".to_owned(),
        policy: policy.to_owned(),
        seed: 1,
        model: "pocket".to_owned(),
        ending: ending.map(str::to_owned),
        stop_rule: None,
        solved: None,
        score: None,
        turns: 1,
        turn_limit: None,
        extensions: 0,
        reminders: 0,
        attempts: 1,
        prompt_tokens: Some(1),
        prefill_tokens: Some(1),
        decode_tokens: Some(1),
        model_ms: Some(1.0),
        tool_ms: Some(1.0),
        wall_ms: None,
        started_at: Some(1),
        ended_at: None,
        finished: false,
        cost: None,
        counted: None,
        aside_tokens: 0,
    }
}

#[test]
fn solve_rates_with_their_intervals() {
    insta::assert_snapshot!(solve_rate_picture(&rows(), 72));
}

#[test]
fn tokens_per_solved_as_bars() {
    insta::assert_snapshot!(tokens_picture(&rows(), 60));
}

#[test]
fn endings_as_stacked_bars() {
    let mut trials = vec![trial("unlimited", Some("submitted")); 50];
    trials.extend(vec![trial("unlimited", Some("context_full")); 10]);
    trials.extend(vec![trial("fixed", Some("submitted")); 20]);
    trials.extend(vec![trial("fixed", Some("turn_limit")); 39]);
    trials.push(trial("fixed", None));
    insta::assert_snapshot!(endings_picture(&trials, 60));
}

#[test]
fn no_line_is_wider_than_the_screen_and_nothing_is_no_picture() {
    for columns in [40, 80, 200] {
        for text in [solve_rate_picture(&rows(), columns), tokens_picture(&rows(), columns)] {
            assert!(text.lines().all(|line| line.chars().count() <= columns), "{columns}:\n{text}");
        }
    }
    assert_eq!(solve_rate_picture(&[], 80), "");
    assert_eq!(tokens_picture(&[], 80), "");
    assert_eq!(endings_picture(&[], 80), "");
}
