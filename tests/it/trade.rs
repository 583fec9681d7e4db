//! Trajectories of other tools: imported, asked about, exported, and imported again.
//!
//! The small files are of our own making, one in the shape of each tool. The large ones are not in the repository:
//! the tests that read them say so and pass where there are none.

use std::{fs, io::Write, path::Path};

use serde_json::{Value, json};

use crate::place::Place;

/// The fixtures by format.
const FILES: [(&str, &str); 6] = [
    ("turns", "runs.jsonl"),
    ("mini", "fix-sum.traj.json"),
    ("sweagent", "fix-sum.traj"),
    ("atif", "atif.json"),
    ("inspect", "repairs.json"),
    ("openhands", "output.jsonl"),
];
/// What holds of every trial, in whichever tool's file it stands.
const TRIALS: &str = "SELECT suite, task, policy, seed, model, ending, solved, score, turns, turn_limit, prompt_tokens, decode_tokens
  FROM v_trials ORDER BY task, seed, model";
const TURNS: &str = "SELECT t.task, t.seed, t.model, u.turn, u.reply, u.thought, u.action_kind, u.action, u.observation, u.exit_code,
  u.prompt_tokens, u.prefill_tokens, u.decode_tokens, u.entropy_mean, u.logprob_mean, u.patch_lines, u.patch_digest,
  u.model_ms, u.tool_ms, u.started_at, u.finish, u.asks_more, (SELECT group_concat(m.role || m.content, '|') FROM
    (SELECT * FROM v_messages m WHERE m.trial_id = u.trial_id AND m.turn = u.turn ORDER BY m.message) m) AS told,
  (SELECT group_concat(s.signal || s.value, '|') FROM v_signals s WHERE s.trial_id = u.trial_id AND s.turn = u.turn)
  FROM v_turns u JOIN v_trials t USING (trial_id) ORDER BY t.task, t.seed, t.model, u.turn";

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/trajectories").join(name);
    path.canonicalize().unwrap().display().to_string()
}

fn empty() -> Place {
    Place::new("true")
}

fn imported(place: &Place, words: &str) -> Value {
    let ran = place.turnwise(&format!("import {words} --json"));
    assert_eq!(ran.code, Some(0), "import {words}: {}", ran.err);
    ran.json()
}

#[test]
fn files_of_every_tool_become_trials() {
    for (format, file) in FILES {
        let place = empty();
        let said = imported(&place, &format!("{format} {}", fixture(file)));
        let run = said["run_id"].as_str().unwrap();
        let trials = if format == "turns" { 3 } else { 1 };
        assert_eq!(
            (&said["trials"], &said["skipped"]),
            (&Value::from(trials), &Value::from(0)),
            "{format}: {said}"
        );
        let expected: &[&str] = match format {
            "turns" => &[
                "demo,fix-max,recorded,0,other,submitted,,,2,,,",
                "demo,fix-sum,recorded,0,small,submitted,1,,3,6,330,30",
                "demo,fix-sum,recorded,1,small,turn_limit,0,,6,6,810,60",
            ],
            "mini" => &["mini,fix-sum,recorded,0,small,submitted,,,2,6,,"],
            "sweagent" => &["sweagent,fix-sum,recorded,0,small,submitted,,,2,50,220,20"],
            "atif" => &["atif,fix-sum,recorded,0,small,submitted,,,2,,220,15"],
            "inspect" => &["repairs,fix-sum,recorded,1,mockllm/small,submitted,1,,2,6,,"],
            _ => &["repairs,fix-sum,recorded,0,small,submitted,,,2,30,220,15"],
        };
        assert_eq!(place.ask(TRIALS), expected, "{format}");
        let first = "SELECT action_kind, trim(action, char(10)), trim(observation, char(10)) FROM v_turns u JOIN v_trials USING (trial_id)
                     WHERE turn = 1 AND task = 'fix-sum' ORDER BY seed LIMIT 1";
        assert_eq!(place.ask(first), ["shell,cat sum.py,def f(x): return x"], "{format}");
        assert_eq!(place.turnwise("show latest").code, Some(0), "{format}");
        assert!(place.turnwise("show").out.contains(run), "{format}");
        let trial = &place.ask("SELECT trial_id FROM v_trials WHERE task = 'fix-sum' ORDER BY seed")[0];
        let shown = place.turnwise(&format!("show {trial}"));
        assert!(shown.out.contains("$ cat sum.py"), "{format}: {}", shown.out);
    }
}

#[test]
fn what_a_file_does_not_say_is_null_and_what_nobody_understands_is_kept() {
    let place = empty();
    imported(&place, &format!("turns {}", fixture("runs.jsonl")));
    let unknown = "SELECT u.prompt_tokens, u.prefill_tokens, u.decode_tokens, u.model_ms, u.tool_ms, u.patch_lines, u.started_at
                   FROM v_turns u JOIN v_trials t USING (trial_id) WHERE t.task = 'fix-max'";
    assert_eq!(place.ask(unknown), [",,,,,,", ",,,,,,"]);
    assert_eq!(
        place.ask("SELECT tokens_per_solved IS NULL, prompt_tokens, wall_ms FROM v_policies ORDER BY model"),
        ["1,,", "0,1140,"]
    );
    assert_eq!(
        place.ask(
            "SELECT e.turn, e.body ->> 'hardness', e.body ->> 'obs_len' FROM v_extras e ORDER BY e.turn"
        ),
        [",easy,", "1,,19"]
    );
    assert_eq!(place.ask("SELECT signal, sum(value) FROM v_signals GROUP BY 1"), ["reward,0.75"]);
    let json = place
        .turnwise(&format!(
            "show {} --json",
            place.ask("SELECT trial_id FROM v_trials WHERE task = 'fix-max'")[0]
        ))
        .json();
    assert_eq!(
        (&json["turns"][0]["prompt_tokens"], &json["trial"]["prompt_tokens"]),
        (&Value::Null, &Value::Null)
    );
    for named in [
        "where-turns-went",
        "idle-turns",
        "first-patch-turn",
        "slowest-tools",
        "tokens-per-solved",
        "endings",
    ] {
        assert_eq!(place.turnwise(&format!("query {named}")).code, Some(0), "{named}");
    }
}

#[test]
fn the_same_import_again_adds_nothing_and_more_can_be_added_to_a_run() {
    let place = empty();
    let words = format!("turns {}", fixture("runs.jsonl"));
    let (first, again) = (imported(&place, &words), imported(&place, &words));
    assert_eq!(first["run_id"], again["run_id"]);
    assert_eq!((&again["trials"], &again["already_there"]), (&Value::from(0), &Value::from(3)));
    let whole = fs::read_to_string(fixture("runs.jsonl")).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    fs::write(place.path("part.jsonl"), lines[0]).unwrap();
    fs::write(place.path("all.jsonl"), &whole).unwrap();
    imported(&place, "turns part.jsonl --run mine --suite other");
    fs::rename(place.path("all.jsonl"), place.path("part.jsonl")).unwrap();
    let more = imported(&place, "turns part.jsonl --run mine");
    // The digest of a record has its file's name in it, so that two tasks may have the same record.
    assert_eq!((&more["trials"], &more["already_there"]), (&Value::from(2), &Value::from(1)));
    assert_eq!(
        place.ask("SELECT count(*), count(DISTINCT task || seed) FROM v_trials WHERE run_id = 'mine'"),
        ["3,3"]
    );
    let own = place.turnwise(&place.scripted("run"));
    assert_eq!(own.code, Some(0), "{}", own.err);
    let other = place.ask("SELECT run_id FROM runs WHERE model <> 'recorded'").remove(0);
    if other.bytes().all(|c| c.is_ascii_alphanumeric()) {
        assert_eq!(place.turnwise(&format!("import turns part.jsonl --run {other}")).code, Some(2));
    }
    assert_eq!(place.turnwise("import turns part.jsonl --run a-b").code, Some(2));
}

#[test]
fn an_import_that_was_killed_goes_on() {
    let place = empty();
    let steps: Vec<Value> = (1..=5).map(|n| json!({ "n": n, "act": "ls", "obs": "x".repeat(200) })).collect();
    let runs = (0..2000).map(|run| json!({ "task": format!("t{run}"), "steps": steps }).to_string());
    fs::write(place.path("many.jsonl"), runs.collect::<Vec<_>>().join("\n")).unwrap();
    let mut child = place.begin("import turns many.jsonl");
    std::thread::sleep(std::time::Duration::from_millis(150));
    child.kill().unwrap();
    child.wait().unwrap();
    let said = imported(&place, "turns many.jsonl");
    let count = |key: &str| said[key].as_u64().unwrap();
    assert_eq!(count("trials") + count("already_there"), 2000);
    assert_eq!(
        place.ask("SELECT count(*), sum(turns), count(DISTINCT run_id), min(turns) FROM v_trials"),
        ["2000,10000,1,5"]
    );
}

#[test]
fn records_that_cannot_be_read_are_named_and_skipped() {
    let place = empty();
    let good = fs::read_to_string(fixture("runs.jsonl")).unwrap();
    fs::write(place.path("some.jsonl"), format!("{{\n{good}[1]\n")).unwrap();
    let ran = place.turnwise("import turns some.jsonl missing.jsonl");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let skipped: Vec<&str> = ran.err.lines().filter(|line| line.contains("skipped")).collect();
    assert_eq!(skipped.len(), 4, "{}", ran.err);
    assert!(skipped[0].contains("some.jsonl:1: it is not JSON"), "{}", skipped[0]);
    assert!(skipped[1].contains("some.jsonl:5: it lacks an object"), "{}", skipped[1]);
    assert!(skipped[2].contains("missing.jsonl: it cannot be read: No such file"), "{}", skipped[2]);
    assert!(skipped[3].contains("3 records could not be read"), "{}", skipped[3]);
    for (format, file) in [("mini", "some.jsonl"), ("inspect", "missing.eval"), ("turns", "script.jsonl")] {
        let ran = place.turnwise(&format!("import {format} {file} --db other.db"));
        assert_eq!(ran.code, Some(13), "{format}: {}", ran.err);
        assert!(ran.err.contains(file) && ran.err.contains("no file holds a trajectory"), "{}", ran.err);
    }
    // A file of another format does not fill the terminal.
    fs::write(place.path("tasks.jsonl"), "{\"instance_id\": \"a\"}\n".repeat(500)).unwrap();
    let ran = place.turnwise("import turns tasks.jsonl --db other.db");
    assert_eq!((ran.code, ran.err.lines().count()), (Some(13), 12), "{}", ran.err);
    assert!(ran.err.contains("500 records could not be read"), "{}", ran.err);
    assert_eq!(place.turnwise("import chat some.jsonl").code, Some(2));
    fs::create_dir(place.path("empty")).unwrap();
    assert_eq!(place.turnwise("import mini empty").code, Some(4));
}

#[test]
fn what_is_exported_is_imported_again_as_it_was() {
    let place = empty();
    let own = place.turnwise(&format!("{} --db own.db --turn-limit 4", place.scripted("run")));
    assert_eq!(own.code, Some(0), "{}", own.err);
    imported(&place, &format!("turns {} --db foreign.db", fixture("runs.jsonl")));
    for source in ["own.db", "foreign.db"] {
        let ask = |db: &str, sql: &str| {
            let ran = place.turnwise_with(&format!("query --format csv --db {db}"), sql);
            assert_eq!(ran.code, Some(0), "{}", ran.err);
            ran.out
        };
        let (trials, turns) = (ask(source, TRIALS), ask(source, TURNS));
        for (format, path) in [
            ("turns", "out.jsonl.gz"),
            ("mini", "mini"),
            ("sweagent", "swe"),
            ("inspect", "log.eval"),
            ("inspect", "log.json"),
            ("atif", "atif"),
            ("openhands", "output.jsonl"),
        ] {
            let path = format!("{source}.{path}");
            let ran = place.turnwise(&format!("export {format} latest -o {path} --db {source}"));
            assert_eq!(ran.code, Some(0), "{format}: {}", ran.err);
            let back = format!("{path}.db");
            imported(&place, &format!("{format} {path} --db {back}"));
            assert_eq!(ask(&back, TRIALS), trials, "{format} of {source}");
            assert_eq!(ask(&back, TURNS), turns, "{format} of {source}");
            assert_eq!(
                ask(&back, "SELECT turn, body FROM v_extras ORDER BY 1, 2"),
                ask(source, "SELECT turn, body FROM v_extras ORDER BY 1, 2")
            );
        }
        let chat = place.turnwise(&format!("export chat latest --db {source}"));
        assert_eq!(chat.code, Some(0), "{}", chat.err);
        let lines: Vec<Value> = chat.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), if source == "own.db" { 6 } else { 3 });
        assert!(lines.iter().all(|line| line["messages"][0]["role"].is_string()));
    }
    assert_eq!(place.turnwise("export mini latest --db own.db").code, Some(2));
    assert_eq!(place.turnwise("export mini latest -o one.traj.json --db own.db").code, Some(2));
    assert_eq!(place.turnwise("export turns nobody --db own.db").code, Some(4));
}

/// The percentile of nearest rank.
fn percentile(ascending: &[u32], percent: usize) -> u32 {
    ascending[(ascending.len() * percent).div_ceil(100).max(1) - 1]
}

/// A file of recorded runs that does not come with the repository.
pub(crate) fn large(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    match path.canonicalize() {
        Ok(path) => Some(path.display().to_string()),
        Err(_) => {
            let _said = writeln!(std::io::stderr(), "skipped: there is no {}", path.display());
            None
        }
    }
}

#[test]
fn recorded_runs_of_mini_swe_agent_have_the_figures_they_are_known_for() {
    let Some(file) = large("mini_deepseek_lite.jsonl.gz") else { return };
    let place = empty();
    let said = imported(&place, &format!("turns {file}"));
    assert_eq!(
        [&said["trials"], &said["turns"], &said["solved"], &said["unknown_outcome"], &said["skipped"]],
        [206, 16211, 88, 15, 0].map(Value::from).each_ref()
    );
    let percentiles = |of: &str| {
        let lines = place.ask(&format!("SELECT turns FROM v_trials {of} ORDER BY turns"));
        let turns: Vec<u32> = lines.iter().map(|line| line.parse().unwrap()).collect();
        (turns.len(), percentile(&turns, 50), percentile(&turns, 75))
    };
    assert_eq!(percentiles(""), (206, 76, 95));
    assert_eq!(percentiles("WHERE turns > 0 AND solved IS NOT NULL"), (191, 77, 96));
    assert_eq!(place.ask("SELECT count(*) FROM v_trials WHERE solved AND turns <= 96"), ["66"]);
    assert_eq!(
        place.ask("SELECT turn_limit, policy, model, count(*) FROM v_trials GROUP BY 1, 2, 3 ORDER BY 3"),
        ["250,recorded,deepseek-chat,191", "250,recorded,deepseek-reasoner,15"]
    );
    assert_eq!(
        place.ask("SELECT ending, count(*) FROM v_trials GROUP BY 1 ORDER BY 1"),
        ["infra_error,10", "submitted,196"]
    );
    let known = "SELECT sum(u.prompt_tokens), count(*) FROM v_turns u WHERE prompt_tokens IS NULL OR prefill_tokens IS NULL";
    assert_eq!(place.ask(known), [",0"]);
}
