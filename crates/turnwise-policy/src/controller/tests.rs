//! Hand-worked tables of whole attempts.

use turnwise_core::{Action, Ending, TurnFacts, Usage, Verdict, WorkspaceState};

use super::{Controller, Decision};
use crate::{Baseline, Caps, Policy, PolicySource, PolicySpec, Rehearsal, Spoken, Untimed};

fn facts(turn: u32, action: &str) -> TurnFacts {
    TurnFacts {
        turn,
        action: match action {
            "" => Action::Invalid { complaint: "error".to_owned() },
            "submit" => Action::Submit,
            command => Action::Shell(command.to_owned()),
        },
        observation: String::new(),
        exit_code: Some(0),
        workspace: WorkspaceState::default(),
        asks_more: false,
        usage: Usage { prompt_tokens: 10, prefill_tokens: 10, decode_tokens: 5 },
        elapsed_ms: 100,
        cost: Some(0.1),
        signals: Vec::new(),
    }
}

/// The policy with these lines.
fn policy(lines: &str) -> Policy {
    let text = format!("summary = 's'\n{lines}");
    let source = PolicySource { name: "mine".into(), file: "mine.toml".into(), text };
    let spec = PolicySpec::parse(&source, &[]).unwrap();
    spec.resolve(&Baseline::new("s", "m", vec![]), Caps::default()).unwrap()
}

/// Decides over `actions` under the policy with these lines, up to its end.
fn decide(lines: &str, actions: &[&str]) -> Vec<Decision> {
    decide_with(policy(lines).controller(), actions)
}

fn decide_with(mut controller: Controller, actions: &[&str]) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for (turn, action) in (1..).zip(actions) {
        decisions.push(controller.decide(&mut facts(turn, action), Spoken::default(), &mut Untimed));
        if decisions.last().is_some_and(|decision| decision.end.is_some()) {
            break;
        }
    }
    decisions
}

fn end(decisions: &[Decision]) -> (usize, Option<Ending>, Option<&str>) {
    let end = decisions.last().and_then(|decision| decision.end.as_ref());
    (decisions.len(), end.map(|end| end.ending), end.and_then(|end| end.rule.as_deref()))
}

const FREE: &str = "[budget]\nkind = 'unlimited'\n";

#[test]
fn every_limit_has_its_ending() {
    let same = ["ls"; 9];
    let table: [(&str, &[&str], _); 8] = [
        ("", &same, (9, None, None)),
        ("[limits]\ntokens = 40", &same, (3, Some(Ending::TokenLimit), None)),
        ("[limits]\nseconds = 1", &["ls"; 12], (10, Some(Ending::TimeLimit), None)),
        ("[limits]\ncost = 0.25", &same, (3, Some(Ending::CostLimit), None)),
        ("[limits]\nmax_invalid = 2", &["", "ls", "", "", ""], (4, Some(Ending::FormatErrors), None)),
        ("[limits]\nmax_invalid = 0", &[""; 9], (9, None, None)),
        ("[repeat]\ntimes = 3", &same, (3, Some(Ending::Stopped), Some("repeat"))),
        ("[repeat]\ntimes = 3\nshadow = true", &same, (9, None, None)),
    ];
    for (lines, actions, expected) in table {
        assert_eq!(end(&decide(&format!("{FREE}{lines}"), actions)), expected, "{lines}");
    }
}

#[test]
fn a_hard_limit_comes_before_a_rule_and_a_submission_before_both() {
    let policy = "[budget]\nkind = 'fixed'\nlimit = 3\n[repeat]\ntimes = 3";
    assert_eq!(end(&decide(policy, &["ls"; 5])), (3, Some(Ending::TurnLimit), None));
    assert_eq!(end(&decide(policy, &["ls", "ls", "submit"])), (3, Some(Ending::Submitted), None));
    // The rule's word is in the log all the same.
    let last = decide(policy, &["ls"; 5]).pop().unwrap();
    let said: Vec<_> =
        last.votes.iter().map(|vote| (&*vote.rule, vote.verdict.as_str(), vote.score)).collect();
    assert_eq!(said, [("turn_limit", "stop", Some(3.0)), ("repeat", "stop", Some(3.0))]);
}

#[test]
fn a_rule_that_stops_takes_no_extension() {
    let policy = "[budget]\nkind = 'dynamic'\nstart = 2\nextend_to = 9\n[repeat]\ntimes = 2";
    let decisions = decide(policy, &["ls"; 9]);
    assert_eq!(end(&decisions), (2, Some(Ending::Stopped), Some("repeat")));
    assert_eq!(decisions[1].verdict, Verdict::Stop);
}

#[test]
fn an_extension_is_announced_in_place_of_the_reminder() {
    let policy = "[budget]\nkind = 'dynamic'\nstart = 2\nextend_to = 4";
    let texts: Vec<_> = decide(policy, &["a", "b", "c", "d", "e"])
        .into_iter()
        .map(|decision| match decision.verdict {
            Verdict::Remind { text } => text,
            Verdict::Extend { to, text } => format!("{to}: {text}"),
            other @ (Verdict::Continue
            | Verdict::Shorten { .. }
            | Verdict::Stop
            | Verdict::Restart { .. }) => other.kind().to_string(),
        })
        .collect();
    assert_eq!(
        texts,
        [
            "ENVIRONMENT REMINDER: You have 1 turn left to complete the task.",
            "4: ENVIRONMENT REMINDER: Your limit was extended. You have 2 turns left to complete the task.",
            "ENVIRONMENT REMINDER: You have 1 turn left to complete the task.",
            "stop",
        ]
    );
}

#[test]
fn safety_comes_before_the_budget() {
    let policy = "[budget]\nkind = 'fixed'\nlimit = 3\n[limits]\ntokens = 45";
    assert_eq!(end(&decide(policy, &["ls"; 5])), (3, Some(Ending::TokenLimit), None));
}

#[test]
fn the_first_live_end_wins_whether_it_stops_or_starts_again() {
    let restart = "[restart]\nsignal = 'action_repeat'\nfires = 'above'\nthreshold = 1\nsettle = 0\n";
    let attempts = "[attempts]\nmost = 2\n";
    let both = |first: &str, second: &str| decide(&format!("{FREE}{attempts}{first}{second}"), &["ls"; 9]);
    let decisions = both(restart, "[repeat]\ntimes = 2\n");
    assert_eq!(end(&decisions), (2, Some(Ending::Restarted), Some("restart")));
    assert_eq!(decisions[1].verdict, Verdict::Restart { keep: 0 });
    assert_eq!(end(&both("[repeat]\ntimes = 2\n", restart)), (2, Some(Ending::Stopped), Some("repeat")));
    // The last attempt has none behind it, and goes on.
    let last = policy(&format!("{FREE}{attempts}{restart}")).controller_of(2);
    assert_eq!(end(&decide_with(last, &["ls"; 9])), (9, None, None));
}

#[test]
fn a_gate_lets_pass_what_pays() {
    let lines = "[limits]\nmax_invalid = 2\n[gate]\nunit = 'turns'\n[repeat]\ntimes = 2\n";
    let closed = policy(&format!("{FREE}{lines}"));
    let decisions = decide_with(closed.controller(), &["ls"; 3]);
    assert_eq!(end(&decisions), (3, None, None));
    let said: Vec<_> = decisions[1].votes.iter().map(|vote| (&*vote.rule, vote.verdict.as_str())).collect();
    assert_eq!(said, [("repeat", "stop"), ("makespan", "continue")]);
    // Safety comes before it.
    let invalid = decide_with(closed.controller(), &["", ""]);
    assert_eq!(end(&invalid), (2, Some(Ending::FormatErrors), None));

    let trial = |solved| Rehearsal { solved, whole: 20.0, cut: Some(2.0).filter(|_| !solved) };
    let open = closed.judged(&[vec![trial(true); 60], vec![trial(false); 60]].concat());
    let decisions = decide_with(open.controller(), &["ls"; 3]);
    assert_eq!(end(&decisions), (2, Some(Ending::Stopped), Some("repeat")));
    let gate = decisions[1].votes.last().unwrap();
    assert_eq!((&*gate.rule, gate.verdict.as_str(), gate.threshold), ("makespan", "stop", Some(0.0)));
}

#[test]
fn a_lowered_limit_holds_and_is_not_extended() {
    let policy = "[budget]\nkind = 'dynamic'\nstart = 6\nextend_to = 9\nreminders = 'never'\n[barrier]\nneeded = 1\n\
                  strict = 0.4\ntext = 'now: {turns}'\n[spinning]\nturns = 3\nverdict = 'remind'\ntext = 'you spin'";
    let decisions = decide(policy, &["ls"; 9]);
    // On turn 4 of 6 there is room for one more turn than the one needed: 1 < 1 / 0.6.
    let text = "now: 1 turn\nyou spin".to_owned();
    assert_eq!(decisions[3].verdict, Verdict::Shorten { to: 5, text });
    assert_eq!(end(&decisions), (5, Some(Ending::TurnLimit), None));
}

#[test]
fn a_rules_reminder_stands_behind_the_budgets() {
    let policy = "[budget]\nkind = 'fixed'\nlimit = 3\n[alternation]\nturns = 3\nverdict = 'remind'\n[no_change]\nturns = 2\n\
                  verdict = 'remind'\ntext = 'nothing changed'";
    let text = "ENVIRONMENT REMINDER: You have 1 turn left to complete the task.\nnothing changed".to_owned();
    assert_eq!(decide(policy, &["a", "b"])[1].verdict, Verdict::Remind { text });
}

#[test]
fn a_rule_without_its_signal_abstains_and_says_which() {
    let votes = decide(&format!("{FREE}[q_exit]"), &["ls"]).pop().unwrap().votes;
    let said: Vec<_> = votes.iter().map(|vote| (vote.verdict.as_str(), vote.missing.as_deref())).collect();
    assert_eq!((said, votes[0].score), (vec![("abstain", Some("exit_hazard"))], None));
}

#[test]
fn the_same_facts_give_the_same_decisions() {
    let policy = "[budget]\nkind = 'dynamic'\nstart = 3\nextend_to = 7\n[repeat]\ntimes = 4\nwindow = 6\nshadow = true";
    let actions = ["a", "b", "a", "", "a", "a", "submit"];
    assert_eq!(decide(policy, &actions), decide(policy, &actions));
}
