//! Replies that are computed once: the same rows with and without, and what was saved.

use crate::place::{Place, sandbox};

/// Every recorded column but times, ids and whether the reply was known.
const TURNS: &str = "SELECT r.task, r.policy, u.attempt, u.turn, u.thought, u.action_kind, u.action, u.observation, u.exit_code, \
                     u.prompt_tokens, u.prefill_tokens, u.decode_tokens, u.entropy_mean, u.logprob_mean, u.patch_lines, \
                     u.verdict, u.patch_digest, u.asks_more, u.finish, u.reply \
                     FROM v_turns u JOIN v_trials r ON r.trial_id = u.trial_id ORDER BY 1, 2, 3, 4";
const TRIALS: &str = "SELECT task, policy, ending, stop_rule, solved, turns, turn_limit, extensions, reminders, \
                      prompt_tokens, prefill_tokens, decode_tokens FROM v_trials ORDER BY task, policy";
const VOTES: &str = "SELECT r.task, r.policy, v.turn, v.rule, v.verdict, v.score, v.threshold \
                     FROM v_verdicts v JOIN v_trials r ON r.trial_id = v.trial_id ORDER BY 1, 2, 3, 4";

/// Stop rules that differ late, and one that reminds: from there on it says other words.
const POLICIES: &str = "unlimited,repeat,no-change,spinning,window,reminder --set reminder.reminder.gap=2 --set reminder.reminder.recharge=1.0";

fn of(policies: &str, words: &str) -> String {
    format!(
        "{words} pocket --policies {policies} --limit 2 --turn-limit 8 --set sampling.temperature=0.8 --sandbox {} --json -q",
        sandbox()
    )
}

fn line(words: &str) -> String {
    of(POLICIES, words)
}

fn rows(place: &Place) -> [Vec<String>; 3] {
    [TURNS, TRIALS, VOTES].map(|sql| place.ask(sql))
}

#[test]
fn a_comparison_is_the_same_with_and_without_known_replies() {
    let without = Place::with_shipped_suites();
    let ran = without.turnwise(&line("compare --no-reply-cache"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let all = ran.json()["replies"].clone();
    assert_eq!(all["reused"], 0);
    let expected = rows(&without);
    assert!(expected[1].iter().any(|trial| trial.contains(",reminder,")), "{:?}", expected[1]);

    let with = Place::with_shipped_suites();
    let ran = with.turnwise(&line("compare"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(rows(&with), expected);
    // What was computed and what was not are together what it would have taken.
    let replies = ran.json()["replies"].clone();
    let number = |key: &str| replies[key].as_u64().unwrap();
    assert_eq!(number("computed_tokens") + number("reused_tokens"), all["computed_tokens"].as_u64().unwrap());
    assert!(number("reused") > number("computed"), "{replies}");
    let reused = with.ask("SELECT sum(reused), count(*) - sum(reused) FROM v_turns");
    assert_eq!(reused, [format!("{},{}", number("reused"), number("computed"))]);
    // A reply that is known took what it took.
    let times = "SELECT count(DISTINCT u.model_ms) FROM v_turns u JOIN v_trials r ON r.trial_id = u.trial_id \
                 WHERE u.turn = 1 GROUP BY r.task";
    assert!(with.ask(times).iter().all(|count| count == "1"), "{:?}", with.ask(times));

    // Other trials of the same database know them, too; done again, nothing is computed.
    let more = with.turnwise(&of("alternation", "run"));
    assert_eq!(more.code, Some(0), "{}", more.err);
    let computed = "SELECT count(*) FROM v_turns u JOIN v_trials r ON r.trial_id = u.trial_id WHERE r.policy = 'alternation' AND NOT u.reused";
    assert_eq!(with.ask(computed), ["0"]);
}

#[test]
fn a_run_that_was_cut_off_comes_out_the_same() {
    let whole = Place::with_shipped_suites();
    let ran = whole.turnwise(&line("compare --no-reply-cache"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let place = Place::with_shipped_suites();
    for turns in [2, 9, 25] {
        let mut child = place.begin(&line("compare -w 3"));
        place.wait_for_turns(turns);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let ended = place.turnwise(&line("compare"));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_eq!(rows(&place), rows(&whole));
    assert_eq!(place.ask("SELECT max(attempts) FROM v_trials"), ["1"]);
}

#[test]
fn models_that_recite_are_not_asked_twice_for_nothing() {
    let place = Place::new("ls");
    let ran = place.turnwise(&place.scripted("compare -q --policies unlimited,repeat --json"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.json()["replies"]["reused"], 0);
}
