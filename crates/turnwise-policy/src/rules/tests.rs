//! Shows turns to single rules, and what all rules have in common.

use turnwise_core::{Action, TurnFacts, Usage, WorkspaceState};
use turnwise_toml::{Node, Value};

use super::{Finding, Missing, Rule, Say};
use crate::signals::{Meter, Spoken, versions};

/// The signals of a turn.
pub(super) type Turn<'a> = Vec<(&'a str, f64)>;

/// Turns that differ in one signal.
pub(super) fn of<'a>(signal: &'a str, values: &[f64]) -> Vec<Turn<'a>> {
    values.iter().map(|value| vec![(signal, *value)]).collect()
}

fn read(toml: &str) -> Result<Rule, String> {
    let node = Node::parse("rule.toml", toml).map_err(|error| error.to_string())?;
    let Value::Table(mut tables) = node.value else { return Err("no table".to_owned()) };
    let (name, node) = tables.remove(0);
    let name = super::NAMES.iter().find(|known| **known == name).ok_or("no rule")?;
    Rule::read(name, node).map_err(|error| error.to_string())
}

/// What is wrong with the table of a rule.
pub(super) fn complaint(toml: &str) -> String {
    read(toml).unwrap_err()
}

fn facts(turn: u32, action: &str) -> TurnFacts {
    TurnFacts {
        turn,
        action: Action::Shell(action.to_owned()),
        observation: String::new(),
        exit_code: Some(0),
        workspace: WorkspaceState::default(),
        asks_more: false,
        usage: Usage::default(),
        elapsed_ms: 0,
        cost: None,
        signals: Vec::new(),
    }
}

fn findings(toml: &str, turns: &[Turn<'_>]) -> Vec<Result<Finding, Missing>> {
    let mut watcher = read(toml).unwrap().kind.settings().watcher();
    (1..)
        .zip(turns)
        .map(|(turn, signals)| {
            let signals = signals.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
            watcher.look(&TurnFacts { signals, ..facts(turn, "") })
        })
        .collect()
}

/// A letter for each turn: `-` nothing, `S` stop, `R` remind, `<` shorten, `r` restart, `?` abstain.
fn letters(findings: Vec<Result<Finding, Missing>>) -> String {
    let letter = |finding: Result<Finding, Missing>| match finding.map(|finding| finding.say) {
        Ok(Say::Continue) => '-',
        Ok(Say::Stop) => 'S',
        Ok(Say::Remind(_)) => 'R',
        Ok(Say::Shorten { .. }) => '<',
        Ok(Say::Restart { .. }) => 'r',
        Err(Missing(_)) => '?',
    };
    findings.into_iter().map(letter).collect()
}

/// What the rule says of turns with these signals.
pub(super) fn said(toml: &str, turns: &[Turn<'_>]) -> String {
    letters(findings(toml, turns))
}

/// What the rule measures; -1 where it measures nothing.
pub(super) fn scores(toml: &str, turns: &[Turn<'_>]) -> Vec<f64> {
    findings(toml, turns).into_iter().map(|finding| finding.unwrap().score.unwrap_or(-1.0)).collect()
}

/// What the rule holds its scores against.
pub(super) fn thresholds(toml: &str, turns: &[Turn<'_>]) -> Vec<f64> {
    findings(toml, turns).into_iter().map(|finding| finding.unwrap().threshold.unwrap()).collect()
}

/// What goes with what the rule says.
pub(super) fn texts(toml: &str, turns: &[Turn<'_>]) -> Vec<String> {
    let text = |finding: Result<Finding, Missing>| match finding.unwrap().say {
        Say::Continue | Say::Stop => String::new(),
        Say::Remind(text) => text,
        Say::Shorten { to, .. } => format!("to {to}"),
        Say::Restart { keep } => format!("keep {keep}"),
    };
    findings(toml, turns).into_iter().map(text).collect()
}

/// Turns as letters: each is an action that shows itself, a digit behind it is part of what it shows, a capital
/// fails, and a plus changes the work. The signals are measured.
fn whole_findings(toml: &str, turns: &str) -> Vec<Result<Finding, Missing>> {
    let rule = read(toml).unwrap();
    let mut meter = Meter::new(&versions(rule.needs()));
    let mut watcher = rule.kind.settings().watcher();
    let (mut found, mut work) = (Vec::new(), WorkspaceState::default());
    let mut letters = turns.chars().peekable();
    let mut turn = 0;
    while let Some(letter) = letters.next() {
        turn += 1;
        if letter == '+' {
            work = WorkspaceState {
                patch_lines: work.patch_lines + 1,
                digest: format!("d{turn}"),
                ..WorkspaceState::default()
            };
        }
        let mut facts = facts(turn, &letter.to_lowercase().to_string());
        facts.observation = letter.to_string();
        if let Some(digit) = letters.next_if(char::is_ascii_digit) {
            facts.observation.push(digit);
        }
        facts.exit_code = Some(i32::from(letter.is_uppercase()));
        facts.workspace = work.clone();
        meter.measure(&mut facts, Spoken::default(), None);
        found.push(watcher.look(&facts));
    }
    found
}

/// What the rule says of whole turns.
pub(super) fn whole(toml: &str, turns: &str) -> String {
    letters(whole_findings(toml, turns))
}

/// What the rule measures on whole turns.
pub(super) fn whole_scores(toml: &str, turns: &str) -> Vec<f64> {
    whole_findings(toml, turns).into_iter().map(|finding| finding.unwrap().score.unwrap()).collect()
}

#[test]
fn mistakes_in_rules_are_named_with_the_next_step() {
    let table = [
        (
            "[monitor]\nsignal = 'prob'\nfires = 'above'\nthreshold = 1",
            "rule.toml:2: `monitor.signal` cannot be \"prob\"; give it the name of a signal; did you mean \"probe\"?",
        ),
        (
            "[monitor]\nsignal = 'probe'\nthreshold = 1",
            "rule.toml:1: `monitor.fires` is missing; give it \"above\" or \"below\": on which side",
        ),
        ("[sched]\nhi = 0.5\nlo = 0.9", "rule.toml:3: `sched.lo` cannot be 0.9; give it a number from"),
        ("[q_exit]\nq = 1", "rule.toml:2: `q_exit.q` cannot be 1; give it a number between 0 and 1"),
        (
            "[early_warning]\nsignal = 'entropy'",
            "rule.toml:1: `early_warning.shadow` is missing; give it `true`: early warnings are a diagnostic",
        ),
        (
            "[conformal]\nfires = 'above'\nscores = [1]\nthreshold = 1",
            "rule.toml:1: `conformal.scores` and `conformal.threshold` are both given; leave one out",
        ),
        (
            "[prefix]\n[[prefix.at]]\nturn = 2\nweights = { eror_share = 1 }",
            "rule.toml:4: unknown key `prefix.at.weights.eror_share`; it takes the name of a signal; did you mean \"error_share\"?",
        ),
        (
            "[prefix]\n[[prefix.at]]\nturn = 2\nsds = { errors = 1 }",
            "rule.toml:2: `prefix.at.sds` has \"errors\", which has no weight; give it one",
        ),
        (
            "[judge_cascade]\nfires = 'above'",
            "rule.toml:1: `judge_cascade` has no judges; give it one or more tables",
        ),
        (
            "[density_ratio]\n[[density_ratio.at]]\nweights = [1]\n[[density_ratio.at]]\nweights = [1]",
            "rule.toml:4: `density_ratio.at.weights` has 1 numbers; give it one for each turn from the first, 2 or more here",
        ),
        (
            "[repeat]\ntimes = 3\nshadow = 1",
            "rule.toml:3: `repeat.shadow` cannot be 1; give it true or false",
        ),
        ("[drift]\nequilibrium = 2", "rule.toml:1: `drift.spread` is missing"),
    ];
    for (toml, expected) in table {
        let message = complaint(toml);
        assert!(message.starts_with(expected), "{message}\nis not\n{expected}");
    }
}
