//! Graded predictions as a recorded run: a trial without turns for each of them.

use std::path::Path;

use sha2::{Digest, Sha256};
use turnwise_core::{
    AttemptEnd, AttemptStart, Clock, Ending, ModelInfo, Protection, Recorder, RunEvent, RunId, RunStart,
    TrialEnd, TrialId, TrialKey, TrialStart,
};
use turnwise_policy::{Baseline, Caps};
use turnwise_store::{ImportedTrial, ImportedWhole, StoreRecorder};

use super::{prediction::Prediction, predictions::Graded};
use crate::{
    clock::SystemClock, commands::import::RECORDED, error::Failure, hex::hex, policies, printer::Printer,
    run::config::digest, suites::Suite,
};

/// Records what was graded. The run's id follows from the predictions and the tasks: the same ones again replace it.
pub(super) async fn record(
    db: &Path,
    suite: &Suite,
    predictions: &[Prediction],
    graded: &[Graded],
    printer: &Printer,
) -> Result<(), Failure> {
    let now = SystemClock::new().now_ms();
    let start = run(suite, predictions, now);
    let run = start.run.clone();
    let spec = policies::load(&policies::find("unlimited")?, &[])?;
    let mut policy = spec.resolve(&Baseline::new(&suite.name, RECORDED, Vec::new()), Caps::default())?;
    RECORDED.clone_into(&mut policy.name);
    let policy = policy.to_json();
    let known = predictions.iter().zip(graded).filter(|(_, graded)| graded.solved.is_some());
    let trials = (1..)
        .zip(known)
        .map(|(number, (prediction, graded))| {
            let trial = TrialId::new(format!("{run}-{number}"));
            let key = TrialKey {
                suite: suite.name.clone(),
                task: prediction.task.clone(),
                policy: RECORDED.to_owned(),
                seed: 0,
            };
            let start = TrialStart {
                run: run.clone(),
                trial: trial.clone(),
                key,
                policy: policy.clone(),
                turn_limit: None,
                labels: Vec::new(),
                at: 0,
            };
            imported(start, prediction, graded)
        })
        .collect();
    let recorder = StoreRecorder::open(db).await?;
    recorder.record(RunEvent::RunStarted(start)).await?;
    recorder.import(trials).await?;
    recorder.record(RunEvent::RunFinished { run: run.clone(), at: now }).await?;
    recorder.close().await?;
    printer.say("Recorded", &format!("run {run}"));
    Ok(())
}

fn run(suite: &Suite, predictions: &[Prediction], at: i64) -> RunStart {
    let tasks = digest(suite.tasks.iter().map(AsRef::as_ref));
    let mut hash = Sha256::new();
    for part in predictions.iter().flat_map(|one| [&*one.task, &*one.model, &*one.patch]).chain([&*tasks]) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let fingerprint = hex(&hash.finalize());
    let run = RunId::new(&fingerprint[..8]);
    RunStart {
        model: ModelInfo {
            name: RECORDED.to_owned(),
            spec: format!("{RECORDED}:predictions"),
            hash: format!("{RECORDED} {run}"),
            device: "none".to_owned(),
            context: None,
            profile: String::new(),
        },
        run,
        fingerprint: format!("predictions {fingerprint}"),
        config: serde_json::json!({ "predictions": { "suite": suite.name, "digest": tasks } }).to_string(),
        protection: Protection { kind: "none".to_owned(), facts: Vec::new() },
        command: std::env::args().skip(1).collect::<Vec<_>>().join(" "),
        at,
    }
}

/// A trial of which only its work and its grade are known.
fn imported(start: TrialStart, prediction: &Prediction, graded: &Graded) -> ImportedTrial {
    let (trial, ending) = (start.trial.clone(), Ending::Submitted);
    ImportedTrial {
        attempt: AttemptStart {
            trial: trial.clone(),
            attempt: 1,
            place: 1,
            behind: None,
            seed: 0,
            prompt_hash: String::new(),
            at: 0,
        },
        turns: Vec::new(),
        attempt_end: AttemptEnd {
            trial: trial.clone(),
            attempt: 1,
            ending,
            stop_rule: None,
            error: None,
            turn_limit: None,
            extensions: 0,
            reminders: 0,
            at: 0,
        },
        end: TrialEnd {
            trial,
            attempt: 1,
            ending,
            stop_rule: None,
            grade: graded.grade.clone(),
            patch: prediction.patch.to_string(),
            wall_ms: 0,
            at: 0,
        },
        start,
        whole: ImportedWhole {
            model: Some(prediction.model.clone()),
            solved: graded.solved,
            score: graded.score,
            ..ImportedWhole::default()
        },
        extras: Vec::new(),
    }
}
