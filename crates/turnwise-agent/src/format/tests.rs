//! Replies of each format as tables.

use turnwise_core::{Finish, Reply, ToolCall};
use turnwise_testkit::reply;

use super::{ActionFormat, Marks, Pattern, Plain, Understood, Wants};

fn marks() -> Marks {
    Marks { open: "<think>".into(), close: "</think>".into() }
}

fn parse(format: &ActionFormat, reply: &Reply) -> Understood {
    format.parse(reply, Some(&marks()), Some("<more>"))
}

/// What a reply wants, in a word or in its commands.
fn wants(parts: &Understood) -> String {
    match &parts.wants {
        Wants::Commands(commands) => {
            commands.iter().map(|command| command.text.as_str()).collect::<Vec<_>>().join(" | ")
        }
        Wants::Submit => "!submit".to_owned(),
        Wants::Nothing(fault) => format!("!nothing: {}", fault.error),
    }
}

#[test]
fn plain_replies_are_taken_apart() {
    let plain = ActionFormat::Plain(Plain { submit: "submit".into() });
    let nothing = "!nothing: no command in the reply";
    let table = [
        ("ls", "", "ls", false),
        ("<think>look first</think>\ncat -n lib.py\n", "look first", "cat -n lib.py", false),
        ("<think>hm</think> <more> ls", "hm", "ls", true),
        ("<more><think>hm</think>ls", "hm", "ls", true),
        ("<think>I need <more> turns</think>ls", "I need <more> turns", "ls", true),
        ("sed -i 1d a.py\npython3 check.py", "", "sed -i 1d a.py\npython3 check.py", false),
        ("  submit ", "", "!submit", false),
        ("<think>done</think>submit", "done", "!submit", false),
        ("submit now", "", "submit now", false),
        ("", "", nothing, false),
        ("<more>", "", nothing, true),
        ("<think>and on and on", "and on and on", nothing, false),
        ("<think>empty</think>", "empty", nothing, false),
        ("echo '<think>'", "", "echo '<think>'", false),
        ("echo '</think>'", "", "echo '</think>'", false),
    ];
    for (text, thought, wanted, asks_more) in table {
        let parts = parse(&plain, &reply(text));
        assert_eq!(
            (&*parts.thought, &*wants(&parts), parts.asks_more),
            (thought, wanted, asks_more),
            "{text:?}"
        );
    }
}

#[test]
fn fenced_replies_are_taken_apart() {
    let fenced = ActionFormat::Pattern(Pattern::new("```mswea_bash_command\\s*\\n(.*?)\\n```").unwrap());
    let none = "!nothing: Expected exactly 1 action, found 0.";
    let table = [
        ("hm\n```mswea_bash_command\nls\n```\nbye", "hm", "ls"),
        ("```mswea_bash_command  \r\n ls -la \r\n```", "", "ls -la"),
        ("```mswea_bash_command\ncat <<E\na\n\nb\nE\n```", "", "cat <<E\na\n\nb\nE"),
        // A fence at the beginning of a line of the command ends it.
        ("```mswea_bash_command\ncat <<E\n```x\nE\n```", "", "cat <<E"),
        ("```mswea_bash_command\n\n```", "", ""),
        ("```mswea_bash_command\nls```", "", none),
        ("```bash\nls\n```", "", none),
        (
            "a ```mswea_bash_command\nls\n``` b ```mswea_bash_command\npwd\n```",
            "a",
            "!nothing: Expected exactly 1 action, found 2.",
        ),
        ("<think>x</think>\nso\n```mswea_bash_command\nls\n```", "x\nso", "ls"),
        // The prompt ended with the mark that begins the thinking.
        (
            "x\n```mswea_bash_command\nrm\n```</think>```mswea_bash_command\nls\n```",
            "x\n```mswea_bash_command\nrm\n```",
            "ls",
        ),
        ("<think>x ```mswea_bash_command\nls\n```", "x ```mswea_bash_command\nls\n```", none),
    ];
    for (text, thought, wanted) in table {
        let parts = parse(&fenced, &reply(text));
        let thought = if wanted == none && thought.is_empty() { text.trim() } else { thought };
        assert_eq!((&*parts.thought, &*wants(&parts)), (thought, wanted), "{text:?}");
    }
    assert!(Pattern::new("no group").is_err() && Pattern::new("(").is_err());
}

#[test]
fn calls_are_taken_apart() {
    let call = |id: &str, name: &str, arguments: &str| ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: arguments.into(),
    };
    let said = |calls: Vec<ToolCall>| Reply {
        tool_calls: calls,
        ..reply("<think>x</think>so\n<tool_call>{}</tool_call>")
    };
    let two =
        vec![call("a", "bash", r#"{"command": "ls"}"#), call("b", "bash", r#"{"command": "pwd", "x": 1}"#)];
    let parts = parse(&ActionFormat::Tool { edits: false }, &said(two));
    assert_eq!((&*parts.thought, &*wants(&parts)), ("x\nso", "ls | pwd"));
    let Wants::Commands(commands) = parts.wants else { panic!("no commands") };
    assert_eq!(commands[1].call.as_deref(), Some("b"));
    let missing = "!nothing: Missing 'command' argument in bash tool call.";
    let table = [
        ("bash", "[]", missing),
        ("bash", r#"{"command": 3}"#, missing),
        ("python", r#"{"command": "ls"}"#, "!nothing: Unknown tool 'python'."),
    ];
    for (name, arguments, wanted) in table {
        let good = call("a", "bash", r#"{"command": "ls"}"#);
        let parts =
            parse(&ActionFormat::Tool { edits: false }, &said(vec![good, call("b", name, arguments)]));
        assert_eq!(wants(&parts), wanted);
    }
    let none = wants(&parse(&ActionFormat::Tool { edits: false }, &reply("done")));
    assert!(none.starts_with("!nothing: No tool calls found in the response."), "{none}");
}

#[test]
fn half_a_command_is_not_run_and_a_whole_one_is() {
    let plain = ActionFormat::Plain(Plain { submit: "submit".into() });
    let xml = ActionFormat::Pattern(Pattern::new("<c>(.*?)</c>").unwrap());
    let ended = |format: &ActionFormat, text: &str, finish| {
        matches!(parse(format, &Reply { finish, ..reply(text) }).wants, Wants::Commands(_))
    };
    assert!(!ended(&plain, "rm -rf ", Finish::Length) && !ended(&plain, "rm -rf ", Finish::ContextFull));
    assert!(ended(&xml, "<c>ls</c> and", Finish::Length) && !ended(&xml, "<c>ls</c>", Finish::ContextFull));
    assert!(!ended(&xml, "<c>rm -rf ", Finish::Length));
}
