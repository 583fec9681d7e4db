//! The views and the reader's answers over the fixture, against answers worked out by hand.

use std::path::Path;

use turnwise_core::{Recorder, RunId, TrialId};
use turnwise_store::{Reader, StoreError, StoreRecorder, Value};

use crate::events::fixture;

/// A reader of the fixture.
pub(crate) async fn fixture_reader(folder: &Path) -> Reader {
    let path = folder.join("fixture.db");
    let recorder = StoreRecorder::open(&path).await.unwrap();
    for event in fixture() {
        recorder.record(event).await.unwrap();
    }
    recorder.close().await.unwrap();
    Reader::open(&path).await.unwrap()
}

async fn columns(reader: &Reader, view: &str) -> String {
    reader.query(&format!("SELECT * FROM {view}")).await.unwrap().columns.join(", ")
}

#[tokio::test]
async fn the_columns_are_those_that_others_rely_on() {
    let folder = tempfile::tempdir().unwrap();
    let reader = fixture_reader(folder.path()).await;
    let stable = [
        (
            "v_trials",
            "run_id, trial_id, suite, task, policy, seed, model, ending, stop_rule, solved, score, turns, turn_limit, extensions, reminders, attempts, prompt_tokens, prefill_tokens, decode_tokens, model_ms, tool_ms, wall_ms, started_at, ended_at",
        ),
        (
            "v_turns",
            "run_id, trial_id, attempt, turn, thought, action_kind, action, observation, exit_code, prompt_tokens, prefill_tokens, decode_tokens, entropy_mean, logprob_mean, patch_lines, progress, attribution, verdict, model_ms, tool_ms",
        ),
        ("v_signals", "trial_id, attempt, turn, signal, value"),
        ("v_verdicts", "trial_id, attempt, turn, rule, verdict, shadow, score, threshold"),
        (
            "v_policies",
            "run_id, suite, policy, model, trials, solved, solve_rate, solve_lo, solve_hi, turns_mean, prompt_tokens, prefill_tokens, decode_tokens, tokens_per_solved, wall_ms",
        ),
    ];
    for (view, named) in stable {
        let all = columns(&reader, view).await;
        assert!(all.starts_with(named), "{view} has {all}");
    }
}

#[tokio::test]
async fn policies_count_finished_trials_and_rate_graded_ones() {
    let folder = tempfile::tempdir().unwrap();
    let reader = fixture_reader(folder.path()).await;
    let policies = reader.policies(&RunId::new("r1")).await.unwrap();
    let names: Vec<_> = policies.iter().map(|row| row.policy.as_str()).collect();
    assert_eq!(names.len(), 3);
    let of = |name| policies.iter().find(|row| row.policy == name).unwrap();

    // u1 solved in 4 turns, u2 not in 8; u3 was lost by the harness and is no failure.
    let unlimited = of("unlimited");
    assert_eq!((unlimited.trials, unlimited.solved, unlimited.graded, unlimited.unfinished), (2, 1, 2, 1));
    assert_eq!(unlimited.solve_rate, Some(0.5));
    // Wilson, 1 of 2: 0.5 -+ 1.96 * sqrt(0.125 + 0.2401) / (1 + 1.9207).
    assert!((unlimited.solve_lo.unwrap() - 0.094_531_2).abs() < 1e-6, "{unlimited:?}");
    assert!((unlimited.solve_hi.unwrap() - 0.905_468_8).abs() < 1e-6, "{unlimited:?}");
    assert_eq!(unlimited.turns_mean, Some(6.0));
    assert_eq!(
        (unlimited.prompt_tokens, unlimited.prefill_tokens, unlimited.decode_tokens),
        (Some(1200), Some(240), Some(120))
    );
    assert_eq!(unlimited.tokens_per_solved, Some(1320.0));
    assert_eq!(unlimited.compute_tokens_per_solved, Some(360.0));
    // 4 and 8 turns at a quarter.
    assert_eq!(unlimited.cost, Some(3.0));

    // f1 not solved, f2 not graded.
    let fixed = of("fixed");
    assert_eq!((fixed.trials, fixed.solved, fixed.graded), (2, 0, 1));
    assert_eq!((fixed.solve_rate, fixed.tokens_per_solved), (Some(0.0), None));
    assert_eq!(fixed.solve_lo, Some(0.0));

    // d1 is under way.
    let dynamic = of("dynamic");
    assert_eq!((dynamic.trials, dynamic.unfinished, dynamic.solve_rate), (0, 1, None));
}

#[tokio::test]
async fn trials_show_their_end_and_turns_their_parts() {
    let folder = tempfile::tempdir().unwrap();
    let reader = fixture_reader(folder.path()).await;
    let trials = reader.trials(&RunId::new("r1")).await.unwrap();
    let of = |id| trials.iter().find(|row| row.trial_id == id).unwrap();
    let fixed = of("f2");
    assert_eq!(fixed.ending.as_deref(), Some("stopped"));
    assert_eq!(fixed.stop_rule.as_deref(), Some("repeat"));
    assert_eq!((fixed.solved, fixed.turn_limit, fixed.extensions, fixed.reminders), (None, Some(8), 1, 2));
    assert_eq!((of("f1").solved, of("f1").score), (Some(false), Some(0.5)));
    assert_eq!((of("d1").turn_limit, of("d1").finished, of("u3").finished), (Some(2), false, false));
    assert_eq!(reader.find_trial("u1").await.unwrap(), *of("u1"));
    assert_eq!((of("u1").cost, of("f1").cost), (Some(1.0), Some(0.75)));

    let turn = reader
        .query(
            "SELECT thought, action, observation, progress FROM v_turns WHERE trial_id = 'u1' AND turn = 1",
        )
        .await
        .unwrap();
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(turn.rows, [[text("wait"), text("cat a.py"), text("ok"), Value::Null]]);
    let signal =
        reader.query("SELECT signal, value FROM v_signals WHERE trial_id = 'u1' AND turn = 2").await.unwrap();
    assert_eq!(signal.rows, [[text("entropy"), Value::Real(0.2)]]);
    let vote = reader.query(
        "SELECT rule, verdict, shadow, score, threshold FROM v_verdicts WHERE trial_id = 'u1' AND turn = 2",
    );
    let expected = [text("repeat"), text("continue"), Value::Integer(1), Value::Real(2.0), Value::Real(3.0)];
    assert_eq!(vote.await.unwrap().rows, [expected]);
    let grade = reader.grade(&TrialId::new("f1")).await.unwrap().unwrap();
    assert_eq!((grade.score(), grade.tests[1].was_failing), (0.5, true));
    assert_eq!(reader.grade(&TrialId::new("f2")).await.unwrap(), None);
    assert_eq!(reader.patch(&TrialId::new("f1")).await.unwrap().as_deref(), Some("--- a\n+++ b\n"));
    assert_eq!(reader.labels(&TrialId::new("f1")).await.unwrap()[0], ("bugs".to_owned(), "2".to_owned()));
}

#[tokio::test]
async fn a_run_is_found_by_its_name_its_beginning_and_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let reader = fixture_reader(folder.path()).await;
    let run = reader.find_run("r1").await.unwrap();
    assert_eq!(
        (run.model.context, run.protection.kind.as_str(), run.ended_at),
        (Some(4096), "namespaces", Some(99))
    );
    assert_eq!(run.protection.facts, [("network".to_owned(), "none".to_owned())]);
    assert!(matches!(reader.find_run("r").await, Err(StoreError::Ambiguous { .. })));
    assert!(matches!(reader.find_run("%").await, Err(StoreError::NoRun { .. })));
    assert_eq!(reader.find_run("latest").await.unwrap().run_id, RunId::new("r2"));
    let found = reader.run_by_fingerprint("print of r1").await.unwrap().unwrap();
    assert_eq!(found.run_id, RunId::new("r1"));
    let runs = reader.runs().await.unwrap();
    assert_eq!((runs[0].finished, runs[0].unfinished, runs[0].solved, runs[0].turns), (4, 2, 1, 22));
    assert_eq!((runs[1].suites.as_deref(), runs[1].finished), (Some("pocket"), 0));
}

#[tokio::test]
async fn only_lost_and_open_trials_are_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let reader = fixture_reader(folder.path()).await;
    let run = RunId::new("r1");
    let finished = reader.finished_trials(&run).await.unwrap();
    let finished: Vec<_> = finished.iter().map(|key| format!("{} {}", key.policy, key.task)).collect();
    assert_eq!(finished, ["fixed k1", "unlimited k1", "fixed k2", "unlimited k2"]);
    let unfinished = reader.unfinished_trials(&run).await.unwrap();
    let ids: Vec<_> = unfinished.iter().map(|trial| trial.trial.as_str()).collect();
    assert_eq!(ids, ["d1", "u3"]);
    assert_eq!(unfinished[0].ending, None);
    assert_eq!(unfinished[0].attempts[0].turns.len(), 2);
}

#[tokio::test]
async fn the_baseline_is_of_trials_that_nothing_cut() {
    let folder = tempfile::tempdir().unwrap();
    let reader = fixture_reader(folder.path()).await;
    let mut trials = reader.baseline_trials("pocket", "cafe").await.unwrap();
    trials.sort_by_key(|trial| trial.turns);
    let trials: Vec<_> = trials.iter().map(|trial| (&*trial.task, trial.turns, trial.solved)).collect();
    assert_eq!(trials, [("k1", 4, Some(true)), ("k2", 8, Some(false))]);
    assert!(reader.baseline_trials("pocket", "other").await.unwrap().is_empty());
    assert!(reader.baseline_trials("other", "cafe").await.unwrap().is_empty());
}
