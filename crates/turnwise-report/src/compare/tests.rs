//! The comparison of outcomes worked out by hand.

use turnwise_core::{
    AttemptStart, Ending, Grade, ModelInfo, Protection, Recorder, RunEvent, RunId, RunStart, TestOutcome,
    TrialEnd, TrialId, TrialKey, TrialStart,
};
use turnwise_store::{Reader, StoreRecorder};

use super::{Outcome, compare, pair};

fn outcome(task: &str, seed: i64, solved: bool, tokens: i64) -> Outcome {
    Outcome {
        task: ("pocket".to_owned(), task.to_owned()),
        seed,
        solved,
        turns: tokens / 25,
        tokens: Some(tokens),
        compute_tokens: Some(tokens / 10),
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
    assert_eq!((found.compute_token_ratio.unwrap().value, found.turn_ratio.unwrap().value), (0.5, 0.5));
    // 2 * P(0 of 1) / 2
    assert!((found.p_value - 0.5).abs() < 1e-12);
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

fn run() -> RunEvent {
    RunEvent::RunStarted(RunStart {
        run: RunId::new("r1"),
        fingerprint: "f".to_owned(),
        config: "{}".to_owned(),
        model: ModelInfo {
            name: "pocket".to_owned(),
            spec: "pocket".to_owned(),
            hash: "h".to_owned(),
            device: "cpu".to_owned(),
            context: None,
            profile: "plain".to_owned(),
        },
        protection: Protection::default(),
        command: "turnwise compare".to_owned(),
        at: 1,
    })
}

/// A trial without turns: `Some` is graded.
fn trial(policy: &str, task: &str, ending: Ending, solved: Option<bool>) -> Vec<RunEvent> {
    let id = TrialId::new(format!("{policy}-{task}"));
    let key =
        TrialKey { suite: "pocket".to_owned(), task: task.to_owned(), policy: policy.to_owned(), seed: 1 };
    let grade = |passed| Grade {
        tests: vec![TestOutcome { id: "t".to_owned(), was_failing: true, passed }],
        reward: None,
    };
    vec![
        RunEvent::TrialStarted(TrialStart {
            run: RunId::new("r1"),
            trial: id.clone(),
            key,
            policy: "{}".to_owned(),
            turn_limit: None,
            labels: Vec::new(),
            at: 1,
        }),
        RunEvent::AttemptStarted(AttemptStart {
            trial: id.clone(),
            attempt: 1,
            place: 1,
            behind: None,
            seed: 1,
            prompt_hash: String::new(),
            at: 1,
        }),
        RunEvent::TrialFinished(TrialEnd {
            trial: id,
            attempt: 1,
            ending,
            stop_rule: None,
            grade: solved.map(grade),
            patch: String::new(),
            wall_ms: 3,
            at: 9,
        }),
    ]
}

#[tokio::test]
async fn a_recorded_run_is_compared_under_the_names_that_others_rely_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let recorder = StoreRecorder::open(&path).await.unwrap();
    recorder.record(run()).await.unwrap();
    let trials = [
        trial("unlimited", "a", Ending::Submitted, Some(true)),
        trial("unlimited", "b", Ending::Submitted, Some(false)),
        trial("unlimited", "c", Ending::InfraError, None),
        trial("fixed", "a", Ending::TurnLimit, Some(false)),
        trial("fixed", "b", Ending::Submitted, Some(true)),
        trial("fixed", "c", Ending::Submitted, Some(true)),
    ];
    for event in trials.into_iter().flatten() {
        recorder.record(event).await.unwrap();
    }
    recorder.close().await.unwrap();

    let reader = Reader::open(&path).await.unwrap();
    let order = ["unlimited".to_owned(), "fixed".to_owned()];
    let found = compare(&reader, &RunId::new("r1"), &order).await.unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&found).unwrap());
    let turned = compare(&reader, &RunId::new("r1"), &["fixed".to_owned()]).await.unwrap();
    assert_eq!((turned.pairs[0].baseline.as_str(), turned.pairs[0].n), ("fixed", 2));
    let nothing = compare(&reader, &RunId::new("none"), &[]).await.unwrap();
    assert_eq!((nothing.tasks, nothing.pairs.len()), (0, 0));
}
