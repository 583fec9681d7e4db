//! Trials with several attempts, from the command to the database.

use std::fs;

use crate::place::{Place, TASKS};

/// The toy suite under a policy of two turns and a second attempt behind its limit.
fn retried() -> Place {
    let place = Place::new("ls");
    let policy = "summary = 'two turns, twice'\n[budget]\nkind = 'fixed'\nlimit = 2\nreminders = 'never'\n\
                  [attempts]\nmost = 2\nafter = ['limit']\ntell = 'Once more.'";
    fs::write(place.path("twice.toml"), policy).unwrap();
    let ran = place.turnwise(&place.scripted("compare -q --policies unlimited,twice.toml"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    place
}

#[test]
fn another_attempt_follows_a_limit_and_all_of_it_is_in_the_database() {
    let place = retried();
    let trials =
        "SELECT count(*), sum(attempts), min(counted), max(counted) FROM v_trials WHERE policy = 'twice'";
    // Task 0 takes three turns, all others more, so each trial has two attempts; the work of the last that left any counts.
    assert_eq!(place.ask(trials), [format!("{TASKS},{},2,2", 2 * TASKS)]);
    let attempts = "SELECT attempt, place, a.ending, from_attempt, count(*) FROM v_attempts a JOIN v_trials t
                    USING (trial_id) WHERE policy = 'twice' GROUP BY 1, 2, 3, 4";
    assert_eq!(place.ask(attempts), [format!("1,1,turn_limit,,{TASKS}"), format!("2,2,turn_limit,,{TASKS}")]);
    // The tokens of every attempt are the trial's.
    let cost = "SELECT count(*) FROM v_trials t WHERE policy = 'twice' AND turns <> 4";
    assert_eq!(place.ask(cost), ["0"]);
    let told =
        "SELECT count(*) FROM v_messages WHERE content LIKE '%Once more.' AND attempt = 2 AND turn = 1";
    assert_eq!(place.ask(told), [TASKS.to_string()]);
    // Trials of several attempts are no baseline.
    let trial =
        place.ask("SELECT trial_id FROM v_trials WHERE policy = 'twice' AND task = 'toy-1'")[0].clone();
    let shown = place.turnwise(&format!("show {trial}"));
    assert!(shown.out.contains("══ attempt 1: turn_limit"), "{}", shown.out);
    assert!(shown.out.contains("══ attempt 2: turn_limit; its work counts"), "{}", shown.out);
    let again = place.turnwise(&place.scripted("compare -q --policies unlimited,twice.toml"));
    assert_eq!(again.code, Some(0), "{}", again.err);
}

#[test]
fn every_verdict_of_every_attempt_comes_out_again() {
    let place = retried();
    let ran = place.turnwise("replay latest --check --json");
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert_eq!(ran.json()["different"], serde_json::json!([]));
}

#[test]
fn settings_that_cannot_hold_together_are_one_line() {
    let place = Place::new("ls");
    let faults = [
        (
            "[restart]\nsignal = 'error_share'\nfires = 'above'\nthreshold = 0.5",
            "the live rule `restart` has nothing to start again; add `[attempts]` with `kind = \"retry\"`",
        ),
        ("[gate]\nunit = 'turns'", "`[gate]` has no live rule to hold back"),
        ("[attempts]\nkind = 'paralel'", "give it \"retry\" or \"agree\" or \"parallel\""),
        (
            "[attempts]\nkind = 'parallel'\ncount = 2\nfinish = 3",
            "no more attempts can finish than there are",
        ),
    ];
    for (lines, expected) in faults {
        fs::write(place.path("odd.toml"), format!("summary = 's'\n[budget]\nkind = 'unlimited'\n{lines}"))
            .unwrap();
        let ran = place.turnwise("policy check odd.toml");
        assert_eq!(ran.code, Some(13), "{}", ran.err);
        assert!(ran.err.contains(expected) && ran.err.trim_end().lines().count() == 1, "{}", ran.err);
    }
}

#[test]
fn a_gate_without_evidence_is_shut_and_says_so_on_every_turn_that_it_holds_back() {
    let place = Place::new("ls");
    let policy = "summary = 's'\n[budget]\nkind = 'unlimited'\n[gate]\nunit = 'turns'\n[repeat]\ntimes = 2";
    fs::write(place.path("gated-repeat.toml"), policy).unwrap();
    let ran = place.turnwise(&place.scripted("compare -q --policies unlimited,gated-repeat.toml"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let held = "SELECT count(*) > 0, min(verdict), max(verdict), max(score) < 0 FROM v_verdicts WHERE rule = 'makespan'";
    assert_eq!(place.ask(held), ["1,continue,continue,1"]);
    assert_eq!(place.ask("SELECT count(*) FROM v_trials WHERE ending = 'stopped'"), ["0"]);
    let check = place.turnwise("replay latest --check");
    assert_eq!(check.code, Some(0), "{}{}", check.out, check.err);
}
