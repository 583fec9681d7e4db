//! Commands as models write them, right and wrong, and that every command reads back.

use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};

use super::{Act, Direction};

fn typed(text: &str) -> Act {
    Act::Type(3, text.to_owned())
}

#[test]
fn commands_are_read_as_models_write_them() {
    let cases = [
        ("open http://shop.test/", Act::Open("http://shop.test/".to_owned())),
        ("open \"/a b\"", Act::Open("/a b".to_owned())),
        ("  CLICK   [12] ", Act::Click(12)),
        ("type 3 \"a b\"", typed("a b")),
        ("type 3 a b", typed("a b")),
        ("type 3 'a b'", typed("a b")),
        ("type 3 'tis", typed("'tis")),
        ("type 3 a \"b\"", typed("a \"b\"")),
        ("type 3 \"\"", typed("")),
        (r#"type 3 "say \"x\" \\ \d \n""#, typed("say \"x\" \\ \\d \n")),
        ("select 6 XL", Act::Select(6, "XL".to_owned())),
        ("\nsubmit 4\n\n", Act::Submit(4)),
        ("back", Act::Back),
        ("find blue mug", Act::Find("blue mug".to_owned())),
        ("scroll Up", Act::Scroll(Direction::Up)),
        ("answer \"42\"", Act::Answer("42".to_owned())),
        ("echo DONE now", Act::Echo("DONE now".to_owned())),
        ("echo", Act::Echo(String::new())),
    ];
    for (command, act) in cases {
        assert_eq!(Act::parse(command), Ok(act), "{command}");
    }
}

#[test]
fn complaints_say_what_would_be_right() {
    let cases = [
        ("", "the command is empty; the commands are: open URL"),
        (" \n ", "the command is empty"),
        ("click 3\nclick 4", "2 lines are too many: give one command of one line"),
        ("click", "`click` needs the number of an element of the page, such as: click 3"),
        ("click \"Blue mug\"", "`click` needs the number"),
        ("click 3 4", "`3 4` is none"),
        ("click -1", "`-1` is none"),
        ("type 3", "`type 3` needs the text, such as: type 3 \"TEXT\""),
        ("type \"mug\"", "`type` needs the number"),
        ("type 3 \"mug", "the closing quote is missing"),
        ("type 3 \"mug\\", "the closing quote is missing"),
        ("type 3 \"a\" b", "something follows the closing quote"),
        ("select 3", "needs the text of an option"),
        ("open", "`open` needs a URL"),
        ("find \" \"", "`find` needs a text"),
        ("scroll", "`scroll` goes down or up"),
        ("back 2", "`back` stands alone"),
        ("ls -la", "there is no command `ls`; the commands are: open URL"),
    ];
    for (command, complaint) in cases {
        let said = Act::parse(command).unwrap_err().to_string();
        assert!(said.starts_with("error: ") && said.contains(complaint), "{command}: {said}");
    }
}

fn acts() -> impl Strategy<Value = Act> {
    let some = || any::<String>().prop_filter("blank", |text| !text.trim().is_empty());
    prop_oneof![
        some().prop_map(Act::Open),
        any::<u32>().prop_map(Act::Click),
        (any::<u32>(), any::<String>()).prop_map(|(number, text)| Act::Type(number, text)),
        (any::<u32>(), any::<String>()).prop_map(|(number, text)| Act::Select(number, text)),
        any::<u32>().prop_map(Act::Submit),
        Just(Act::Back),
        some().prop_map(Act::Find),
        prop_oneof![Just(Direction::Up), Just(Direction::Down)].prop_map(Act::Scroll),
        some().prop_map(Act::Answer),
        any::<String>().prop_map(Act::Echo),
    ]
}

proptest! {
    #[test]
    fn every_command_reads_back(act in acts()) {
        prop_assert_eq!(Act::parse(&act.to_string()), Ok(act));
    }

    #[test]
    fn no_text_breaks_the_parser(text in any::<String>()) {
        let _read = Act::parse(&text);
    }
}
