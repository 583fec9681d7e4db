//! The main job, and looking at what it left.

use serde_json::Value;

use crate::place::{Place, TASKS};

#[test]
fn three_policies_are_compared_and_the_second_time_nothing_is_run() {
    let place = Place::new("ls");
    let line = place.scripted("compare");
    let first = place.turnwise(&format!("{line} --json"));
    assert_eq!(first.code, Some(0), "{}", first.err);
    let found = first.json();
    let columns: Vec<&str> =
        found["policies"].as_array().unwrap().iter().map(|row| row["policy"].as_str().unwrap()).collect();
    assert_eq!(columns, ["unlimited", "fixed", "dynamic"]);
    assert_eq!((found["tasks"].as_u64(), found["seeds"].as_u64()), (Some(TASKS as u64), Some(1)));
    assert_eq!(found["policies"][0]["solved"], 4);
    assert_eq!(found["pairs"].as_array().unwrap().len(), 2);
    // Turns are 3, 4, 4, 6, 7, 7: p75 is 7 and p25 is 4.
    assert_eq!(place.ask("SELECT DISTINCT turn_limit FROM v_trials WHERE policy = 'fixed'"), ["7"]);
    let extended =
        place.ask("SELECT task, turns, extensions FROM v_trials WHERE policy = 'dynamic' ORDER BY task");
    assert_eq!(extended, ["toy-0,3,0", "toy-1,4,0", "toy-2,4,0", "toy-3,6,1", "toy-4,7,1", "toy-5,7,1"]);

    let second = place.turnwise(&line);
    assert_eq!(second.code, Some(0), "{}", second.err);
    assert!(second.err.contains("is complete"), "{}", second.err);
    assert!(second.out.contains("against unlimited"), "{}", second.out);
    assert_eq!(place.ask("SELECT count(*) FROM v_trials"), [(3 * TASKS).to_string()]);
}

#[test]
fn a_model_can_be_looked_at_before_it_is_run() {
    let place = Place::new("ls");
    let shown = place.turnwise("model show");
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    assert!(shown.out.contains("3345472 in BF16"), "{}", shown.out);
    assert!(shown.out.contains("5 of width 256, each can be watched"), "{}", shown.out);
    let facts = &place.turnwise("model show --json").json()["facts"];
    assert_eq!((facts["family"].as_str(), facts["position_bytes"].as_u64()), (Some("qwen3"), Some(5_120)));
    assert!(place.turnwise("model show --model gold --json").json()["facts"].is_null());
}

#[test]
fn what_a_run_left_can_be_looked_at() {
    let place = Place::new("ls");
    let run = place.turnwise(&place.scripted("run --policy repeat -q"));
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(run.err, "");
    let id = run.out.trim();
    assert_eq!(id.len(), 8);

    let runs = place.turnwise("show --json").json();
    assert_eq!((runs[0]["run_id"].as_str(), runs[0]["finished"].as_u64()), (Some(id), Some(TASKS as u64)));
    let shown = place.turnwise(&format!("show {}", &id[..5]));
    assert!(shown.out.contains("stopped (repeat)"), "{}", shown.out);
    let trial = place.turnwise(&format!("show {id}-6"));
    assert!(trial.out.contains("$ ls\nlib.py\n→ stop · repeat says stop"), "{}", trial.out);
    let turn = place.turnwise(&format!("show {id}-1 --turn 1 --json")).json();
    assert_eq!(turn["turns"][0]["prompt"][0]["content"], "f(x) in lib.py should be x + 1.");

    let endings = place.turnwise("query endings --format jsonl");
    let rows: Vec<Value> = endings.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        rows.iter().any(|row| row["ending"] == "stopped" && row["stop_rule"] == "repeat"),
        "{}",
        endings.out
    );
    let policy = place.turnwise("policy show repeat");
    assert!(policy.out.contains("3 times in a row"), "{}", policy.out);
}

#[test]
fn a_suite_is_checked_with_its_own_solution_and_without_any() {
    let place = Place::new("ls");
    let sandbox = place.scripted("").split_whitespace().last().unwrap().to_owned();
    let good = place.turnwise(&format!("suite check toy.jsonl --decoy --sandbox {sandbox}"));
    assert_eq!(good.code, Some(0), "{}", good.err);
    let text = std::fs::read_to_string(place.path("toy.jsonl")).unwrap();
    let broken = text.replacen("+def f(x): return x + 1", "+def f(x): return x + 2", 1);
    std::fs::write(place.path("toy.jsonl"), broken).unwrap();
    let bad = place.turnwise(&format!("suite check toy.jsonl --sandbox {sandbox}"));
    assert_eq!(bad.code, Some(13), "{}", bad.err);
    assert!(bad.err.contains("toy-0: the suite's own solution does not solve it"), "{}", bad.err);
}

#[test]
fn selection_goes_by_shuffle_filter_slice_limit() {
    let place = Place::new("ls");
    let tasks = |words: &str| {
        let ran = place.turnwise(&format!("run toy.jsonl --model nop --dry-run {words}"));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let ids = ran.out.lines().skip(1).map(|line| line.split_whitespace().nth(2).unwrap_or("").to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(tasks("--filter [1-4]$ --slice 1: --limit 2"), ["toy-2", "toy-3"]);
    assert_eq!(tasks("-i toy-5 -i toy-0"), ["toy-0", "toy-5"]);
    let shuffled = tasks("--shuffle");
    assert_ne!(shuffled, tasks(""));
    assert_eq!(shuffled, tasks("--shuffle"));
    assert_ne!(shuffled, tasks("--shuffle --seed 1"));
    assert!(!place.path("turnwise.db").exists());
}
