//! `turnwise claims`: claims of the literature held against recorded runs.

use std::fs;

use serde_json::{Value, json};

use crate::{place::Place, trade::large};

/// Eighty runs of the plain shape: every second fails, repeats itself while it does, and takes longer.
fn recorded() -> Place {
    let place = Place::new("true");
    let runs = (0..80).map(|number| {
        let fails = number % 2 == 1;
        let turns = if fails { 12 + number % 5 } else { 5 + number % 4 };
        let step = |turn: usize| {
            let command = if fails && turn > 2 { "pytest".to_owned() } else { format!("cat file_{turn}.py") };
            json!({ "n": turn, "act": command, "obs": format!("output {turn}"), "rc": usize::from(fails && turn > 3), "tin": 100 * turn, "tout": 10 })
        };
        let run = json!({
            "set": "toy", "run": number.to_string(), "task": format!("t{}", number / 2 % 20 + 20 * (number % 2)), "model": "m", "agent": "a",
            "resolved": !fails, "exit": "submitted", "steps": (1..=turns).map(step).collect::<Vec<_>>(),
        });
        run.to_string()
    });
    fs::write(place.path("runs.jsonl"), runs.collect::<Vec<_>>().join("\n")).unwrap();
    let ran = place.turnwise("import turns runs.jsonl");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    place
}

fn finding<'a>(claims: &'a Value, name: &str) -> &'a Value {
    claims["findings"].as_array().unwrap().iter().find(|finding| finding["claim"] == name).unwrap()
}

#[test]
fn every_claim_has_a_verdict_and_the_same_seed_the_same_words() {
    let place = recorded();
    let ran = place.turnwise("claims latest --splits 4 --draws 50 --json");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let claims = ran.json();
    assert!(
        claims["accounting"]
            .as_str()
            .unwrap()
            .starts_with("80 trials (40 solved, 40 not) of 40 tasks by 1 configurations")
    );
    for finding in claims["findings"].as_array().unwrap() {
        let verdict = finding["verdict"].as_str().unwrap();
        assert!(["confirmed", "refuted", "undecided"].contains(&verdict), "{finding}");
        assert!(
            !finding["found"].as_str().unwrap().is_empty() && !finding["source"].as_str().unwrap().is_empty()
        );
    }
    let savings = &finding(&claims, "beats-duration")["numbers"];
    let monitors = savings["monitors"].as_array().unwrap();
    assert!(monitors.iter().any(|row| row["monitor"] == "action_repeat, any"), "{savings}");
    // Nobody recorded the state of the work: what is measured from it is no signal here.
    assert!(!monitors.iter().any(|row| row["monitor"].as_str().unwrap().starts_with("no_change")));
    assert!(savings["chosen"]["savings"][2]["detected"]["value"].as_f64().unwrap() > 0.9, "{savings}");
    assert!(savings["duration"]["savings"][2]["tokens"]["lo"].is_number(), "{savings}");
    assert_eq!(finding(&claims, "failures-claim-success")["numbers"]["submitted"], 40);
    assert_eq!(finding(&claims, "length-reverses")["verdict"], "undecided");
    let text = |words: &str| {
        let ran = place.turnwise(&format!("claims latest --splits 4 --draws 50 {words}"));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.out
    };
    assert_eq!(text(""), text(""));
    assert!(text("").contains("\nbeats-duration: "));
    assert!(text("--markdown").contains("\n### `beats-duration`: "));
    assert_ne!(text("--seed 1"), text(""));
}

#[test]
fn what_cannot_be_looked_at_is_said() {
    let place = recorded();
    assert_eq!(place.turnwise("claims nowhere").code, Some(4));
    let ran = place.turnwise("claims latest --of nobody");
    assert_eq!(ran.code, Some(4));
    assert!(ran.err.contains("there are recorded"), "{}", ran.err);
    assert_eq!(place.turnwise("claims latest --splits 0").code, Some(2));
    fs::write(place.path("open.jsonl"), r#"{"task": "a", "steps": [{"act": "ls"}]}"#).unwrap();
    assert_eq!(place.turnwise("import turns open.jsonl --db open.db").code, Some(0));
    let ran = place.turnwise("claims latest --db open.db");
    assert_eq!(ran.code, Some(4));
    assert!(ran.err.contains("no finished trial has a turn and a known outcome"), "{}", ran.err);
}

#[test]
fn runs_of_our_own_are_looked_at_as_others_are() {
    let place = Place::new("ls");
    let ran = place.turnwise(&place.scripted("compare -q --policies unlimited,fixed"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let claims = place.turnwise("claims latest --splits 2 --draws 20 --json").json();
    // Those of `unlimited` only: the others were cut.
    assert!(
        claims["accounting"].as_str().unwrap().starts_with("6 trials (4 solved, 2 not) of 6 tasks"),
        "{claims}"
    );
    let found = finding(&claims, "beats-duration")["found"].as_str().unwrap();
    assert!(found.contains("every threshold is `never`"), "{found}");
}

#[test]
fn recorded_runs_of_mini_swe_agent_lose_at_a_cap_what_they_are_known_to_lose() {
    let Some(file) = large("mini_deepseek_lite.jsonl.gz") else { return };
    let place = Place::new("true");
    assert_eq!(place.turnwise(&format!("import turns {file}")).code, Some(0));
    let claims = place.turnwise("claims latest --splits 1 --draws 20 --json").json();
    let caps = finding(&claims, "turn-cap")["numbers"].as_array().unwrap().clone();
    let p75 = caps.iter().find(|cap| cap["cap"] == "p75").unwrap();
    assert_eq!((&p75["turns"], &p75["solved_lost"]), (&json!(96), &json!(88 - 66)));
}
