//! Bad input: one clear line with the next step, and the exit code of contract.md.

use std::fs;

use crate::place::Place;

#[test]
fn every_mistake_has_its_exit_code_and_says_what_to_do() {
    let place = Place::new("ls");
    let write = |name: &str, text: &str| fs::write(place.path(name), text).unwrap();
    write("mine.toml", "summary = 's'\n[budget]\nkind = 'fixed'\nlimt = 5\nlimit = 5\n");
    write(
        "wrong.toml",
        "summary = 's'\n[budget]\nkind = 'fixed'\nlimit = 5\n[[example]]\nturns = [9]\nexpect = 'continue'\n",
    );
    write("profile.toml", "summary = 's'\n[prompt]\ntusk = '{{ task }}'\ntask = '{{ task }}'\n");
    write("untested.jsonl", "{\"instance_id\": \"x\", \"problem_statement\": \"s\"}\n");
    write("notes.db", "these are my notes\n");
    write("other.db", "");
    let table = [
        ("run", 2, "required arguments"),
        ("run toy.jsonl --model nop --slice 5", 2, "write A:B"),
        ("run toy.jsonl --model nop --set sampling.heat=1", 2, "sampling.temperature"),
        ("query ending", 2, "`turnwise query --list` lists them"),
        ("run toy.jsonl --model nop --filter nowhere", 4, "leave one of them out"),
        ("run toy.jsonl --model no-such-model", 10, "no-such-model"),
        ("run toy.jsonl --model openai:http://127.0.0.1:1/v1#m", 10, "start the server or check the address"),
        ("model check --model openai:http://127.0.0.1:1/v1", 10, "names no model"),
        ("model check --model hf:a/b/c", 10, "write hf:ORG/NAME"),
        ("run toy.jsonl --model scripted:none.jsonl", 10, "none.jsonl"),
        ("bench engine --model gold", 2, "name a directory, a .gguf file or `pocket`"),
        ("bench engine --prompt 9000", 2, "shorten the conversation"),
        ("model bench --batch 1,0", 2, "write a whole number from 1"),
        ("model check --device cuda:77", 10, "device cuda:77 is unavailable"),
        ("model check --device gpu", 2, "write `auto`, `cpu`"),
        ("replay latest", 2, "required arguments"),
        ("replay latest --policy fixed --db none.db", 12, "`turnwise compare` makes one"),
        ("show --db none.db", 12, "`turnwise compare` makes one"),
        ("show --db notes.db", 12, "name another file with `--db`"),
        ("run toy.jsonl --model nop --db notes.db", 12, "name another file with `--db`"),
        ("run toy.jsonl --model nop --policy fixd", 13, "there are unlimited, fixed"),
        (
            "run toy.jsonl --model nop --policy mine.toml",
            13,
            "mine.toml:4: unknown key `budget.limt`; did you mean `budget.limit`?",
        ),
        ("run toy.jsonl --model nop --policy wrong.toml", 13, "wrong.toml:5: the example expects `continue`"),
        ("run toy.jsonl --model nop --policy fixed", 13, "turnwise run toy --policy unlimited"),
        ("run toy.jsonl --model scripted:script.jsonl --profile mini", 13, "there are pocket, mini-text"),
        (
            "run toy.jsonl --model scripted:script.jsonl --profile profile.toml",
            13,
            "profile.toml:3: unknown key `prompt.tusk`; did you mean `prompt.task`?",
        ),
        ("model profiles none.toml", 1, "none.toml cannot be read as a profile"),
        ("run toy.jsonl --model gold --profile mini-text", 2, "leave `--profile` out"),
        ("run untested.jsonl --model nop", 13, "untested.jsonl:1: task `x` has no tests"),
        ("run no-such-suite --model nop", 13, "there is no suite `no-such-suite`"),
    ];
    for (line, code, says) in table {
        let ran = place.turnwise(line);
        assert_eq!(ran.code, Some(code), "{line}: {}", ran.err);
        assert!(ran.err.contains(says), "{line}: {}", ran.err);
        assert_eq!(ran.out, "", "{line}");
    }
}

#[test]
fn a_database_in_use_is_left_alone() {
    let place = Place::new("sleep 0.2");
    let mut first = place.begin(&place.scripted("run -w 1"));
    while !place.path("turnwise.db").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    let second = place.turnwise("run toy.jsonl --model nop");
    assert_eq!(second.code, Some(12), "{}", second.err);
    assert!(second.err.contains("is being written by process"), "{}", second.err);
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn output_that_is_not_text_and_replies_without_commands_are_observations() {
    let place = Place::new("printf '\\377\\376'");
    let ran = place.turnwise(&place.scripted("run -q"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    fs::write(place.path("mute.jsonl"), "{\"task\": \"*\", \"replies\": [\"<think>and on\"]}\n").unwrap();
    let line = place.scripted("run -q --limit 1").replace("script.jsonl", "mute.jsonl");
    assert_eq!(place.turnwise(&line).code, Some(0));
    let endings = place.ask("SELECT ending, turns, solved FROM v_trials WHERE ending = 'format_errors'");
    assert_eq!(endings, ["format_errors,3,0"]);
}

#[test]
fn completions_and_help_need_nothing() {
    let place = Place::new("ls");
    let script = place.turnwise("completions bash");
    assert!(script.out.contains("turnwise") && script.code == Some(0));
    let help = place.turnwise("--help");
    assert!(help.out.contains("compare") && help.code == Some(0));
}
