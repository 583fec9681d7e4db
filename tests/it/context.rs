//! Policies that show the model less than everything.

use std::fs;

use serde_json::json;

use crate::place::{Place, TASKS};

/// The toy suite with a script that writes reports.
fn place() -> Place {
    let place = Place::new("ls");
    let replies: Vec<_> = (0..6)
        .map(|turn| format!("<think>hm</think>: '<report>{turn}</report>'; seq {turn} 2000; sleep 0.01"))
        .chain([": '<report>all</report>'; echo 'def f(x): return x + 1' > lib.py".into(), "submit".into()])
        .map(|text| json!({ "text": text, "prompt_tokens": 100, "decode_tokens": 10 }))
        .collect();
    fs::write(place.path("script.jsonl"), json!({ "task": "*", "replies": replies }).to_string()).unwrap();
    place
}

const TURNS: &str = "SELECT r.task, r.policy, u.turn, u.action, u.observation, u.patch_lines, u.verdict \
                     FROM v_turns u JOIN v_trials r ON r.trial_id = u.trial_id ORDER BY 1, 2, 3";
const LINE: &str = "run --policy window --policy report --policy observations -q -w 2";

#[test]
fn every_kind_runs_and_is_gone_on_with() {
    let whole = place();
    let ran = whole.turnwise(&whole.scripted(LINE));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let solved =
        "SELECT policy, count(*), sum(solved), min(turns) FROM v_trials GROUP BY policy ORDER BY policy";
    let expected = ["observations", "report", "window"].map(|policy| format!("{policy},{TASKS},{TASKS},8"));
    assert_eq!(whole.ask(solved), expected);
    // A report is no part of a command; where nobody asks for one it is.
    let commands = "SELECT DISTINCT r.policy, u.action FROM v_turns u JOIN v_trials r ON r.trial_id = u.trial_id \
                    WHERE u.turn = 2 ORDER BY 1";
    let commands = whole.ask(commands);
    let command = |report: &str| format!(": '{report}'; seq 1 2000; sleep 0.01");
    let plain = command("<report>1</report>");
    assert_eq!(
        commands,
        [format!("observations,{plain}"), format!("report,{}", command("")), format!("window,{plain}")]
    );
    let checked = whole.turnwise("replay latest --check");
    assert_eq!(checked.code, Some(0), "{}", checked.out);

    let cut = place();
    let line = cut.scripted(LINE);
    for turns in [3, 40, 90] {
        let mut child = cut.begin(&line);
        let count = || cut.turnwise_with("query --format csv", "SELECT count(*) FROM v_turns").out;
        while count().lines().nth(1).and_then(|count| count.parse().ok()).unwrap_or(0) < turns {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let ended = cut.turnwise(&line);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_eq!(cut.ask(TURNS), whole.ask(TURNS));
    assert_eq!(cut.ask("SELECT max(attempts) FROM v_trials"), ["1"]);
}

#[test]
fn long_outputs_are_recorded_as_they_are_shown() {
    let place = place();
    let line = place.scripted("run --policy observations --set context.observation_chars=200 -q --limit 1");
    assert_eq!(place.turnwise(&line).code, Some(0));
    let shown = "SELECT observation FROM v_turns WHERE turn = 1";
    let shown = place.turnwise_with("query --format json", shown).json()[0]["observation"]
        .as_str()
        .unwrap()
        .to_owned();
    let whole = (0..=2000).map(|n| n.to_string()).collect::<Vec<_>>().join("\n") + "\n";
    let elided = format!("[{} characters are left out here;", whole.len() - 200);
    assert!(
        shown.starts_with("0\n1\n2\n") && shown.contains(&elided) && shown.ends_with("\n2000"),
        "{shown}"
    );
}

#[test]
fn what_forgets_is_no_baseline_and_its_replay_a_lower_bound() {
    let place = Place::new("ls");
    let ran = place.turnwise(&place.scripted("run --policy window --set context.turns=2 -q"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let ran = place.turnwise(&place.scripted("run --policy fixed -q"));
    assert_eq!(ran.code, Some(13), "{}", ran.err);
    assert!(ran.err.contains("there is none for suite `toy`"), "{}", ran.err);
    assert_eq!(place.turnwise(&place.scripted("run --policy unlimited -q")).code, Some(0));
    let replayed = place.turnwise("replay latest --policy window --policy repeat --json").json();
    assert_eq!((&replayed[0]["lower_bound"], &replayed[1]["lower_bound"]), (&json!(true), &json!(false)));
    let bad = place.turnwise(&place.scripted("run --policy unlimited --set context.turn=2 -q"));
    assert_eq!(bad.code, Some(13));
    assert!(bad.err.contains("unknown key `context.turn`"), "{}", bad.err);
}
