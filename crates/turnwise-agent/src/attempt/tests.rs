//! Whole attempts as tables: what comes in, and what the model is told.

use turnwise_core::{Observation, ToolCall};
use turnwise_policy::{Baseline, Caps, PolicySource, PolicySpec, Untimed};
use turnwise_testkit::{reply, task};

use super::*;
use crate::{opening, profile::tests::profile};

fn policy(budget: &str) -> Policy {
    let text = format!("summary = 's'\n[budget]\n{budget}");
    let source = PolicySource { name: "p".into(), file: "p.toml".into(), text };
    let spec = PolicySpec::parse(&source, &[]).unwrap();
    spec.resolve(&Baseline::new("s", "m", vec![]), Caps::default()).unwrap()
}

/// Runs an attempt in which every command prints `out`; gives what was recorded and what it came to.
fn play(policy: &Policy, replies: Vec<Reply>) -> (Vec<TurnRecord>, Finished) {
    play_as(&profile("pocket"), policy, replies)
}

fn play_as(profile: &Arc<Profile>, policy: &Policy, replies: Vec<Reply>) -> (Vec<TurnRecord>, Finished) {
    let attempt = Attempt::new(
        TrialId::new("t"),
        (1, 1),
        policy,
        Arc::clone(profile),
        opening(&task("x"), policy, profile).unwrap(),
    );
    let mut replies = replies.into_iter();
    let mut turns = Vec::new();
    let mut step = attempt.begin();
    loop {
        step = match step {
            Step::Ask(ask) => match replies.next() {
                Some(reply) => ask.on_reply(reply, Taken { started_at: 0, ms: 2.5, cost: None }),
                None => ask.interrupted(),
            },
            Step::Execute(run) => {
                let output = format!("{} done\n", run.command());
                let observation = Observation { output, exit_code: Some(0), ..Observation::default() };
                run.on_observation(&observation, 1.0)
            }
            Step::Inspect(look) => look.on_state(WorkspaceState {
                patch_lines: 1,
                digest: "d".to_owned(),
                ..WorkspaceState::default()
            }),
            Step::Aside(aside) => aside.on_numbers(Vec::new()),
            Step::Decide(turn) => turn.decide(&mut Untimed),
            Step::Record(turn) => {
                let (record, next) = turn.on_recorded();
                turns.push(*record);
                next
            }
            Step::Done(finished) => return (turns, finished),
        };
    }
}

fn told(turns: &[TurnRecord]) -> Vec<String> {
    let line = |message: &Message| format!("{}: {}", message.role, message.content);
    turns.iter().flat_map(|turn| &turn.prompt).map(line).collect()
}

#[test]
fn the_model_is_told_its_turns_in_these_words() {
    let replies = ["ls", "<think>hm", "<think>ok</think>pwd", "submit"].map(reply);
    let (turns, finished) = play(&policy("kind = 'fixed'\nlimit = 4"), replies.to_vec());
    assert_eq!(
        told(&turns),
        [
            "user: Repair x.\nENVIRONMENT REMINDER: You have 4 turns left to complete the task.",
            "tool: ls done\nENVIRONMENT REMINDER: You have 3 turns left to complete the task.",
            "tool: error: no command in the reply\nENVIRONMENT REMINDER: You have 2 turns left to complete the task.",
            "tool: pwd done\nENVIRONMENT REMINDER: You have 1 turn left to complete the task.",
        ]
    );
    assert_eq!((finished.end, finished.turns, finished.reminders), (End::of(Ending::Submitted), 4, 3));
    assert_eq!((finished.turn_limit, finished.extensions), (Some(4), 0));
}

#[test]
fn without_a_limit_nothing_is_added() {
    let (turns, finished) = play(&policy("kind = 'unlimited'"), ["ls", "submit"].map(reply).to_vec());
    assert_eq!(told(&turns), ["user: Repair x.", "tool: ls done"]);
    assert_eq!((finished.turn_limit, finished.reminders), (None, 0));
    assert_eq!(turns[1].facts.observation, "");
    // A submission keeps the state of the work it hands in.
    assert_eq!(turns[1].facts.workspace.patch_lines, 1);
}

#[test]
fn the_facts_of_a_turn_are_recorded() {
    let (turns, finished) = play(&policy("kind = 'unlimited'"), vec![reply("<think>why</think><more>ls")]);
    let turn = &turns[0];
    assert_eq!((turn.thought.as_str(), turn.facts.action.text(), turn.facts.turn), ("why", "ls", 1));
    assert_eq!((turn.facts.asks_more, turn.facts.exit_code, turn.facts.elapsed_ms), (true, Some(0), 4));
    assert_eq!((turn.model_ms, turn.tool_ms), (2.5, 1.0));
    assert_eq!(finished.end, End::of(Ending::Interrupted));
    assert_eq!(finished.tokens, 26);
}

#[test]
fn a_full_context_ends_the_attempt_and_half_a_command_is_not_run() {
    let full = |text| Reply { finish: Finish::ContextFull, ..reply(text) };
    let (turns, finished) = play(&policy("kind = 'unlimited'"), vec![reply("ls"), full("")]);
    assert_eq!((turns.len(), finished.end), (1, End::of(Ending::ContextFull)));

    let (turns, finished) = play(&policy("kind = 'unlimited'"), vec![full("rm -rf ")]);
    assert_eq!(turns[0].facts.action.kind().as_str(), "invalid");
    assert_eq!((finished.turns, finished.end), (1, End::of(Ending::ContextFull)));

    let cut = Reply { finish: Finish::Length, ..reply("rm -rf ") };
    let (turns, finished) = play(&policy("kind = 'unlimited'"), vec![cut, reply("submit")]);
    assert_eq!(turns[0].facts.observation, "error: no command in the reply");
    assert_eq!((turns[1].prompt[0].role, finished.end), (Role::Tool, End::of(Ending::Submitted)));
}

fn calling(text: &str, commands: &[&str]) -> Reply {
    let calls = commands.iter().zip(1..).map(|(command, number)| ToolCall {
        id: format!("{text}-{number}"),
        name: "bash".to_owned(),
        arguments: format!("{{\"command\": \"{command}\"}}"),
    });
    Reply { tool_calls: calls.collect(), ..reply(text) }
}

#[test]
fn calls_are_run_in_order_and_answered_one_by_one() {
    let replies = vec![
        calling("a", &["ls", "pwd"]),
        reply("no call"),
        calling("b", &["say x", "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT\\nbye", "never run"]),
    ];
    let (turns, finished) = play_as(&profile("mini-tool"), &policy("kind = 'fixed'\nlimit = 5"), replies);
    assert_eq!((finished.end, finished.turns), (End::of(Ending::Submitted), 3));
    let shown = |command: &str| format!("<returncode>0</returncode>\n<output>\n{command} done\n</output>");
    let note = "ENVIRONMENT REMINDER: You have 4 turns left to complete the task.";
    assert_eq!(
        turns[1].prompt,
        [Message::answer("a-1", shown("ls")), Message::answer("a-2", format!("{}\n{note}", shown("pwd")))]
    );
    assert_eq!((turns[0].facts.action.text(), turns[0].tool_ms), ("ls\npwd", 2.0));
    assert_eq!(turns[0].facts.observation, format!("{}\n{}", shown("ls"), shown("pwd")));
    // Nothing was called, so there is nothing to answer: the user says what is wrong.
    assert_eq!((turns[2].prompt.len(), turns[2].prompt[0].role), (1, Role::User));
    assert!(turns[2].prompt[0].content.starts_with("Tool call error:"));
    assert_eq!(turns[2].facts.action, Action::Submit);
    assert_eq!(
        (turns[2].facts.observation.as_str(), turns[2].tool_ms),
        (&*format!("{}\nbye done\n", shown("say x")), 2.0)
    );
    // The state of the work is that after the command that handed it in.
    assert_eq!(turns[2].facts.workspace.patch_lines, 1);
}

#[test]
fn a_wrong_call_is_answered_as_a_call() {
    let mut wrong = calling("a", &["ls", "pwd"]);
    wrong.tool_calls[1].name = "python".to_owned();
    let (turns, _) = play_as(&profile("mini-tool"), &policy("kind = 'unlimited'"), vec![wrong, reply("x")]);
    let ids: Vec<_> = turns[1].prompt.iter().map(|message| message.tool_call_id.as_deref()).collect();
    assert_eq!(ids, [Some("a-1"), Some("a-2")]);
    assert!(turns[1].prompt.iter().all(|message| message.content.contains("Unknown tool 'python'.")));
}

#[test]
fn in_a_text_profile_the_user_tells_what_is_seen() {
    let fenced = |command: &str| reply(&format!("hm\n```mswea_bash_command\n{command}\n```"));
    let replies = vec![fenced("ls"), reply("hm"), fenced("COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT\nbye")];
    let (turns, finished) = play_as(&profile("mini-text"), &policy("kind = 'unlimited'"), replies);
    let roles: Vec<_> =
        turns.iter().map(|turn| turn.prompt.iter().map(|said| said.role).collect::<Vec<_>>()).collect();
    assert_eq!(roles, [vec![Role::System, Role::User], vec![Role::User], vec![Role::User]]);
    assert!(turns[0].prompt[1].content.contains("<task>\nRepair x.\n</task>"));
    assert!(turns[2].prompt[0].content.starts_with("Format error:"));
    assert_eq!(finished.end, End::of(Ending::Submitted));
}
