//! What the model is shown before each turn, in each kind of context, and the same put together again from the record.

use std::sync::Arc;

use turnwise_core::{Role, ToolCall, TrialId, TurnRecord, WorkspaceState};
use turnwise_policy::{Baseline, Caps, Policy, PolicySource, PolicySpec, Untimed};
use turnwise_testkit::{reply, task};

use super::*;
use crate::{Attempt, Step, Taken, opening, profile::tests::profile};

fn policy(context: &str) -> Policy {
    let text = format!(
        "summary = 's'\n[budget]\nkind = 'fixed'\nlimit = 9\nreminders = 'ladder'\nladder = [0.2]\n[context]\n{context}"
    );
    let source = PolicySource { name: "p".into(), file: "p.toml".into(), text };
    let spec = PolicySpec::parse(&source, &[]).unwrap_or_else(|error| panic!("{error}"));
    spec.resolve(&Baseline::new("s", "m", vec![]), Caps::default()).unwrap()
}

/// An attempt in which every command prints itself twice: what was shown before each turn, and the record.
fn play(policy: &Policy, profile: &Arc<Profile>, replies: Vec<Reply>) -> (Vec<Vec<Said>>, Vec<TurnRecord>) {
    let opening = opening(&task("x"), policy, profile).unwrap();
    let attempt = Attempt::new(TrialId::new("t"), (1, 1), policy, Arc::clone(profile), opening);
    let (mut replies, mut turns) = (replies.into_iter(), Vec::new());
    let (mut prompts, mut said): (Vec<Vec<Said>>, Vec<Said>) = (Vec::new(), Vec::new());
    let mut step = attempt.begin();
    loop {
        step = match step {
            Step::Ask(ask) => {
                match ask.anew() {
                    Some(anew) => said = anew,
                    None => said.extend(ask.messages().iter().cloned().map(Said::Told)),
                }
                let Some(reply) = replies.next() else { return (prompts, turns) };
                prompts.push(said.clone());
                said.push(Said::Replied(reply.clone()));
                ask.on_reply(reply, Taken { started_at: 0, ms: 0.0, cost: None })
            }
            Step::Execute(run) => {
                let output = format!("{0} {0}\n", run.command());
                let seen = Observation { output, exit_code: Some(0), ..Observation::default() };
                run.on_observation(&seen, 0.0)
            }
            Step::Inspect(look) => look.on_state(WorkspaceState::default()),
            Step::Aside(aside) => aside.on_numbers(Vec::new()),
            Step::Decide(turn) => turn.decide(&mut Untimed),
            Step::Record(turn) => {
                turns.push(turn.turn().clone());
                turn.on_recorded().1
            }
            Step::Done(_) => return (prompts, turns),
        };
    }
}

fn lines(said: &[Said]) -> Vec<String> {
    let line = |said: &Said| match said {
        Said::Told(message) => format!("{}: {}", message.role, message.content),
        Said::Replied(reply) => format!("reply: {}", reply.text),
    };
    said.iter().map(line).collect()
}

/// The last prompt of a pocket attempt with these replies.
fn last_prompt(context: &str, replies: &[&str]) -> Vec<String> {
    let (prompts, _) = play(&policy(context), &profile("pocket"), replies.iter().map(|r| reply(r)).collect());
    lines(prompts.last().unwrap())
}

const OPENING: &str = "user: Repair x.\nENVIRONMENT REMINDER: You have 9 turns left to complete the task.";

#[test]
fn everything_is_shown_by_default() {
    assert_eq!(
        last_prompt("kind = 'full'", &["a", "<think>b</think>c", "d"]),
        [
            OPENING,
            "reply: a",
            "tool: a a",
            "reply: <think>b</think>c",
            "tool: c c\nENVIRONMENT REMINDER: You have 7 turns left to complete the task."
        ]
    );
}

#[test]
fn a_window_shows_the_opening_and_the_last_turns() {
    let window = "kind = 'window'\nturns = 2\nleft_out = '({turns} gone)'";
    assert_eq!(
        last_prompt(window, &["a", "b", "c"])[1..],
        last_prompt("kind = 'full'", &["a", "b", "c"])[1..]
    );
    let opening = format!("{OPENING}\n\n(2 turns gone)");
    assert_eq!(
        last_prompt(window, &["a", "b", "c", "<think>hm</think>d", "e"]),
        [&opening, "reply: c", "tool: c c", "reply: <think>hm</think>d", "tool: d d"]
    );
    assert!(last_prompt(window, &["a", "b", "c", "d"])[0].ends_with("(1 turn gone)"));
}

#[test]
fn old_observations_shrink_where_that_makes_them_shorter() {
    let old = "old_observations = 1\nshrunk = '({chars})'";
    assert_eq!(
        last_prompt(old, &["long", "b", "c", "d"]),
        [OPENING, "reply: long", "tool: (9)", "reply: b", "tool: (69)", "reply: c", "tool: c c"]
    );
    assert_eq!(last_prompt(old, &["a", "b", "c"])[2], "tool: a a");
}

#[test]
fn a_report_stands_in_for_all_but_the_last_turn() {
    let report = "kind = 'report'\nask = 'Write <report>…</report>.'\nrecall = 'You wrote: {report}'";
    let opening = "user: Repair x.\n\nWrite <report>…</report>.\n\
                   ENVIRONMENT REMINDER: You have 9 turns left to complete the task.";
    assert_eq!(last_prompt(report, &["a"]), [opening]);
    assert_eq!(last_prompt(report, &["a", "b"]), [opening, "assistant: a", "tool: a a"]);
    let first = "<think>hm, <report>no</report></think><report>\nfound a\n</report>\na";
    let told = format!("{opening}\n\nYou wrote: found a");
    assert_eq!(last_prompt(report, &[first, "b"]), [&told, "assistant: a", "tool: a a"]);
    // Without a new report the old one stays.
    let prompt = last_prompt(report, &[first, "b", "<think>z</think>c", "d"]);
    assert_eq!(prompt, [&told, "assistant: c", "tool: c c"]);
    let second = last_prompt(report, &[first, "<report>found b</report>b", "d"]);
    assert!(second[0].ends_with("You wrote: found b"));
    // A reply that holds no command is shown as far as it goes.
    let lost = last_prompt(report, &["<think>on and on", "d"]);
    assert_eq!(lost[1..], ["assistant: (nothing)", "tool: error: no command in the reply"]);
}

#[test]
fn a_report_is_no_part_of_the_command_and_stays_in_the_recorded_reply() {
    let policy = policy("kind = 'report'");
    let text = "<think>t</think><report>r</report>\nls";
    let (_, turns) = play(&policy, &profile("pocket"), vec![reply(text)]);
    assert_eq!((turns[0].facts.action.text(), turns[0].thought.as_str()), ("ls", "t"));
    assert_eq!(turns[0].reply.text, text);
    let fenced = "Look.\n<report>r ```mswea_bash_command\nrm x\n```</report>\n```mswea_bash_command\nls\n```";
    let (prompts, turns) = play(&policy, &profile("mini-text"), vec![reply(fenced), reply(fenced)]);
    assert_eq!((turns[0].facts.action.text(), turns[0].thought.as_str()), ("ls", "Look."));
    let shown = lines(&prompts[1]);
    assert_eq!(shown[2], "assistant: Look.\n\n```mswea_bash_command\nls\n```");
    assert_eq!(shown.len(), 4);
}

#[test]
fn a_call_is_shown_with_its_answer() {
    let call = |id: &str| ToolCall {
        id: id.to_owned(),
        name: "bash".to_owned(),
        arguments: "{\"command\": \"ls\"}".to_owned(),
    };
    let text = "<think>t</think><report>r</report>Look.<tool_call>{…}</tool_call>";
    let calling = |id: &str| Reply { tool_calls: vec![call(id)], ..reply(text) };
    let (prompts, _) = play(
        &policy("kind = 'report'"),
        &profile("mini-tool"),
        vec![calling("1"), calling("2"), calling("3")],
    );
    let [.., Said::Told(action), Said::Told(answer)] = prompts[2].as_slice() else { panic!() };
    assert_eq!(*action, Message::calling("Look.", vec![call("2")]));
    assert_eq!((answer.role, answer.tool_call_id.as_deref()), (Role::Tool, Some("2")));
}

#[test]
fn long_outputs_are_cut_once() {
    let ends = |limit: usize, profile: &str, output: &str| {
        let context = policy(&format!("observation_chars = {limit}\nelided = '[{{chars}}]'")).context;
        let profile = self::profile(profile);
        let seen =
            Observation { output: output.to_owned(), exit_code: Some(0), timed_out: false, elided_bytes: 7 };
        (observed(&context, &profile, "cat", &seen).unwrap(), profile.shown("cat", &seen).unwrap())
    };
    let output = format!("{}{}", "a".repeat(6_000), "b".repeat(6_000));
    let (shown, whole) = ends(100, "pocket", &output);
    assert_eq!((shown, whole), (format!("{}\n[11907]\n{}", "a".repeat(50), "b".repeat(50)), output.clone()));
    assert_eq!(ends(100, "pocket", "short").0, "short");
    // The policy leaves less than the profile would: the profile has nothing left to cut.
    let (shown, _) = ends(4_000, "mini-text", &output);
    assert!(shown.contains("a\n[8007]\nb") && !shown.contains("elided_chars"), "{shown}");
    // The profile would cut what the policy leaves: it cuts alone, and counts right.
    let (shown, whole) = ends(11_000, "mini-text", &output);
    assert_eq!(shown, whole);
    assert!(shown.contains("2007 characters elided"));
}

#[test]
fn the_prompts_come_out_again_from_the_record_and_the_policy() {
    let replies = ["a", "<report>r</report>b", "<think>t</think>c", "", "d", "<report>s</report>e", "f"];
    for context in ["kind = 'full'", "kind = 'window'\nturns = 2", "kind = 'report'", "old_observations = 2"]
    {
        for name in ["pocket", "mini-text"] {
            let (policy, profile) = (policy(context), profile(name));
            let (prompts, turns) = play(&policy, &profile, replies.map(reply).to_vec());
            let context = Policy::from_json(&policy.to_json()).unwrap().context;
            let past: Vec<Past> = turns
                .iter()
                .map(|turn| Past { told: turn.prompt.clone(), reply: turn.reply.clone() })
                .collect();
            for (at, turn) in turns.iter().enumerate() {
                let added = || {
                    let before = past[..at].iter().flat_map(|past| {
                        let told = past.told.iter().cloned().map(Said::Told);
                        told.chain([Said::Replied(past.reply.clone())])
                    });
                    before.chain(turn.prompt.iter().cloned().map(Said::Told)).collect()
                };
                let again = shown(&context, &profile, &past[..at], &turn.prompt).unwrap_or_else(added);
                assert_eq!(again, prompts[at], "turn {} of {name} with {context:?}", at + 1);
            }
        }
    }
}
