//! What is shown of how many turns, what becomes of long and old outputs, and which files make no sense.

use super::*;
use crate::{Baseline, Caps, Policy, PolicySource, PolicySpec};

fn spec(context: &str) -> Result<PolicySpec, String> {
    let text = format!("summary = 's'\n[budget]\nkind = 'unlimited'\n[context]\n{context}");
    let source = PolicySource { name: "p".into(), file: "p.toml".into(), text };
    PolicySpec::parse(&source, &[]).map_err(|error| error.to_string())
}

fn policy(context: &str) -> Policy {
    spec(context).unwrap().resolve(&Baseline::new("s", "m", vec![]), Caps::default()).unwrap()
}

/// First turn shown and first shown whole, after 0 to 5 turns.
fn views(context: &str) -> Vec<(u32, u32)> {
    let context = policy(context).context;
    (0..=5).map(|turns| context.view(turns)).map(|view| (view.first, view.whole)).collect()
}

#[test]
fn each_kind_shows_these_turns() {
    assert_eq!(views("kind = 'full'"), [(1, 1); 6]);
    assert_eq!(views("kind = 'window'\nturns = 2"), [(1, 1), (1, 1), (1, 1), (2, 2), (3, 3), (4, 4)]);
    assert_eq!(views("kind = 'report'"), [(1, 1), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]);
    assert_eq!(views("old_observations = 3"), [(1, 1), (1, 1), (1, 1), (1, 1), (1, 2), (1, 3)]);
    let both = "kind = 'window'\nturns = 3\nold_observations = 1";
    assert_eq!(views(both), [(1, 1), (1, 1), (1, 2), (1, 3), (2, 4), (3, 5)]);
}

#[test]
fn a_long_output_is_shown_by_its_ends() {
    let cut = Cut { chars: 5, elided: "[{chars}]".into() };
    assert_eq!(cut.ends("éèêëē", 9), None);
    assert_eq!(cut.ends("éèêëēĕ", 0).unwrap(), "éèê\n[1]\nēĕ");
    assert_eq!(cut.ends("0123456789", 100).unwrap(), "012\n[105]\n89");
    let shrink = Shrink { turns: 1, shrunk: "({chars})".into() };
    assert_eq!(shrink.line("12345").unwrap(), "(5)");
    assert_eq!(shrink.line("ab"), None);
}

#[test]
fn a_report_is_taken_out_of_a_reply() {
    let History::Report(report) = policy("kind = 'report'").context.history else { panic!() };
    for (reply, found, rest) in [
        ("ls", None, "ls"),
        ("<report>\n a b \n</report>\nls", Some("a b"), "\nls"),
        ("x<report>a</report>y<report>b</report>z", Some("b"), "xyz"),
        ("<report>a</report><report> </report>ls", Some("a"), "ls"),
        ("<report></report>ls", None, "ls"),
        ("well <report>a ls", None, "well "),
        ("<report>a</report>ls<report>b", Some("a"), "ls"),
        ("a</report>ls", None, "a</report>ls"),
    ] {
        assert_eq!(report.split(reply), (found.map(str::to_owned), rest.to_owned()), "{reply}");
    }
    assert_eq!(report.recalled("a"), "Your report so far:\n<report>\na\n</report>");
}

#[test]
fn what_makes_no_sense_is_said() {
    for (context, message) in [
        (
            "kind = 'windw'",
            "p.toml:5: `context.kind` cannot be \"windw\"; give it \"full\" or \"window\" or \"report\"",
        ),
        (
            "kind = 'window'",
            "p.toml:4: `context.turns` is missing; give it how many of the last turns are shown, from 1",
        ),
        (
            "kind = 'window'\nturns = 0",
            "p.toml:6: `context.turns` cannot be 0; give it how many of the last turns are shown, from 1",
        ),
        (
            "turns = 3",
            "p.toml:5: `context.turns` belongs to `kind = \"window\"`; add that to `[context]`, or take `turns` out",
        ),
        (
            "kind = 'report'\nturn = 3",
            "p.toml:6: unknown key `context.turn`; known here: kind, marks, ask, recall, observation_chars, elided, old_observations, shrunk",
        ),
        (
            "observation_char = 3",
            "p.toml:5: unknown key `context.observation_char`; did you mean `context.observation_chars`?",
        ),
        (
            "observation_chars = 3",
            "p.toml:5: `context.observation_chars` cannot be 3; give it a whole number of at least 100",
        ),
        (
            "elided = '{chars}'",
            "p.toml:5: `context.elided` is never said without `context.observation_chars`; add `observation_chars`, or take `elided` out",
        ),
        (
            "kind = 'report'\nold_observations = 1",
            "p.toml:6: `context.old_observations = 1` shrinks nothing, as no more than the last 1 are shown; make it less, or take it out",
        ),
        (
            "kind = 'window'\nturns = 3\nold_observations = 3",
            "p.toml:7: `context.old_observations = 3` shrinks nothing, as no more than the last 3 are shown; make it less, or take it out",
        ),
        (
            "kind = 'report'\nmarks = ['[', ']']\nask = 'write'",
            "p.toml:7: `context.ask` does not say that a report stands between marks: `[` is not in it; name both of `context.marks` in it, as nothing else tells the model",
        ),
        (
            "kind = 'report'\nmarks = ['a', 'a']",
            "p.toml:6: `context.marks` cannot be a list; give it a list of two different texts such as [\"<report>\", \"</report>\"]",
        ),
    ] {
        assert_eq!(spec(context).unwrap_err(), message);
    }
}

#[test]
fn what_shows_everything_is_the_same_policy_as_ever() {
    let plain = policy("kind = 'full'");
    assert!(!plain.to_json().contains("context") && plain.context.is_full());
    assert!(spec("kind = 'full'").unwrap().is_baseline());
    for context in
        ["kind = 'window'\nturns = 2", "kind = 'report'", "observation_chars = 100", "old_observations = 1"]
    {
        let policy = policy(context);
        assert_eq!(Policy::from_json(&policy.to_json()).unwrap(), policy);
        assert!(!spec(context).unwrap().is_baseline());
    }
    assert!(policy("observation_chars = 100").context.only_grows());
}

#[test]
fn the_paragraph_says_what_is_shown() {
    let said = spec("kind = 'window'\nturns = 1\nobservation_chars = 200").unwrap().explain();
    assert!(
        said.ends_with(
            "The model is shown the opening and its last turn. Of an output of more than 200 characters it is shown the \
             two ends."
        ),
        "{said}"
    );
}
