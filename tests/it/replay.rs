//! `turnwise replay`: the recorded verdicts to the bit, and what other policies would have made of the same turns.

use crate::place::{Place, TASKS};

/// The toy suite under three policies with rules.
fn recorded() -> Place {
    let place = Place::new("ls");
    let ran =
        place.turnwise(&place.scripted("compare -q --policies unlimited,fixed,repeat,same-error,spinning"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    place
}

fn change(place: &Place, sql: &str) {
    let script =
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()";
    let path = place.path("turnwise.db");
    let changed = std::process::Command::new("python3").args(["-c", script]).arg(&path).arg(sql).status();
    assert!(changed.unwrap().success());
}

#[test]
fn deciding_again_gives_the_recorded_verdicts_to_the_bit() {
    let place = recorded();
    let ran = place.turnwise("replay latest --check --json");
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let found = ran.json();
    let turns: u64 = place.ask("SELECT count(*) FROM v_turns")[0].parse().unwrap();
    assert_eq!((found["turns"].as_u64(), found["trials"].as_u64()), (Some(turns), Some(5 * TASKS as u64)));
    assert_eq!(found["different"], serde_json::json!([]));
    // Trials of one policy may have been run under different numbers: each is held against its own.
    change(
        &place,
        "INSERT INTO policies SELECT 1, name, replace(resolved, '\"turns\":{\"start\":', '\"turns\":{\"start\":1') FROM policies WHERE name = 'fixed'; \
         UPDATE trials SET policy = 1 WHERE id = (SELECT t.id FROM trials t JOIN policies p ON p.id = t.policy \
           WHERE p.name = 'fixed' AND t.ending = 'submitted' LIMIT 1)",
    );
    let ran = place.turnwise("replay latest --check --json");
    assert_eq!((ran.code, &ran.json()["different"]), (Some(0), &serde_json::json!([])), "{}", ran.err);
    // A verdict that was tampered with is found.
    change(
        &place,
        "UPDATE turns SET verdict = 'remind' WHERE rowid = (SELECT max(rowid) FROM turns WHERE verdict = 'continue' AND turn = 1)",
    );
    let ran = place.turnwise("replay latest --check");
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains(": 1 differ") && ran.out.contains("attempt 1 turn 1"), "{}", ran.out);
}

#[test]
fn a_replayed_policy_ends_where_the_live_one_did() {
    let place = recorded();
    // The script does not read its prompts, so the live runs are the unlimited ones, cut.
    for policy in ["fixed", "repeat", "same-error", "spinning"] {
        let ran = place.turnwise(&format!("replay latest --policy {policy} --json"));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let found = &ran.json()[0];
        let live = place.ask(&format!(
            "SELECT sum(turns), sum(prompt_tokens + decode_tokens), count(*) FROM v_trials WHERE policy = '{policy}'"
        ));
        let numbers = ["turns_replayed", "tokens_replayed", "trials"].map(|key| found[key].to_string());
        assert_eq!(numbers.join(","), live[0], "{policy}");
        let unlimited = place.ask("SELECT sum(turns), sum(solved) FROM v_trials WHERE policy = 'unlimited'");
        assert_eq!(format!("{},{}", found["turns_recorded"], found["solved_recorded"]), unlimited[0]);
        assert_eq!(found["lower_bound"], policy == "fixed");
        let stopped = place.ask(&format!(
            "SELECT count(*) FROM v_trials WHERE policy = '{policy}' AND ending IN ('turn_limit', 'stopped')"
        ));
        assert_eq!(found["stopped"].to_string(), stopped[0], "{policy}");
    }
    // A limited run says nothing about what lies beyond its limit.
    let beyond = place.turnwise("replay latest --policy unlimited --of fixed --json").json();
    let cut = place.ask("SELECT count(*) FROM v_trials WHERE policy = 'fixed' AND ending = 'turn_limit'");
    assert_eq!(beyond[0]["censored"].to_string(), cut[0]);
    let ran = place.turnwise("replay latest --policy fixed --of nobody");
    assert_eq!(ran.code, Some(4));
    assert!(ran.err.contains("there are fixed, repeat, same-error, spinning, unlimited"), "{}", ran.err);
}
