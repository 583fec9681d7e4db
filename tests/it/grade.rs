//! `turnwise grade`: hidden tests on the work of every turn, on work that was handed in, and on somebody's patches.

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::place::{Place, TASKS, sandbox, signal};

/// The toy suite, run without a limit.
fn recorded() -> Place {
    let place = Place::new("ls");
    let ran = place.turnwise(&place.scripted("run -q --policy unlimited"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    place
}

fn grade(place: &Place, words: &str) -> crate::place::Ran {
    place.turnwise(&format!("grade {words} --sandbox {}", sandbox()))
}

fn change(place: &Place, sql: &str) {
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA foreign_keys = OFF'); \
                  c.executescript(sys.argv[2]); c.commit()";
    let changed = std::process::Command::new("python3")
        .args(["-c", script])
        .arg(place.path("turnwise.db"))
        .arg(sql)
        .status();
    assert!(changed.unwrap().success());
}

#[test]
fn every_state_of_the_work_is_graded_once_and_the_outcome_at_a_cut_is_known() {
    let place = recorded();
    // Ends after five turns: toy-3 and toy-4 hold their repair then and have not handed it in.
    let cut = "replay latest --policy fixed --set budget.limit=5 --json";
    let guessed = place.turnwise(cut).json();
    assert_eq!((&guessed[0]["solved_recorded"], &guessed[0]["solved_replayed"]), (&json!(4), &json!(2)));
    assert_eq!((&guessed[0]["cut"], &guessed[0]["cut_known"]), (&json!(3), &json!(0)));

    let ran = grade(&place, "latest --every-turn --json");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let done = ran.json();
    // Four repairs and six times nothing; the ends of the trials have four of those and two of these.
    assert_eq!((&done["patches"], &done["taken_over"], &done["graded"]), (&json!(10), &json!(6), &json!(4)));
    assert_eq!((&done["solved_at_some_turn"], &done["solved_at_the_end"]), (&json!(4), &json!(4)));
    let turns = "SELECT count(*) FROM v_turns";
    assert_eq!(place.ask("SELECT count(*) FROM v_grades"), place.ask(turns));
    let last = "SELECT t.task FROM v_trials t JOIN v_grades g ON g.trial_id = t.trial_id AND g.turn = t.turns \
                WHERE g.solved IS NOT t.solved OR g.score IS NOT t.score";
    assert_eq!(place.ask(last), Vec::<String>::new());
    assert_eq!(
        place.ask("SELECT min(turn) FROM v_grades g WHERE solved GROUP BY trial_id ORDER BY 1"),
        ["1", "2", "4", "5"]
    );

    let known = place.turnwise(cut).json();
    assert_eq!((&known[0]["solved_replayed"], &known[0]["cut_solved"]), (&json!(4), &json!(2)));
    assert_eq!((&known[0]["cut"], &known[0]["cut_known"]), (&json!(3), &json!(3)));
    // The same cut with the work thrown away.
    let discarded = place.turnwise(&format!("{cut} --set budget.at_limit=discard")).json();
    assert_eq!((&discarded[0]["solved_replayed"], &discarded[0]["cut_known"]), (&json!(2), &json!(3)));
    let table = place.turnwise("replay latest --policy fixed --set budget.limit=5");
    assert!(table.out.contains("3 of 3") && !table.err.contains("hint"), "{}{}", table.out, table.err);

    // Again there is nothing to do, but for what is missing.
    let again = grade(&place, "latest --every-turn --json").json();
    assert_eq!((&again["graded"], &again["taken_over"]), (&json!(0), &json!(0)));
    change(&place, "DELETE FROM grades WHERE ms IS NOT NULL");
    let again = grade(&place, "latest --every-turn --json").json();
    assert_eq!((&again["graded"], &again["taken_over"]), (&json!(4), &json!(0)));
}

#[test]
fn grading_that_is_interrupted_saves_and_goes_on() {
    const GRADED: &str = "SELECT count(*) FROM grades WHERE ms IS NOT NULL";
    let place = Place::new("ls");
    let suite = fs::read_to_string(place.path("toy.jsonl")).unwrap();
    fs::write(place.path("toy.jsonl"), suite.replace("python3 hidden.py", "sleep 0.4; python3 hidden.py"))
        .unwrap();
    assert_eq!(place.turnwise(&place.scripted("run -q --policy unlimited")).code, Some(0));
    let child = place.begin(&format!("grade latest --every-turn -w 1 --sandbox {}", sandbox()));
    let until = Instant::now() + Duration::from_secs(60);
    // The database is of the newest format when the grading begins.
    while place
        .turnwise_with("query --format csv", GRADED)
        .out
        .lines()
        .nth(1)
        .is_none_or(|count| count == "0")
    {
        assert!(Instant::now() < until, "nothing is graded within a minute");
    }
    signal(&child, "-INT");
    let cut: crate::place::Ran = child.wait_with_output().unwrap().into();
    assert_eq!(cut.code, Some(130), "{}", cut.err);
    assert!(cut.err.contains("the same command again goes on"), "{}", cut.err);
    let saved: u64 = place.ask(GRADED)[0].parse().unwrap();
    assert!((1..4).contains(&saved), "{saved}");
    let again = grade(&place, "latest --every-turn --json").json();
    assert_eq!((&again["graded"], &again["patches"]), (&json!(4 - saved), &json!(10)));
}

#[test]
fn the_pocket_tasks_are_graded_at_every_turn() {
    let place = Place::new("ls");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    symlink(root.join("tasks").canonicalize().unwrap(), place.path("tasks")).unwrap();
    let ran = place
        .turnwise(&format!("compare pocket -q --policies unlimited,fixed --limit 4 --sandbox {}", sandbox()));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let ran = grade(&place, "latest --every-turn -q");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let differ = "SELECT t.trial_id FROM v_trials t JOIN v_grades g ON g.trial_id = t.trial_id \
                  AND g.turn = t.turns AND g.attempt = t.attempts WHERE g.solved IS NOT t.solved OR g.score IS NOT t.score";
    assert_eq!(place.ask(differ), Vec::<String>::new());
    assert_eq!(place.ask("SELECT count(*) FROM v_grades"), place.ask("SELECT count(*) FROM v_turns"));
    let without = "SELECT count(DISTINCT task) FROM v_trials t JOIN v_grades g USING (trial_id) WHERE patch_digest = ''";
    assert_eq!(place.ask(without), ["4"]);
    let ran = grade(&place, "latest --json");
    assert_eq!((ran.code, &ran.json()["different"]), (Some(0), &json!([])), "{}", ran.err);
    assert_eq!(ran.json()["trials"], json!(8));
}

#[test]
fn what_was_handed_in_is_graded_again() {
    let place = recorded();
    let ran = grade(&place, "latest");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("6 trials of run") && ran.out.contains("graded again: 0 differ"), "{}", ran.out);
    change(&place, "UPDATE trials SET solved = 0, score = 0.0 WHERE task = 'toy-1'");
    let ran = grade(&place, "latest --json");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let different = &ran.json()["different"];
    assert_eq!(
        (&different[0]["task"], &different[0]["solved"], different.as_array().unwrap().len()),
        (&json!("toy-1"), &json!(true), 1)
    );
}

#[test]
fn a_suite_that_has_changed_is_refused() {
    let place = recorded();
    let suite = fs::read_to_string(place.path("toy.jsonl")).unwrap();
    fs::write(place.path("toy.jsonl"), suite.replace("f(1) == 2", "f(1) == 3")).unwrap();
    for words in ["latest", "latest --every-turn"] {
        let ran = grade(&place, words);
        assert_eq!(ran.code, Some(13), "{}", ran.err);
        assert!(ran.err.contains("suite `toy` has changed since run"), "{}", ran.err);
    }
    fs::create_dir(place.path("old")).unwrap();
    fs::write(place.path("old/toy.jsonl"), suite).unwrap();
    assert_eq!(grade(&place, "latest --suite old/toy.jsonl").code, Some(0));
    fs::remove_file(place.path("toy.jsonl")).unwrap();
    let ran = grade(&place, "latest");
    assert_eq!(ran.code, Some(13));
    assert!(ran.err.contains("there is no suite `toy`"), "{}", ran.err);
}

/// Predictions for the toy tasks, a patch each.
fn predict(place: &Place, patches: &[&str]) -> String {
    let lines = patches.iter().enumerate().map(|(number, patch)| {
        let line = json!({ "instance_id": format!("toy-{number}"), "model_name_or_path": "m", "model_patch": patch });
        line.to_string() + "\n"
    });
    fs::write(place.path("predictions.jsonl"), lines.collect::<String>()).unwrap();
    format!("toy.jsonl --predictions predictions.jsonl --sandbox {}", sandbox())
}

#[test]
fn somebodys_patches_are_graded() {
    let place = Place::new("ls");
    let good = "--- a/lib.py\n+++ b/lib.py\n@@ -1 +1 @@\n-def f(x): return x\n+def f(x): return x + 1\n";
    let windows = good.replace('\n', "\r\n");
    let patches = [
        good,
        &good.replace("x + 1", "x - 1"),
        &good.replace("return x\n", "return y\n"),
        "",
        &windows,
        "diff --git a/logo.png b/logo.png\nindex 1..2 100644\nBinary files a/logo.png and b/logo.png differ\n",
    ];
    assert_eq!(patches.len(), TASKS);
    let words = predict(&place, &patches);
    let ran = place.turnwise(&format!("grade {words} --json"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let found = ran.json();
    let outcomes: Vec<&str> =
        found["predictions"].as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["solved", "unsolved", "unfit", "empty", "unfit", "unfit"], "{}", ran.err);
    let model = &found["models"][0];
    assert_eq!((&model["solved"], &model["predictions"], &model["unfit"]), (&json!(1), &json!(6), &json!(3)));
    for line in ["toy-2: the patch does not apply: ", "its lines end in CR LF", "git diff --binary"] {
        assert!(ran.err.contains(line), "{}", ran.err);
    }
    assert!(!place.path("turnwise.db").exists());

    let ran = place.turnwise(&format!("grade {words} --record"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        ran.out.contains("m: 1 of 6 solved") && ran.out.contains("0 without a prediction"),
        "{}",
        ran.out
    );
    assert_eq!(place.ask("SELECT count(*), sum(solved), model FROM v_trials"), ["6,1,m"]);
    let refused = place.turnwise("grade latest");
    assert_eq!(refused.code, Some(4));
    assert!(refused.err.contains("--predictions"), "{}", refused.err);
}

#[test]
fn predictions_that_are_none_are_named() {
    let place = Place::new("ls");
    let lines = [
        json!({ "instance_id": "toy-0", "model_patch": "" }),
        json!({ "instance_id": "toy-0", "model_patch": "" }),
        json!({ "instance_id": "toy-99", "model_patch": "" }),
        json!({ "model_patch": "" }),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(place.path("p.jsonl"), text + "{\"instance_id\": \n").unwrap();
    let ran = place.turnwise("grade toy.jsonl --predictions p.jsonl");
    assert_eq!(ran.code, Some(13), "{}", ran.err);
    for line in [
        "p.jsonl line 2: `predictions` comes twice for task `toy-0`",
        "p.jsonl line 3: suite `toy` has no task `toy-99`",
        "p.jsonl line 4: it has no `instance_id`",
        "p.jsonl line 5: it is no JSON",
        "error: p.jsonl has 4 predictions that cannot be graded",
    ] {
        assert!(ran.err.contains(line), "{line}: {}", ran.err);
    }
    let map: Value = json!({ "toy-0": { "model_patch": "no patch" } });
    fs::write(place.path("p.json"), map.to_string()).unwrap();
    let ran = place.turnwise(&format!("grade toy.jsonl --predictions p.json --json --sandbox {}", sandbox()));
    assert_eq!(ran.json()["predictions"][0]["outcome"], json!("unfit"), "{}", ran.err);
    assert!(ran.err.contains("the patch cannot be read"), "{}", ran.err);
    assert_eq!(place.turnwise("grade toy.jsonl --predictions none.json").code, Some(13));
    assert_eq!(place.turnwise("grade latest --every-turn").code, Some(12));
}
