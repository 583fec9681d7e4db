//! Hand-worked signals, family by family, and the page that lists them.

use turnwise_core::{Action, Usage, WorkspaceState};

use super::*;

/// A turn: an action, what it showed, its exit status and the digest of the work after it.
fn turn(number: u32, action: &str, seen: &str, exit: i32, digest: &str) -> TurnFacts {
    TurnFacts {
        turn: number,
        action: match action {
            "" => Action::Invalid { complaint: String::new() },
            command => Action::Shell(command.to_owned()),
        },
        observation: seen.to_owned(),
        exit_code: Some(exit),
        workspace: WorkspaceState {
            patch_lines: digest.len() as u64,
            digest: digest.to_owned(),
            ..WorkspaceState::default()
        },
        asks_more: false,
        usage: Usage { prompt_tokens: 10, prefill_tokens: 0, decode_tokens: u64::from(number) },
        elapsed_ms: 1500,
        cost: None,
        signals: Vec::new(),
    }
}

/// The values of a signal over turns; -1 where it is absent.
fn over(name: &str, turns: Vec<TurnFacts>) -> Vec<f64> {
    let mut meter = Meter::new(&versions([name.to_owned()]));
    let measured = turns.into_iter().map(|mut facts| {
        meter.measure(&mut facts, Spoken::default(), Some(8));
        facts.signal(name).unwrap_or(-1.0)
    });
    measured.collect()
}

/// Turns of these actions, which show themselves and do nothing.
fn actions(actions: &[&str]) -> Vec<TurnFacts> {
    (1..).zip(actions).map(|(number, action)| turn(number, action, action, 0, "")).collect()
}

/// Turns of one action that show this.
fn shows(seen: &[&str]) -> Vec<TurnFacts> {
    (1..).zip(seen).map(|(number, seen)| turn(number, "pytest", seen, 0, "d")).collect()
}

/// Turns after which the work is this.
fn works(digests: &[&str]) -> Vec<TurnFacts> {
    (1..).zip(digests).map(|(number, digest)| turn(number, "edit a.py", "", 0, digest)).collect()
}

#[test]
fn actions_are_compared_as_texts() {
    let acts = || actions(&["a", "b", "a", "b", "b", "c"]);
    assert_eq!(over(names::ACTION_REPEAT, acts()), [1.0, 1.0, 1.0, 1.0, 2.0, 1.0]);
    assert_eq!(over(names::TWO_CYCLE, acts()), [1.0, 1.0, 3.0, 4.0, 1.0, 1.0]);
    assert_eq!(over(names::ACTION_SEEN, acts()), [1.0, 1.0, 2.0, 2.0, 3.0, 1.0]);
    assert_eq!(over(names::DISTINCT_ACTIONS, acts()), [1.0, 1.0, 2.0 / 3.0, 0.5, 0.4, 0.5]);
    assert_eq!(over(names::NOVELTY, acts()), [1.0, 1.0, 2.0 / 3.0, 0.5, 0.4, 0.5]);
    // Pairs: ab, ba, ab (2), bb, bc.
    assert_eq!(over(names::BIGRAM_REPEAT, acts()), [-1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    assert_eq!(over(names::ACTION_LCS, actions(&["abcd", "xbcy", ""])), [-1.0, 0.5, 0.0]);
    // Programs ls, ls, cat: ln 3 - (2/3) ln 2.
    let entropy = over(names::ACTION_ENTROPY, actions(&["ls a", "cd b; ls", "cat c"]));
    assert!(entropy[1] == 0.0 && (entropy[2] - (3_f64.ln() - 2.0 / 3.0 * 2_f64.ln())).abs() < 1e-12);
    let looks = actions(&["cat a.py", "cat b.py", "cat a.py", "sed -i x a.py"]);
    assert_eq!(over(names::REVISITS, looks), [0.0, 0.0, 1.0 / 3.0, 0.25]);
}

#[test]
fn steps_are_compared_by_their_words() {
    // {pytest 2, f 1}, the same, {pytest 1, ok 1}, nothing, {ls 2}, {ls 1, x 3}.
    let steps = [
        ("pytest", "Pytest: f"),
        ("pytest", "f pytest"),
        ("pytest", "ok"),
        ("", "..."),
        ("ls", "ls"),
        ("ls", "x x x"),
    ];
    let turns = (1..).zip(steps).map(|(number, (action, seen))| turn(number, action, seen, 0, ""));
    let cosines = over(names::STEP_COSINE, turns.collect());
    let expected = [-1.0, 1.0, 2.0 / 10_f64.sqrt(), -1.0, -1.0, 1.0 / 10_f64.sqrt()];
    assert!(
        cosines.iter().zip(expected).all(|(cosine, expected)| (cosine - expected).abs() < 1e-15),
        "{cosines:?}"
    );
}

#[test]
fn the_work_is_known_by_its_digest() {
    let work = || works(&["", "x", "x", "xyz", "x"]);
    assert_eq!(over(names::NO_CHANGE, work()), [1.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(over(names::CHANGES, work()), [0.0, 1.0, 1.0, 2.0, 3.0]);
    assert_eq!(over(names::FIRST_CHANGE, work()), [-1.0, 2.0, 2.0, 2.0, 2.0]);
    // Sizes 0, 0, 1, 1, 3, 1: moved 1 + 2 + 2, end to end 1.
    assert_eq!(over(names::CHURN, work()), [0.0, 0.0, 0.0, 0.0, 4.0]);
    assert_eq!(over(names::BACKTRACKS, work()), [-1.0, 0.0, 0.0, 0.0, 1.0 / 3.0]);
    assert_eq!(over(names::EDITED_FILES, work()), [0.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(over(names::EDIT_HITS, work()), [-1.0, -1.0, -1.0, 1.0, 1.0]);
}

#[test]
fn failures_are_statuses_and_replies_without_an_action() {
    let fails = || {
        let said = ["a", "a", "a", "", "b"];
        (1..)
            .zip(said)
            .map(|(number, action)| turn(number, action, "", i32::from(number < 4 && number > 1), ""))
            .collect()
    };
    assert_eq!(over(names::ERRORS, fails()), [0.0, 1.0, 2.0, 3.0, 3.0]);
    assert_eq!(over(names::ERROR_STREAK, fails()), [0.0, 1.0, 2.0, 3.0, 0.0]);
    assert_eq!(over(names::SAME_ERROR, fails()), [0.0, 1.0, 2.0, 1.0, 0.0]);
    assert_eq!(over(names::EXIT_STREAK, fails()), [1.0, 1.0, 2.0, 1.0, 2.0]);
    assert_eq!(over(names::ERROR_SHARE, fails()), [0.0, 0.5, 2.0 / 3.0, 0.75, 0.6]);
    let late = (1..=16).map(|number| turn(number, "a", "", i32::from(number > 12), "")).collect();
    assert_eq!(over(names::ERROR_TREND, late).split_at(15), (&[-1.0; 15][..], &[0.5][..]));
}

#[test]
fn observations_are_compared_by_their_words() {
    // Three-word pieces: {abc, bcd} and {abc, bcx}: 1 of 3.
    let seen = || shows(&["a b c d", "a b c x", "a b c d", "z"]);
    assert_eq!(over(names::SIMILARITY, seen()), [-1.0, 1.0 / 3.0, 1.0 / 3.0, 0.0]);
    assert_eq!(over(names::SIMILARITY_RECENT, seen()), [-1.0, 1.0 / 3.0, 1.0, 0.0]);
    assert_eq!(over(names::SPIN, seen()), [0.0, 0.0, 1.0, 0.0]);
    assert_eq!(over(names::NEWS, shows(&["took 1 s", "took 22 s", "took long"])), [1.0, 0.0, 1.0]);
    assert_eq!(over(names::OUTPUT_CHARS, shows(&["", "four"])), [0.0, 4.0]);
    let steady = over(names::OUTPUT_TREND, shows(&["x"; 5]));
    assert_eq!(steady, [-1.0, -1.0, -1.0, 0.0, 0.0]);
}

#[test]
fn the_attempts_own_tests_are_counted() {
    let seen = || shows(&["", "1/4 passed", "x", "3 passed, 1 failed", "4/4 passed"]);
    assert_eq!(over(names::TESTS_SHARE, seen()), [-1.0, 0.25, 0.25, 0.75, 1.0]);
    assert_eq!(over(names::TESTS_GAIN, seen()), [-1.0, -1.0, -1.0, 0.5, 0.25]);
    assert_eq!(over(names::MILESTONE, seen()), [1.0, 3.0, 3.0, 3.0, 4.0]);
    let acts = || actions(&["pytest", "ls", "python3 a.py", "pytest"]);
    assert_eq!(over(names::TESTS_RUN_SHARE, acts()), [1.0, 0.5, 1.0 / 3.0, 0.5]);
    assert_eq!(over(names::NON_TEST_SHELL, acts()), [0.0, 0.0, 1.0, 1.0]);
    let mut work = works(&["", "x", "x", "y"]);
    work[2].action = Action::Shell("pytest".to_owned());
    assert_eq!(over(names::TESTED, work), [0.0, 0.0, 1.0, 0.0]);
}

#[test]
fn phases_follow_what_a_turn_did() {
    let acts = || actions(&["ls", "cat a", "python3 a.py", "pytest", "pytest"]);
    assert_eq!(over(names::PHASE, acts()), [1.0, 1.0, 2.0, 3.0, 3.0]);
    assert_eq!(over(names::PHASE_TURNS, acts()), [1.0, 2.0, 1.0, 1.0, 2.0]);
    assert_eq!(over(names::KEY_STEP, acts()), [0.0, 0.0, 0.0, 1.0, 1.0]);
}

#[test]
fn pace_is_measured_against_the_limit() {
    let acts = || actions(&["a", "b"]);
    assert_eq!(over(names::TURN_SHARE, acts()), [0.125, 0.25]);
    assert_eq!(over(names::TURNS_LEFT, acts()), [7.0, 6.0]);
    assert_eq!(over(names::TURN_TOKENS, acts()), [1.0, 2.0]);
    assert_eq!(over(names::PROMPT_TOKENS, acts()), [10.0, 10.0]);
    assert_eq!(over(names::TURN_SECONDS, acts()), [1.5, 1.5]);
    assert!(over(names::TOKENS_TREND, actions(&["a"; 5]))[4] > 0.0);
}

/// The values of a signal over replies with these statistics and this text; -1 where it is absent.
fn spoken(name: &str, replies: &[(&str, f64)]) -> Vec<f64> {
    let mut meter = Meter::new(&versions([name.to_owned()]));
    let measured = replies.iter().map(|(text, value)| {
        let mut facts = turn(1, "a", "", 0, "");
        let stats = TokenStats { entropy_mean: Some(*value), logprob_mean: Some(-value) };
        meter.measure(&mut facts, Spoken { reply: text, thought: text, stats, states: None }, None);
        facts.signal(name).unwrap_or(-1.0)
    });
    measured.collect()
}

#[test]
fn likelihoods_come_from_the_replies_statistics() {
    let replies = [1.0, 2.0, 3.0, 4.0].map(|value| ("", value));
    assert_eq!(spoken(names::ENTROPY, &replies), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(spoken(names::LOGPROB, &replies[..1]), [-1.0]);
    assert_eq!(spoken(names::ENTROPY_SLOPE, &replies), [-1.0, -1.0, -1.0, 1.0]);
    assert!((spoken(names::LOGPROB_SLOPE, &replies)[3] + 1.0).abs() < 1e-12);
    // Scaled 0 and 1: weights exp(0) and exp(-1) over their mean.
    let (clear, muddled) = (1.0, (-1.0_f64).exp());
    let mean = (clear + muddled) / 2.0;
    let weights = spoken(names::STEP_WEIGHT, &replies[..2]);
    assert!(weights[0] == -1.0 && (weights[1] - muddled / mean).abs() < 1e-6);
    let quality = spoken(names::STEP_QUALITY, &replies[..3]);
    assert!(quality[1] == -1.0 && (quality[2] - (muddled / mean + 0.05 * muddled)).abs() < 1e-6);
}

#[test]
fn what_the_model_states_is_read() {
    let replies = [
        ("CONFIDENCE_SCORE: 85 sure\nTURNS_NEEDED: 2-6\nls", 0.0),
        ("TURNS_NEEDED: impossible", 0.0),
        ("CONFIDENCE_SCORE: 850", 0.0),
    ];
    assert_eq!(spoken(names::STATED_CONFIDENCE, &replies), [0.85, -1.0, -1.0]);
    assert_eq!(spoken(names::STATED_TURNS, &replies), [6.0, -1.0, -1.0]);
    assert_eq!(spoken(names::STATED_IMPOSSIBLE, &replies), [0.0, 1.0, 0.0]);
    let words = "maybe one two three four ".repeat(10);
    assert_eq!(spoken(names::RICHNESS, &[(&words, 0.0), ("", 0.0)]), [0.1, 0.1]);
    assert_eq!(spoken(names::HEDGES, &[("wait", 0.0), (&words, 0.0)])[0], -1.0);
    assert_eq!(spoken(names::HEDGES, &[(&words, 0.0)]), [0.2]);
}

#[test]
fn measuring_complete_facts_again_changes_nothing() {
    let all = versions(signals().map(|signal| signal.name.to_owned()));
    let (mut first, mut second) = (Meter::new(&all), Meter::new(&all));
    for mut facts in actions(&["ls", "", "pytest a.py", "pytest a.py"]) {
        facts.signals.push((names::PROBE.to_owned(), 0.5));
        first.measure(&mut facts, Spoken::default(), Some(9));
        assert!(facts.signal(names::PROBE).is_some() && facts.signals.is_sorted());
        let once = facts.clone();
        second.measure(&mut facts, Spoken::default(), Some(9));
        assert_eq!(facts, once);
    }
}

#[test]
fn every_signal_is_on_the_page_as_it_is_here() {
    let page = include_str!("../../../../docs/signals.md");
    let rows: Vec<String> = signals()
        .map(|Signal { name, version, what, source, .. }| {
            format!("| `{name}` | {version} | {what} | {source} |\n")
        })
        .collect();
    let missing: Vec<&String> = rows.iter().filter(|row| !page.contains(row.as_str())).collect();
    let missing = missing.into_iter().map(String::as_str).collect::<String>();
    assert!(missing.is_empty(), "docs/signals.md lacks\n{missing}");
    let mut names: Vec<_> = signals().map(|signal| signal.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), page.matches("\n| `").count()), (rows.len(), rows.len()));
}

/// Each signal by itself over turns that lack what it is not measured from.
#[test]
fn a_signal_is_measured_from_what_it_says() {
    let steps = [
        ("cat a.py", "x = 1", 0, ""),
        ("sed -i s/1/2/ a.py", "", 0, "d1"),
        ("pytest -q", "1 failed, 2 passed", 1, "d1"),
        ("pytest -q", "1 failed, 2 passed", 1, "d1"),
        ("sed -i s/2/3/ b.py", "TURNS_NEEDED", 2, "d2"),
        ("pytest -q", "3 passed", 0, "d2"),
        ("", "no command", 0, "d2"),
        ("cat a.py", "x = 1", 0, "d1"),
    ];
    let said = "TURNS_NEEDED: 2-3 CONFIDENCE_SCORE: 70 maybe it is one of so many words ".repeat(6);
    for signal in signals().filter(|signal| signal.origin == Origin::Facts) {
        let reads = reads(signal);
        let (mut whole, mut bare) = (meter_of(signal), meter_of(signal));
        for number in 1..=24 {
            let (action, seen, exit, digest) = steps[number % steps.len()];
            let number = u32::try_from(number).unwrap();
            let stats = TokenStats { entropy_mean: Some(1.0 / f64::from(number)), logprob_mean: Some(-0.5) };
            let mut all = turn(number, action, seen, exit, digest);
            let text = |read: bool| if read { said.as_str() } else { "" };
            whole.measure(&mut all, Spoken { reply: &said, thought: &said, stats, states: None }, Some(30));
            let seen = if reads.observation { seen } else { "" };
            let mut some = turn(number, action, seen, exit, digest);
            if let (Action::Shell(command), false) = (&mut some.action, reads.action) {
                command.clear();
            }
            let spoken =
                Spoken { reply: text(reads.reply), thought: text(reads.thought), stats, states: None };
            bare.measure(&mut some, spoken, Some(30));
            assert_eq!(all.signal(signal.name), some.signal(signal.name), "{} on turn {number}", signal.name);
        }
    }
}

fn meter_of(signal: &Signal) -> Meter {
    Meter::new(&[(signal.name.to_owned(), signal.version)].into())
}
