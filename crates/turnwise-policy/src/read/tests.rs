//! What is said about files that are wrong.

use crate::{Baseline, Caps, PolicySource, PolicySpec, Reminders};

fn parse(text: &str, settings: &[&str]) -> Result<PolicySpec, String> {
    let source = PolicySource { name: "mine".into(), file: "mine.toml".into(), text: text.into() };
    let settings: Vec<String> = settings.iter().map(|&s| s.to_owned()).collect();
    PolicySpec::parse(&source, &settings).map_err(|error| error.to_string())
}

const FIXED: &str = "summary = 's'\n[budget]\nkind = 'fixed'\nlimit = 12\n";

#[test]
fn mistakes_are_named_with_their_line_and_the_next_step() {
    let table = [
        ("summary = ", "mine.toml:1: not readable as TOML: "),
        ("[budget]\nkind = 'fixed'", "mine.toml:1: `summary` is missing; give it one sentence"),
        ("summary = 's'", "mine.toml:1: `budget` is missing; give it a table with `kind = \"unlimited\"`"),
        (
            "summary = 's'\n\n[budget]\nkind = 'fixed'\nlimt = 3\nlimit = 3",
            "mine.toml:5: unknown key `budget.limt`; did you mean `budget.limit`?",
        ),
        (
            "summary = 's'\n[budget]\nkind = 'unlimited'\nlimit = 3",
            "mine.toml:4: unknown key `budget.limit`; known here: kind, at_limit",
        ),
        (
            "summary = 's'\n[budget]\nkind = 'dynamic'\nstart = 3\nextend_to = 'P9'",
            "mine.toml:5: `budget.extend_to` cannot be \"P9\"; give it a number of turns from 1, or a percentile",
        ),
        (
            "summary = 's'\n[budget]\nkind = 'sometimes'",
            "mine.toml:3: `budget.kind` cannot be \"sometimes\"; give it \"unlimited\" or \"fixed\" or \"dynamic\"",
        ),
        (
            "summary = 's'\nattempt = 3\n[budget]\nkind = 'unlimited'",
            "mine.toml:2: unknown key `attempt`; did you mean `attempts`?",
        ),
        (
            "summary = 's'\n[budget]\nkind = 'unlimited'\n[repeat]\ntimes = 1",
            "mine.toml:5: `repeat.times` cannot be 1; give it a whole number from 2",
        ),
        (
            "summary = 's'\n[budget]\nkind = 'unlimited'\n[repeat]\ntimes = 3\nwindow = 2",
            "mine.toml:6: `repeat.window` cannot be 2; give it a number of turns from 3",
        ),
        (
            "summary = 's'\n[budget]\nkind = 'fixed'\nlimit = 3\n[texts]\nreminder = 'Hurry!'",
            "mine.toml:6: `texts.reminder` cannot be \"Hurry!\"; give it one line of text that contains `{turns}`",
        ),
        (
            "summary = 's'\n[budget]\nkind = 'fixed'\nlimit = 9\nreminders = 'ladder'\nladder = [0.9, 0.5]",
            "mine.toml:6: `budget.ladder` cannot be a list; give it a list of shares between 0 and 1, ascending",
        ),
    ];
    for (text, expected) in table {
        let message = parse(text, &[]).unwrap_err();
        assert!(message.starts_with(expected), "{message}\nis not\n{expected}");
    }
}

#[test]
fn settings_are_laid_over_the_file() {
    let spec = parse(FIXED, &["budget.limit=p90", "budget.reminders=never", "limits.tokens=500k"]).unwrap();
    assert_eq!(spec.budget, parse(&FIXED.replace("12", "'p90'"), &[]).unwrap().budget);
    assert_eq!((spec.reminders, spec.limits.tokens), (Reminders::Never, Some(500_000)));
    assert_eq!(
        parse(FIXED, &["budget.limits=3"]).unwrap_err(),
        "--set budget.limits=3:1: unknown key `budget.limits`; did you mean `budget.limit`?"
    );
    assert!(parse(FIXED, &["budget"]).unwrap_err().contains("as in `--set budget.limit=12`"));
}

#[test]
fn a_percentile_without_a_baseline_says_how_to_get_one() {
    let spec = parse(FIXED, &["budget.limit=p75"]).unwrap();
    assert!(spec.needs_baseline() && !spec.is_baseline());
    let free = "summary = 's'\n[budget]\nkind = 'unlimited'";
    assert!(parse(free, &[]).unwrap().is_baseline());
    assert!(parse(free, &["repeat.times=3", "repeat.shadow=true"]).unwrap().is_baseline());
    assert!(!parse(free, &["repeat.times=3"]).unwrap().is_baseline());
    assert!(!parse(free, &["limits.tokens=9"]).unwrap().is_baseline());
    let message =
        spec.resolve(&Baseline::new("pocket", "tiny", vec![]), Caps::default()).unwrap_err().to_string();
    assert_eq!(
        message,
        "policy `mine` takes a limit from the p75 of recorded unlimited trials, and there is none for suite \
         `pocket` and model `tiny`; make some with `turnwise run pocket --policy unlimited`"
    );
}

#[test]
fn an_example_that_does_not_come_out_is_shown() {
    let example = |turns: &str, expect: &str| {
        let text = format!("{FIXED}\n[[example]]\nturns = {turns}\nexpect = '{expect}'");
        parse(&text, &[]).and_then(|spec| spec.check().map_err(|error| error.to_string()))
    };
    assert_eq!(example("[20]", "stop: turn_limit at turn 12"), Ok(()));
    assert_eq!(
        example("[2]", "stop: turn_limit at turn 12").unwrap_err(),
        "mine.toml:6: the example expects `stop: turn_limit at turn 12`, but there was `opening: 12 left`, \
         `remind: 11 left at turn 1`, `remind: 10 left at turn 2`"
    );
    assert_eq!(
        example("['submit']", "opening: 12 left").unwrap_err(),
        "mine.toml:6: the example expects `opening: 12 left`, but there was also `stop: submitted at turn 1`"
    );
    assert!(example("[2]", "ends at 12").unwrap_err().contains("`example.expect` cannot be \"ends at 12\""));
    assert!(example("['ls {pach 3}']", "continue").unwrap_err().contains("`example.turns` cannot be a list"));
}

#[test]
fn a_resolved_policy_reads_back_as_itself() {
    let text = format!("{FIXED}[repeat]\ntimes = 3\nwindow = 7\nshadow = true\n[limits]\nseconds = 5\n");
    let spec = parse(&text, &["budget.reminders=ladder"]).unwrap();
    let policy = spec.resolve(&Baseline::new("s", "m", vec![]), Caps::default()).unwrap();
    assert_eq!(crate::Policy::from_json(&policy.to_json()).unwrap(), policy);
    assert!(crate::Policy::from_json("{}").is_err());
}

#[test]
fn caps_bound_every_budget() {
    let caps = Caps { turns: Some(5), tokens: Some(9), ms: None, cost: None };
    let baseline = Baseline::new("s", "m", vec![4, 8, 12]);
    let resolve = |text: &str| parse(text, &[]).unwrap().resolve(&baseline, caps).unwrap();
    let fixed = resolve(FIXED);
    assert_eq!((fixed.turn_limit(), fixed.limits.tokens), (Some(5), Some(9)));
    assert!(fixed.opening().unwrap().contains("5 turns left"));
    let free = resolve("summary = 's'\n[budget]\nkind = 'unlimited'");
    assert_eq!((free.turn_limit(), free.opening()), (Some(5), None));
    let dynamic =
        resolve("summary = 's'\n[budget]\nkind = 'dynamic'\nstart = 'p10'\nextend_to = 'p90'").turns.unwrap();
    assert_eq!((dynamic.start, dynamic.extension.unwrap().to), (4, 5));
}
