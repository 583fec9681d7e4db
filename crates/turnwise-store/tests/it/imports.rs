//! Trials that other tools ran: what is not known of them is null, what was not understood is kept.

use turnwise_core::{Recorder, RunId, TrialId};
use turnwise_store::{Extra, ImportedTrial, ImportedWhole, Reader, StoreRecorder, Unknown, Value};

use crate::events::{Trial, run, turn};

/// A trial of three turns of which hardly anything is known, but for the last.
fn imported(id: &str, whole: ImportedWhole) -> ImportedTrial {
    let trial = Trial {
        run: "r1",
        id: id.to_owned(),
        task: format!("task of {id}"),
        policy: "recorded",
        turn_limit: None,
        turns: 0,
        ending: Some(turnwise_core::Ending::Submitted),
        solved: None,
    };
    let name = TrialId::new(id);
    let all = Unknown::PROMPT_TOKENS
        | Unknown::PREFILL_TOKENS
        | Unknown::DECODE_TOKENS
        | Unknown::MODEL_MS
        | Unknown::TOOL_MS
        | Unknown::WORKSPACE
        | Unknown::STARTED_AT;
    let turns = [(1, all), (2, all), (3, Unknown::PREFILL_TOKENS)];
    let mut events = trial.events().into_iter();
    let mut next = || events.next().unwrap();
    let turnwise_core::RunEvent::TrialStarted(mut start) = next() else { unreachable!() };
    let turnwise_core::RunEvent::AttemptStarted(attempt) = next() else { unreachable!() };
    let turnwise_core::RunEvent::AttemptFinished(attempt_end) = next() else { unreachable!() };
    let turnwise_core::RunEvent::TrialFinished(end) = next() else { unreachable!() };
    start.at = 0;
    ImportedTrial {
        start,
        attempt,
        turns: turns.map(|(number, unknown)| (turn(&name, number), unknown)).to_vec(),
        attempt_end,
        end,
        whole,
        extras: vec![
            Extra { turn: None, body: "{\"a\":1}".to_owned() },
            Extra { turn: Some((1, 2)), body: "{\"b\":2}".to_owned() },
        ],
    }
}

async fn recorded(folder: &std::path::Path, trials: Vec<ImportedTrial>) -> Reader {
    let path = folder.join("t.db");
    let recorder = StoreRecorder::open(&path).await.unwrap();
    recorder.record(run("r1")).await.unwrap();
    recorder.import(trials.clone()).await.unwrap();
    // Again: nothing is doubled.
    recorder.import(trials).await.unwrap();
    recorder.close().await.unwrap();
    Reader::open(&path).await.unwrap()
}

#[tokio::test]
async fn what_is_not_known_is_null_and_never_a_zero() {
    let folder = tempfile::tempdir().unwrap();
    let bare = imported("t1", ImportedWhole::default());
    let totals = ImportedWhole {
        model: Some("other".to_owned()),
        solved: Some(true),
        score: Some(1.0),
        wall_ms: Some(7),
        prompt_tokens: Some(900),
        decode_tokens: Some(30),
        cost: Some(0.5),
    };
    let reader = recorded(folder.path(), vec![bare, imported("t2", totals)]).await;
    let trials = reader.trials(&RunId::new("r1")).await.unwrap();
    let [bare, known] = &trials[..] else { panic!("{trials:?}") };
    assert_eq!((bare.turns, bare.solved, bare.score, bare.started_at), (3, None, None, None));
    assert_eq!((bare.tokens(), bare.model_ms, bare.tool_ms, bare.wall_ms), (None, None, None, None));
    assert_eq!((known.tokens(), known.compute_tokens()), (Some(930), None));
    assert_eq!((known.solved, known.model.as_str(), known.wall_ms), (Some(true), "other", Some(7)));
    let turns = reader
        .query("SELECT turn, prompt_tokens, prefill_tokens, decode_tokens, model_ms, tool_ms, patch_lines, patch_digest, started_at FROM v_turns WHERE trial_id = 't1'")
        .await
        .unwrap();
    assert!(turns.rows[0][1..].iter().all(|value| *value == Value::Null), "{:?}", turns.rows[0]);
    let known: Vec<_> = turns.rows[2][1..].iter().map(|value| *value != Value::Null).collect();
    assert_eq!(known, [true, false, true, true, true, true, true, true]);
    let policies = reader.policies(&RunId::new("r1")).await.unwrap();
    let of = |model: &str| policies.iter().find(|row| row.model == model).unwrap();
    assert_eq!((of("other").prompt_tokens, of("other").prefill_tokens), (Some(900), None));
    assert_eq!((of("other").tokens_per_solved, of("other").compute_tokens_per_solved), (Some(930.0), None));
    assert_eq!(policies.iter().filter(|row| row.prompt_tokens.is_none()).count(), 1);
    let runs = reader.runs().await.unwrap();
    assert_eq!((runs[0].model.as_str(), runs[0].tokens, runs[0].turns), ("2 models", None, 6));
}

#[tokio::test]
async fn what_was_not_understood_is_kept_and_goes_with_its_trial() {
    let folder = tempfile::tempdir().unwrap();
    let whole = ImportedWhole { cost: Some(0.5), ..ImportedWhole::default() };
    let reader = recorded(folder.path(), vec![imported("t1", whole)]).await;
    let read = reader.imported(&TrialId::new("t1")).await.unwrap();
    let expected = imported("t1", ImportedWhole::default());
    assert_eq!((read.extras, read.cost), (expected.extras, Some(0.5)));
    assert!(read.unknown[&(1, 1)].has(Unknown::MODEL_MS | Unknown::STARTED_AT));
    assert_eq!(read.unknown[&(1, 3)], Unknown::PREFILL_TOKENS);
    let turns = reader.turns(&TrialId::new("t1")).await.unwrap();
    assert_eq!(turns, expected.turns.into_iter().map(|(turn, _)| turn).collect::<Vec<_>>());
    assert_eq!(reader.trial_ids(&RunId::new("r1")).await.unwrap(), ["t1"]);
    let recorder = StoreRecorder::open(&folder.path().join("t.db")).await.unwrap();
    recorder.delete_trial(&TrialId::new("t1")).await.unwrap();
    assert_eq!(reader.query("SELECT count(*) FROM extras").await.unwrap().rows, [[Value::Integer(0)]]);
}

#[tokio::test]
async fn named_questions_do_not_count_what_nobody_knows() {
    let folder = tempfile::tempdir().unwrap();
    let mut trial = imported("t1", ImportedWhole { solved: Some(true), ..ImportedWhole::default() });
    trial.turns.pop();
    let reader = recorded(folder.path(), vec![trial]).await;
    for named in ["idle-turns", "first-patch-turn", "slowest-tools"] {
        let query = turnwise_store::NamedQuery::find(named).unwrap();
        assert!(reader.query(query.sql).await.unwrap().rows.is_empty(), "{named}");
    }
    let turns =
        reader.query(turnwise_store::NamedQuery::find("where-turns-went").unwrap().sql).await.unwrap();
    let changed = turns.columns.iter().position(|column| column == "changed_work").unwrap();
    assert!(turns.rows.iter().all(|row| row[changed] == Value::Null));
}
