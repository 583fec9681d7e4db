//! Replies that are found again by what they are known by.

use turnwise_core::{
    Origin, Recorder, Replies, Reply, ReplyKey, RunEvent, RunId, ToolCall, TrialId, TurnRecord,
};
use turnwise_store::{Reader, ReplyTotals, StoreRecorder};

use crate::events::{fixture, turn};

const KEY: ReplyKey = ReplyKey([7; 16]);

/// A turn whose reply is known by `KEY`, with all that a reply may have.
fn known(trial: &TrialId, reused: bool) -> TurnRecord {
    let mut turn = turn(trial, 40);
    turn.model_ms = 12.5;
    let call = ToolCall { id: "c1".into(), name: "bash".into(), arguments: "{}".into() };
    turn.reply = Reply {
        tool_calls: vec![call],
        measured: vec![("likeness-1".into(), 0.25), ("drift-1".into(), f64::INFINITY)],
        origin: Some(Origin { key: KEY, ms: 12.5, reused }),
        ..turn.reply
    };
    turn
}

#[tokio::test]
async fn a_reply_is_found_as_long_as_any_turn_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let recorder = StoreRecorder::open(&path).await.unwrap();
    for event in fixture() {
        recorder.record(event).await.unwrap();
    }
    let reader = Reader::open(&path).await.unwrap();
    assert_eq!(reader.find(KEY).await.unwrap(), None);
    let before = reader.reply_totals(&RunId::new("r1")).await.unwrap();
    assert_eq!((before.reused, before.computed_tokens), (0, before.computed * 30));

    let (first, second) = (TrialId::new("u1"), TrialId::new("f1"));
    let turns = [known(&first, false), known(&second, true)];
    for turn in &turns {
        recorder.record(RunEvent::TurnFinished(Box::new(turn.clone()))).await.unwrap();
    }
    // What is acknowledged is found at once, by a reader that was open before.
    assert_eq!(reader.find(KEY).await.unwrap().as_ref(), Some(&turns[0].reply));
    assert_eq!(reader.find(ReplyKey([8; 16])).await.unwrap(), None);
    let after = reader.reply_totals(&RunId::new("r1")).await.unwrap();
    let expected = ReplyTotals {
        computed: before.computed + 1,
        computed_tokens: before.computed_tokens + 30,
        reused: 1,
        reused_tokens: 30,
    };
    assert_eq!(after, expected);
    // What was asked aside was computed, even where the reply was known.
    let mut asked = known(&second, true);
    asked.facts.signals = vec![("aside_tokens".into(), 12.0), ("trial_yes".into(), 0.5)];
    recorder.record(RunEvent::TurnFinished(Box::new(asked))).await.unwrap();
    let more = reader.reply_totals(&RunId::new("r1")).await.unwrap();
    assert_eq!(more, ReplyTotals { computed_tokens: expected.computed_tokens + 12, ..expected });
    let trial = reader.find_trial("f1").await.unwrap();
    let spent = trial.prefill_tokens.unwrap() + trial.decode_tokens.unwrap();
    assert_eq!((trial.aside_tokens, trial.compute_tokens()), (12, Some(spent + 12)));
    let policies = reader.policies(&RunId::new("r1")).await.unwrap();
    let aside: Vec<_> = policies.iter().map(|policy| (policy.policy.as_str(), policy.aside_tokens)).collect();
    assert!(
        aside.contains(&("fixed", 12)) && aside.iter().map(|(_, tokens)| tokens).sum::<i64>() == 12,
        "{aside:?}"
    );
    let reused = "SELECT trial_id, reused FROM v_turns WHERE turn = 40 ORDER BY reused";
    let rows = reader.query(reused).await.unwrap().rows;
    assert_eq!(format!("{rows:?}"), r#"[[Text("u1"), Integer(0)], [Text("f1"), Integer(1)]]"#);

    recorder.delete_trial(&first).await.unwrap();
    assert_eq!(reader.find(KEY).await.unwrap().as_ref(), Some(&turns[1].reply));
    recorder.delete_trials(&RunId::new("r1")).await.unwrap();
    assert_eq!(reader.find(KEY).await.unwrap(), None);
    recorder.close().await.unwrap();
}
