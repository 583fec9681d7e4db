//! What the shipped profiles say, to the byte, and what is said about files that are wrong.

use std::sync::Arc;

use turnwise_core::{Finish, Observation, Reply, Role, Task, ToolCall, WebSetup};
use turnwise_testkit::{reply, task};

use super::{Profile, ProfileSource, shipped};

/// A shipped profile.
pub(crate) fn profile(name: &str) -> Arc<Profile> {
    let source = shipped().into_iter().find(|source| source.name == name).unwrap();
    Arc::new(Profile::load(&source).unwrap_or_else(|error| panic!("{error}")))
}

#[test]
fn every_shipped_profile_loads_and_keeps_its_examples() {
    for source in shipped() {
        let profile = Profile::load(&source).unwrap_or_else(|error| panic!("{error}"));
        assert!(profile.example_count() >= 5, "{} should show more", source.name);
    }
}

#[test]
fn the_pocket_model_is_told_these_bytes() {
    let pocket = profile("pocket");
    let mut task = task("x");
    task.statement = "Repair {{ x }}.\n\n  <b> & 'c'\n".to_owned();
    let said = pocket.introduction(&task).unwrap();
    assert_eq!((said.len(), said[0].role, &said[0].content), (1, Role::User, &task.statement));
    let show = |output: &str, exit_code, timed_out| {
        pocket
            .shown("", &Observation { output: output.to_owned(), exit_code, timed_out, elided_bytes: 9 })
            .unwrap()
    };
    assert_eq!(show("a\nb\n\n", Some(0), false), "a\nb");
    assert_eq!(show("no such file\n", Some(2), false), "no such file");
    assert_eq!(show(" <x> & {{ y }}\r\n", Some(0), false), " <x> & {{ y }}\r");
    assert_eq!(show("", Some(0), false), "(no output)");
    assert_eq!(show("half\n", None, true), "half\n[timed out]");
    assert_eq!(show("\n", None, true), "(no output)\n[timed out]");
    assert_eq!((pocket.observer(), pocket.critic()), (Role::Tool, Role::Tool));
    let style = &pocket.style;
    assert!(style.tools.is_empty() && style.stop.is_empty() && style.enable_thinking.is_none());
}

#[test]
fn tasks_on_the_web_are_introduced_in_their_own_words_where_the_profile_has_some() {
    let code = turnwise_testkit::task("x");
    let web = Task { web: Some(WebSetup::default()), ..code.clone() };
    for name in ["mini-text", "mini-xml", "mini-tool"] {
        let profile = profile(name);
        let said = profile.introduction(&web).unwrap();
        let [system, task] = &said[..] else { panic!("{said:?}") };
        assert!(system.content.contains("browser") && task.content.contains("`click N`"), "{said:?}");
        assert!(task.content.contains(&web.statement) && !task.content.contains("repository"), "{said:?}");
        assert!(!profile.introduction(&code).unwrap()[1].content.contains("click N"));
    }
    let names = |task: &Task| {
        profile("mini-tool").style_for(task).tools.into_iter().map(|tool| tool.name).collect::<Vec<_>>()
    };
    assert_eq!((names(&code), names(&web)), (vec!["bash".to_owned()], vec!["browser".to_owned()]));
    let edits = profile("mini-edit").style_for(&code).tools.into_iter().map(|tool| tool.name);
    assert_eq!(edits.collect::<Vec<_>>(), ["bash", "edit"]);
    assert!(profile("mini-text").style_for(&web).tools.is_empty());
    assert_eq!(profile("pocket").introduction(&web).unwrap(), profile("pocket").introduction(&code).unwrap());
}

#[test]
fn long_outputs_are_shown_by_their_ends_as_the_protocol_says() {
    for name in ["mini-text", "mini-xml", "mini-tool"] {
        let profile = profile(name);
        let show = |output: String, elided_bytes| {
            let seen = Observation { output, exit_code: Some(0), timed_out: false, elided_bytes };
            profile.shown("cat", &seen).unwrap()
        };
        let short = "é".repeat(9_999);
        assert_eq!(show(short.clone(), 0), format!("<returncode>0</returncode>\n<output>\n{short}</output>"));
        let warning = "The output of your last command was too long.\n\
            Please try a different command that produces less output.\n\
            If you're looking at a file you can try use head, tail or sed to view a smaller number of lines selectively.\n\
            If you're using grep or find and it produced too much output, you can use a more selective search pattern.\n\
            If you really need to see something from the full command's output, you can redirect output to a file and then \
            search in that file.";
        for (middle, elided) in [("", 0), ("mid", 3)] {
            let (head, tail) = ("é".repeat(5_000), "b".repeat(5_000));
            assert_eq!(
                show(format!("{head}{middle}{tail}"), 0),
                format!(
                    "<returncode>0</returncode>\n<warning>\n{warning}\n</warning><output_head>\n{head}\n</output_head>\n\
                     <elided_chars>\n{elided} characters elided\n</elided_chars>\n<output_tail>\n{tail}\n</output_tail>"
                )
            );
        }
        assert!(show("b".repeat(16_000), 400).contains("\n6400 characters elided\n"));
    }
}

#[test]
fn wrong_replies_are_answered_as_the_protocol_says() {
    let text = profile("mini-text").parse(&reply("hm")).unwrap().action;
    let turnwise_core::Action::Invalid { complaint } = text else { panic!("{text:?}") };
    assert!(complaint.starts_with(
        "Format error:\n\n<error>\nExpected exactly 1 action, found 0.\n</error>\n\nHere is general guidance"
    ));
    assert!(complaint.contains("EXACTLY ONE action in triple backticks, found 0 actions.\n"), "{complaint}");
    assert!(complaint.ends_with("(you will not be able to continue working on this task after that)."));
    let tool = profile("mini-tool");
    let called = |name: &str, arguments: &str| {
        let call = ToolCall { id: "c".into(), name: name.into(), arguments: arguments.into() };
        let action = tool.parse(&Reply { tool_calls: vec![call], ..reply("") }).unwrap().action;
        let turnwise_core::Action::Invalid { complaint } = action else { panic!("{action:?}") };
        complaint.lines().nth(3).unwrap().to_owned()
    };
    assert_eq!(called("python", r#"{"command": "ls"}"#), "Unknown tool 'python'.");
    assert_eq!(called("sh", "{}"), "Unknown tool 'sh'.Missing 'command' argument in bash tool call.");
    assert!(called("bash", "{").ends_with(".Missing 'command' argument in bash tool call."));
    for name in ["mini-text", "mini-tool"] {
        let cut = Reply { finish: Finish::Length, ..reply("I will") };
        let action = profile(name).parse(&cut).unwrap().action;
        let turnwise_core::Action::Invalid { complaint } = action else { panic!("{action:?}") };
        assert!(
            complaint
                .starts_with("Your previous response reached the output token limit (finish_reason=length)")
        );
    }
}

#[test]
fn mistakes_in_a_file_are_named_with_their_line() {
    let good = shipped()[0].text.clone();
    let table = [
        ("summary =", "sumary =", "mine.toml:1: `summary` is missing"),
        ("marks =", "mark =", "mine.toml:13: unknown key `thinking.mark`; did you mean `thinking.marks`?"),
        (
            "\"plain\"\n# The",
            "\"plane\"\n# The",
            "`action.format` cannot be \"plane\"; give it \"plain\" or \"pattern\"",
        ),
        (
            "{{ task }}",
            "{{ tsk }}",
            "mine.toml:7: `prompt.task` uses `tsk`, which it does not get; did you mean `task`?",
        ),
        ("{{ task }}", "{% if %}", "mine.toml:7: `prompt.task` is not readable as a jinja template"),
        ("output.timed_out %}", "output.timedout %}", "did you mean `output.timed_out`?"),
        ("thought = \"look first\"", "thought = \"look\"", "the example expects the thought \"look\", but"),
        ("shell = \"cat -n lib.py\"", "shell = \"cat lib.py\"", "but it runs \"cat -n lib.py\""),
        ("shows = \"a\\nb\"", "shows = \"a\"", "the example expects \"a\", but it shows \"a\\nb\""),
        ("shows = \"a\\nb\"", "", "`example.shows` is missing; give it what the model sees of it"),
        ("format = \"plain\"", "format = \"pattern\"\npattern = \"(\"", "no regular expression with a group"),
    ];
    for (from, to, says) in table {
        assert!(good.contains(from), "{from}");
        let text = good.replace(from, to);
        let source = ProfileSource { name: "mine".into(), file: "mine.toml".into(), text };
        let message = Profile::load(&source).unwrap_err().to_string();
        assert!(message.contains(says), "{message}\nis not\n{says}");
    }
}
