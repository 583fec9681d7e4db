//! What is recorded is what is read.

use std::path::Path;

use proptest::{
    prelude::{
        Just, ProptestConfig, Strategy, any, prop::collection::vec, prop::option, prop_oneof, proptest,
    },
    strategy::BoxedStrategy,
};
use turnwise_core::{
    Action, Finish, Message, Origin, Recorder, Reply, ReplyKey, Role, RunEvent, RunId, States, TokenStats,
    ToolCall, TrialId, TurnFacts, TurnRecord, Usage, VerdictKind, Vote, WorkspaceState,
};
use turnwise_store::{Reader, StoreRecorder};

use crate::events::{Trial, run, turn};

fn count() -> impl Strategy<Value = u64> {
    0..1_u64 << 40
}

/// Any number but NaN, which is not equal to itself.
fn number() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("NaN", |value| !value.is_nan())
}

fn text() -> BoxedStrategy<String> {
    prop_oneof![".{0,12}", Just(String::new()), Just("a\0b\n\"é".to_owned())].boxed()
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        text().prop_map(Action::Shell),
        Just(Action::Submit),
        text().prop_map(|complaint| Action::Invalid { complaint })
    ]
}

fn verdict() -> impl Strategy<Value = VerdictKind> {
    (0..VerdictKind::ALL.len()).prop_map(|at| VerdictKind::ALL[at])
}

fn message() -> impl Strategy<Value = Message> {
    let role = prop_oneof![Just(Role::System), Just(Role::User), Just(Role::Assistant), Just(Role::Tool)];
    (role, text(), vec(tool_call(), 0..2), option::of(text())).prop_map(
        |(role, content, tool_calls, tool_call_id)| Message { role, content, tool_calls, tool_call_id },
    )
}

fn tool_call() -> impl Strategy<Value = ToolCall> {
    (text(), text(), text()).prop_map(|(id, name, arguments)| ToolCall { id, name, arguments })
}

fn vote() -> impl Strategy<Value = Vote> {
    (text(), verdict(), any::<bool>(), option::of(number()), option::of(number()), option::of(text()))
        .prop_map(|(rule, verdict, shadow, score, threshold, missing)| Vote {
            rule,
            verdict,
            shadow,
            score,
            threshold,
            missing,
        })
}

fn reply() -> impl Strategy<Value = Reply> {
    let finish = prop_oneof![Just(Finish::Stop), Just(Finish::Length), Just(Finish::ContextFull)];
    let usage = (count(), count(), count()).prop_map(|(prompt_tokens, prefill_tokens, decode_tokens)| {
        Usage { prompt_tokens, prefill_tokens, decode_tokens }
    });
    let said = (text(), vec(tool_call(), 0..3), vec(any::<u32>(), 0..5));
    let measured = (option::of(number()), option::of(number()), vec((text(), number()), 0..3));
    let origin = option::of((any::<[u8; 16]>(), number(), any::<bool>()));
    let kept = (measured, option::of(vec(any::<u16>(), 6)));
    (said, finish, usage, kept, origin).prop_map(|(said, finish, usage, (measured, halves), origin)| {
        let (text, tool_calls, tokens) = said;
        let (entropy_mean, logprob_mean, measured) = measured;
        let stats = TokenStats { entropy_mean, logprob_mean };
        let origin = origin.map(|(key, ms, reused)| Origin { key: ReplyKey(key), ms, reused });
        // Any bits but those of what is no number, which equals nothing.
        let bytes = |halves: Vec<u16>| {
            halves.iter().flat_map(|half| (half & 0xBBFF).to_le_bytes()).collect::<Vec<u8>>()
        };
        let states = halves.and_then(|halves| States::from_bytes(vec![1, 3], &bytes(halves)));
        Reply { text, tool_calls, tokens, finish, usage, stats, measured, states, origin }
    })
}

fn any_turn() -> impl Strategy<Value = TurnRecord> {
    let said = (vec(message(), 0..4), reply(), text(), action(), text());
    let seen = (
        option::of(any::<i32>()),
        count(),
        text(),
        any::<bool>(),
        vec((text(), number()), 0..4),
        option::of(number()),
    );
    let judged = (vec((vote(), number()), 0..3), any::<bool>(), verdict(), number(), number(), any::<i64>());
    (said, seen, judged).prop_map(|(said, seen, judged)| {
        let (prompt, reply, thought, action, observation) = said;
        let (exit_code, patch_lines, digest, asks_more, signals, cost) = seen;
        let (said, timed, verdict, model_ms, tool_ms, started_at) = judged;
        let usage = reply.usage;
        // A turn took the model as long as its reply did.
        let model_ms = reply.origin.map_or(model_ms, |origin| origin.ms);
        let workspace = WorkspaceState { patch_lines, patch: digest.as_str().into(), digest };
        let facts = TurnFacts {
            turn: 0,
            action,
            observation,
            exit_code,
            workspace,
            asks_more,
            usage,
            elapsed_ms: 3,
            cost,
            signals,
        };
        let trial = TrialId::new("t1");
        let (votes, times): (Vec<_>, Vec<_>) = said.into_iter().unzip();
        let vote_us = if timed { times } else { Vec::new() };
        TurnRecord {
            trial,
            attempt: 1,
            prompt,
            reply,
            thought,
            facts,
            votes,
            vote_us,
            verdict,
            model_ms,
            tool_ms,
            started_at,
        }
    })
}

fn trial(id: &str) -> Trial {
    Trial {
        run: "r1",
        id: id.to_owned(),
        task: id.to_owned(),
        policy: "unlimited",
        turn_limit: None,
        turns: 0,
        ending: None,
        solved: None,
    }
}

/// Records `turns` as the turns of one unfinished trial.
async fn record(path: &Path, turns: &[TurnRecord]) {
    let recorder = StoreRecorder::open(path).await.unwrap();
    recorder.record(run("r1")).await.unwrap();
    for event in trial("t1").events() {
        recorder.record(event).await.unwrap();
    }
    for turn in turns {
        recorder.record(RunEvent::TurnFinished(Box::new(turn.clone()))).await.unwrap();
    }
    recorder.close().await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn turns_are_read_as_they_were_recorded(mut turns in vec(any_turn(), 1..6)) {
        for (number, turn) in (1..).zip(&mut turns) {
            turn.facts.turn = number;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("t.db");
            record(&path, &turns).await;
            let reader = Reader::open(&path).await.unwrap();
            let unfinished = reader.unfinished_trials(&RunId::new("r1")).await.unwrap();
            assert_eq!(unfinished[0].attempts[0].turns, turns);
            assert_eq!(unfinished[0].key.seed, u64::MAX);
        });
    }
}

#[tokio::test]
async fn events_that_wait_together_are_written_together_and_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let recorder = StoreRecorder::open(&path).await.unwrap();
    recorder.record(run("r1")).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for nth in 0..40 {
        let recorder = recorder.clone();
        writers.spawn(async move {
            let id = format!("t{nth:02}");
            for event in trial(&id).events() {
                recorder.record(event).await.unwrap();
            }
            for number in 1..=30 {
                let event = RunEvent::TurnFinished(Box::new(turn(&TrialId::new(&*id), number)));
                recorder.record(event).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let written = recorder.close().await.unwrap();
    assert_eq!(written.requests, 1 + 40 * 32);
    assert!(written.commits < written.requests / 2, "{written:?}");
    let reader = Reader::open(&path).await.unwrap();
    for nth in 0..40 {
        let id = TrialId::new(format!("t{nth:02}"));
        let expected: Vec<_> = (1..=30).map(|number| turn(&id, number)).collect();
        assert_eq!(reader.turns(&id).await.unwrap(), expected);
    }
    let texts = reader.query("SELECT count(*) FROM texts").await.unwrap();
    assert_eq!(texts.rows[0][0], turnwise_store::Value::Integer(30 + 2 + 1 + 1));
}

#[tokio::test]
async fn the_same_turn_again_replaces_it_and_a_deleted_trial_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let id = TrialId::new("t1");
    let mut again = turn(&id, 1);
    again.facts.observation = "other".to_owned();
    record(&path, &[turn(&id, 1), again.clone()]).await;
    let reader = Reader::open(&path).await.unwrap();
    assert_eq!(reader.turns(&id).await.unwrap(), [again]);

    let recorder = StoreRecorder::open(&path).await.unwrap();
    recorder.delete_trial(&id).await.unwrap();
    recorder.close().await.unwrap();
    assert_eq!(reader.turns(&id).await.unwrap(), []);
    assert!(reader.unfinished_trials(&RunId::new("r1")).await.unwrap().is_empty());
    assert!(reader.run(&RunId::new("r1")).await.unwrap().is_some());
}
