//! From recorded runs to probes, thresholds and progress, and back into policies, with the pocket model.

use std::fs;

use serde_json::Value;

use crate::place::{Place, Ran, sandbox};

/// How many tasks are learned from: as few as have both outcomes in every part.
const TASKS: usize = 24;

/// A policy with what was learned, which only watches.
const POLICY: &str = "summary = 'watches'\n[budget]\nkind = 'unlimited'\n[learned]\nfiles = ['l/pass.json', 'l/progress.json']\n\
    [submit_now]\nfile = 'l/pass.toml'\ndelta = 0.2\nshadow = true\n[think]\nprobe = 'l/think.json'\nfile = 'l/think.toml'\nshadow = true\n";

fn ok(place: &Place, line: &str) -> Ran {
    let ran = place.turnwise(line);
    assert_eq!(ran.code, Some(0), "{line}: {}", ran.err);
    ran
}

/// A place in which a run is labelled, and everything was learned from it.
fn learned() -> Place {
    let place = Place::with_shipped_suites();
    let kind = sandbox();
    ok(
        &place,
        &format!("run pocket-learn --limit {TASKS} --policy unlimited --keep-states --sandbox {kind} -q"),
    );
    let live = place.ask("SELECT trial_id, turn, bytes FROM v_states ORDER BY 1, 2");
    let label = ok(&place, &format!("learn label latest --sandbox {kind} --json -q"));
    let found: Value =
        serde_json::from_str(label.out.rsplit_once("\n{").map_or(&*label.out, |(_, last)| last))
            .or_else(|_| serde_json::from_str(&format!("{{{}", label.out.rsplit_once("\n{").unwrap().1)))
            .unwrap();
    assert!(found["cues"].as_u64().unwrap() > 20 && found["failed"] == 0, "{found}");
    // What is gone through once more is what was kept live.
    let again = place.ask("SELECT trial_id, turn, bytes FROM v_states WHERE place = -1 ORDER BY 1, 2");
    assert_eq!(live, again);
    let known = "SELECT count(*) FROM v_exits WHERE because = 'same' AND as_good = 0";
    assert_eq!(place.ask(known), ["0"]);
    for (what, kind) in [("pass", "logistic"), ("think", "logistic")] {
        ok(&place, &format!("learn probe latest --predict {what} --kind {kind} -o l/{what}"));
        ok(&place, &format!("learn calibrate latest --with l/{what}.json -o l/{what}.toml"));
    }
    ok(&place, "learn progress latest -o l/progress");
    for line in [
        "learn probe latest --predict pass -o l/pass --if-due",
        "learn calibrate latest --with l/pass.json -o l/pass.toml --if-due",
        "learn progress latest -o l/progress --if-due",
    ] {
        let kept = ok(&place, line);
        assert!(
            kept.err.contains("Kept l/") && kept.err.contains("and it is made anew from"),
            "{line}: {}",
            kept.err
        );
    }
    place
}

#[test]
fn what_is_learned_from_runs_is_watched_recorded_and_decided_again() {
    let place = learned();
    fs::write(place.path("mine.toml"), POLICY).unwrap();
    let kind = sandbox();
    ok(&place, &format!("run pocket --limit 3 --policy mine.toml --sandbox {kind} -q"));
    for signal in ["probe", "progress", "attribution", "think_cues"] {
        let sql = format!("SELECT count(*) > 6, min(value) >= -1 FROM v_signals WHERE signal = '{signal}'");
        assert_eq!(place.ask(&sql), ["1,1"], "{signal}");
    }
    ok(&place, "replay latest --check -q");
    // The credits of an attempt add up to its progress, and a signal that was worked out later is the one that was seen live.
    let sums = "SELECT max(abs(progress - total)) < 1e-6 FROM (SELECT progress, sum(attribution) OVER (PARTITION BY trial_id \
                ORDER BY turn) AS total FROM v_turns WHERE progress IS NOT NULL)";
    assert_eq!(place.ask(sums), ["1"]);
    let live = place.ask("SELECT trial_id, turn, value FROM v_signals WHERE signal = 'probe' ORDER BY 1, 2");
    ok(&place, "learn label latest --no-cues -q");
    ok(&place, "learn score latest --with l/pass.json -q");
    let both =
        place.ask("SELECT trial_id, turn, value FROM v_signals WHERE signal = 'probe' ORDER BY 1, 2, 3");
    let later: Vec<&String> = both.iter().step_by(2).collect();
    assert_eq!(later, live.iter().collect::<Vec<_>>());
    // A run with a probe that looks at states is the same with every reply computed.
    let turns = "SELECT r.task, u.turn, u.action, u.prompt_tokens, u.decode_tokens FROM v_turns u \
                 JOIN v_trials r ON r.trial_id = u.trial_id WHERE r.policy = 'mine' ORDER BY 1, 2";
    let before = place.ask(turns);
    ok(
        &place,
        &format!(
            "run pocket --limit 3 --policy mine.toml --sandbox {kind} -q --no-reply-cache --redo-existing"
        ),
    );
    assert_eq!(place.ask(turns), before);

    refusals(&place);
    values(&place);
}

/// What was learned is in the record by its hashes only: a run that goes on brings it again.
#[test]
fn a_run_with_a_learned_policy_that_is_killed_goes_on_as_if_it_had_not_been() {
    let line = format!("run pocket --limit 6 --policy lynx-submit -w 2 -q --sandbox {}", sandbox());
    let turns = "SELECT t.task, u.attempt, u.turn, u.action, u.verdict FROM v_turns u JOIN v_trials t USING (trial_id) ORDER BY 1, 2, 3";
    let whole = Place::with_shipped_suites();
    ok(&whole, &line);
    let cut = Place::with_shipped_suites();
    for count in [3, 20] {
        let mut child = cut.begin(&line);
        cut.wait_for_turns(count);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    ok(&cut, &line);
    assert_eq!(cut.ask(turns), whole.ask(turns));
    assert!(cut.ask("SELECT count(*) > 0 FROM v_trials WHERE ending = 'stopped'") == ["1"]);
}

/// Runs drawn from behind recorded turns say what it was worth to stand there, once.
fn values(place: &Place) {
    let (run, kind) =
        (place.ask("SELECT run_id FROM v_trials WHERE suite = 'pocket-learn' LIMIT 1").remove(0), sandbox());
    let line = format!("learn values {run} --sample 2 --forks 2 --sandbox {kind} --json -q");
    let found: Value = serde_json::from_str(&ok(place, &line).out).unwrap();
    let turns: u64 = place
        .ask("SELECT sum(turns) FROM v_trials WHERE trial_id IN (SELECT trial_id FROM v_values)")
        .remove(0)
        .parse()
        .unwrap();
    assert_eq!((found["trials"].as_u64(), found["values"].as_u64()), (Some(2), Some(turns)), "{found}");
    assert_eq!((found["forks"].as_u64(), found["strayed"].as_u64()), (Some(2 * turns), Some(0)), "{found}");
    let sound = "SELECT count(*), min(turn), max(forks), min(score) >= 0, max(value) <= 1 FROM v_values";
    assert_eq!(place.ask(sound), [format!("{turns},0,2,1,1")]);
    let again: Value = serde_json::from_str(&ok(place, &line).out).unwrap();
    assert_eq!((again["values"].as_u64(), again["forks"].as_u64()), (Some(0), Some(0)), "{again}");
    assert!(ok(place, "query pivotal-turns --format jsonl").out.lines().count() <= 2);
    let greedy = place.turnwise(&format!("{line} --temperature 0"));
    assert_eq!(greedy.code, Some(2), "{}", greedy.err);
}

/// Each wrong use is one clear line and exit code 13.
fn refusals(place: &Place) {
    let refused = |line: &str, says: &str| {
        let ran = place.turnwise(line);
        assert_eq!(ran.code, Some(13), "{line}: {}", ran.err);
        assert!(ran.err.contains(says) && ran.err.trim().lines().count() == 1, "{line}: {}", ran.err);
    };
    let run = place.ask("SELECT run_id FROM v_trials WHERE suite = 'pocket-learn' LIMIT 1").remove(0);
    let from = format!("learn probe {run} -o l/x -q");
    refused(&format!("{from} --no-states --scalars turn_share"), "varies");
    refused(&format!("{from} --predict exit --kind logistic"), "gate");
    refused("run toy.jsonl --policy mine.toml --model scripted:script.jsonl -q", "was made for another use");
    let card = fs::read_to_string(place.path("l/pass.json")).unwrap();
    let weights = fs::read(place.path("l/pass.safetensors")).unwrap();
    fs::write(place.path("l/pass.safetensors"), &weights[..weights.len() / 2]).unwrap();
    refused("run pocket --policy mine.toml -q", "pass.safetensors");
    fs::write(place.path("l/pass.safetensors"), &weights).unwrap();
    let hash = card.split("\"model_hash\": \"").nth(1).unwrap()[..64].to_owned();
    fs::write(place.path("l/pass.json"), card.replace(&hash, &"0".repeat(64))).unwrap();
    refused("run pocket --limit 1 --policy mine.toml -q", "model hash 000000000000");
    refused(&format!("learn calibrate {run} --with l/pass.json -o l/y.toml -q"), "was made for another use");
    assert_eq!(
        place
            .turnwise(&format!("learn calibrate {run} --with l/pass.json -o l/y.toml -q --allow-shift"))
            .code,
        Some(0)
    );
    fs::write(place.path("l/pass.json"), "{").unwrap();
    refused("learn score latest --with l/pass.json -q", "pass.json");
    assert_eq!(place.turnwise(&format!("{from} --scalars entrpy")).code, Some(2));
}

#[test]
fn all_policies_are_those_that_can_be_used_and_one_that_is_named_must_be() {
    let place = Place::with_shipped_suites();
    let all = place.turnwise("compare pocket --policies all --model gold --limit 1 --dry-run");
    assert_eq!(all.code, Some(0), "{}", all.err);
    assert!(all.err.contains("left out `lynx-submit`: "), "{}", all.err);
    assert!(all.out.contains("  repeat  ") && !all.out.contains("  lynx-submit  "), "{}", all.out);
    let named = place.turnwise("compare pocket --policies all,lynx-submit --model gold --limit 1 --dry-run");
    assert_eq!(named.code, Some(13), "{}", named.err);
}
