//! Whole trials in each of mini-swe-agent's formats, from the reply's text to the grade.

use std::fs;

use serde_json::json;

use crate::place::Place;

/// How a profile writes a command.
type Writes = fn(&str) -> String;

const SUBMIT: &str = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT";
const REPAIR: &str = "echo 'def f(x): return x + 1' > lib.py && cat lib.py";

fn called(command: &str) -> String {
    format!("<tool_call>\n{}\n</tool_call>", json!({ "name": "bash", "arguments": { "command": command } }))
}

#[test]
fn each_format_goes_from_its_text_to_a_grade() {
    let formats: [(&str, Writes); 3] = [
        ("mini-text", |command| format!("THOUGHT: so\n\n```mswea_bash_command\n{command}\n```")),
        ("mini-xml", |command| format!("<mswea_bash_command>{command}</mswea_bash_command>")),
        ("mini-tool", called),
    ];
    for (profile, write) in formats {
        let place = Place::new("ls");
        let replies = ["hm".to_owned(), write(REPAIR), write(SUBMIT)];
        let script = json!({ "task": "*", "replies": replies }).to_string();
        fs::write(place.path("script.jsonl"), script).unwrap();
        let line = place.scripted("run -q --limit 1 --profile");
        let ran = place.turnwise(&line.replace("--profile", &format!("--profile {profile}")));
        assert_eq!(ran.code, Some(0), "{profile}: {}", ran.err);
        assert_eq!(place.ask("SELECT ending, solved, turns FROM v_trials"), ["submitted,1,3"], "{profile}");
        assert_eq!(
            place.ask("SELECT action_kind FROM v_turns ORDER BY turn"),
            ["invalid", "shell", "submit"]
        );
        assert_eq!(place.ask("SELECT model_profile FROM runs"), [profile]);
        let seen = "SELECT observation LIKE '<returncode>0</returncode>%return x + 1%</output>' FROM v_turns \
                    WHERE turn = 2";
        assert_eq!(place.ask(seen), ["1"], "{profile}");
        let last = place.ask("SELECT role FROM v_messages WHERE turn = 3");
        assert_eq!(last, [if profile == "mini-tool" { "tool" } else { "user" }]);
    }
}
