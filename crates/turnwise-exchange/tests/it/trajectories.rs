//! Any trajectories.

use proptest::{
    prelude::{Just, Strategy, any, prop::collection::vec, prop::option, prop_oneof},
    strategy::BoxedStrategy,
};
use serde_json::{Map, Value, json};
use turnwise_core::{Action, Ending, Finish, Message, Role, ToolCall};
use turnwise_exchange::{Extra, Trajectory, Turn, Work};

fn text() -> BoxedStrategy<String> {
    let odd = [
        "",
        " ",
        "submit",
        "a\u{0}b",
        "é\n```bash\nls\n```",
        "{\"cmd\": \"ls\"}",
        "attachment://x",
        "a\u{2028}b",
    ];
    prop_oneof![".{0,12}", (0..odd.len()).prop_map(move |at| odd[at].to_owned())].boxed()
}

fn name() -> BoxedStrategy<String> {
    prop_oneof!["[a-z]{1,8}(__[a-z]{1,4}-[0-9]{1,3})?", Just("a/b é".to_owned()), Just("..".to_owned())]
        .boxed()
}

fn number() -> BoxedStrategy<f64> {
    prop_oneof![any::<f64>().prop_filter("finite", |n| n.is_finite()), Just(0.0), Just(1.0), Just(0.1)]
        .boxed()
}

fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec((name(), inner), 0..3).prop_map(|pairs| Value::Object(Map::from_iter(pairs))),
        ]
    })
    .boxed()
}

/// Keys that nobody knows, and keys that everybody knows.
fn extra() -> BoxedStrategy<Extra> {
    let known = [
        "n",
        "act",
        "extra",
        "cost",
        "metadata",
        "info",
        "steps",
        "state",
        "role",
        "task",
        "extra_info",
        "scores",
    ];
    let key = prop_oneof![name(), (0..known.len()).prop_map(move |at| known[at].to_owned())];
    vec((key, value()), 0..4).prop_map(Map::from_iter).boxed()
}

fn call() -> impl Strategy<Value = ToolCall> {
    let arguments = prop_oneof![text(), Just(json!({ "command": "ls" }).to_string()), Just("[1]".to_owned())];
    (text(), text(), arguments).prop_map(|(id, name, arguments)| ToolCall { id, name, arguments })
}

fn message() -> impl Strategy<Value = Message> {
    let role = prop_oneof![Just(Role::System), Just(Role::User), Just(Role::Assistant), Just(Role::Tool)];
    (role, text(), vec(call(), 0..2), option::of(text())).prop_map(
        |(role, content, tool_calls, tool_call_id)| Message { role, content, tool_calls, tool_call_id },
    )
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        text().prop_map(Action::Shell),
        Just(Action::Submit),
        text().prop_map(|complaint| Action::Invalid { complaint })
    ]
}

fn moment() -> impl Strategy<Value = i64> {
    0..4_000_000_000_000_i64
}

fn count() -> impl Strategy<Value = u64> {
    0..1_u64 << 40
}

fn turn() -> impl Strategy<Value = Turn> {
    let said = (vec(message(), 0..3), text(), vec(call(), 0..2), text(), action(), text());
    let seen = (any::<bool>(), option::of(any::<i32>()), option::of((count(), text())), 0..3_usize);
    let spent = (option::of(count()), option::of(count()), option::of(count()), option::of(number()));
    let measured = (option::of(number()), option::of(number()), vec((name(), number()), 0..3), any::<bool>());
    let timed = (option::of(number()), option::of(number()), option::of(moment()), extra());
    (said, seen, spent, measured, timed).prop_map(|(said, seen, spent, measured, timed)| {
        let (told, reply, calls, thought, action, observation) = said;
        let (asks_more, exit_code, work, finish) = seen;
        let (entropy_mean, logprob_mean, mut signals, rewarded) = measured;
        if rewarded {
            signals.push(("reward".to_owned(), 0.67));
        }
        signals.sort_by(|a, b| a.0.cmp(&b.0));
        signals.dedup_by(|a, b| a.0 == b.0);
        Turn {
            told,
            calls,
            thought,
            observation,
            asks_more,
            exit_code,
            finish: [Finish::Stop, Finish::Length, Finish::ContextFull][finish],
            work: work.map(|(lines, digest)| Work { lines, digest }),
            prompt_tokens: spent.0,
            prefill_tokens: spent.1,
            decode_tokens: spent.2,
            cost: spent.3,
            entropy_mean,
            logprob_mean,
            signals,
            model_ms: timed.0,
            tool_ms: timed.1,
            started_at: timed.2,
            extra: timed.3,
            ..Turn::of(reply, action)
        }
    })
}

/// Any trajectory with a name.
pub(crate) fn trajectory() -> impl Strategy<Value = Trajectory> {
    let named =
        (name(), option::of(name()), name(), option::of(text()), option::of(text()), option::of(text()));
    let known = (option::of(any::<u64>().prop_map(|n| n >> 11)), option::of(1..500_u32), option::of(text()));
    let ended = (
        (0..Ending::ALL.len()),
        option::of(text()),
        option::of(any::<bool>()),
        option::of(0.0..=1.0),
        text(),
    );
    let spent = (option::of(count()), option::of(count()), option::of(number()));
    let timed = (option::of(moment()), option::of(moment()), option::of(count()));
    (named, known, ended, spent, timed, vec(turn(), 0..4), extra()).prop_map(
        |(named, known, ended, spent, timed, turns, extra)| Trajectory {
            name: named.0,
            suite: named.1,
            agent: named.3,
            model: named.4,
            policy: named.5,
            seed: known.0,
            turn_limit: known.1,
            exit: known.2,
            ending: Ending::ALL[ended.0],
            error: ended.1,
            solved: ended.2,
            score: ended.3,
            patch: ended.4,
            prompt_tokens: spent.0,
            decode_tokens: spent.1,
            cost: spent.2,
            started_at: timed.0,
            ended_at: timed.1,
            wall_ms: timed.2,
            turns,
            extra,
            ..Trajectory::of(named.2)
        },
    )
}
