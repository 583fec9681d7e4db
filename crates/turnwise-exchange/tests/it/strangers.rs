//! Files that are not as they should be: each is named, the rest is read.

use std::{fs, ops::ControlFlow, path::Path};

use turnwise_core::{Action, Ending};
use turnwise_exchange::{Export, Format, LONGEST_TEXT, Meter, Trajectory, Unwritable, read};

use crate::round_trip::found;

fn file(name: &str, text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn complaints(format: Format, path: &Path) -> Vec<String> {
    let found = found(format, path).into_iter();
    let place = path.display().to_string();
    found.filter_map(|found| Some(found.err()?.to_string().replace(&place, "FILE"))).collect()
}

#[test]
fn lines_that_are_no_runs_are_named_and_the_others_read() {
    let lines = [
        r#"{"task": "a", "limit": 3, "turns": 2, "resolved": true, "steps": [{"n": 1, "act": "ls"}, {"n": 4, "act": "pwd"}]}"#,
        r#"{"task": "b", "steps": ["#,
        "",
        r#"{"task": "c", "turns": 7, "kinds": ["x"]}"#,
        r#"[1]"#,
        r#"{"steps": []}"#,
        r#"{"task": "d", "steps": []}"#,
    ];
    let (_folder, path) = file("runs.jsonl", &lines.join("\n"));
    assert_eq!(
        complaints(Format::Turns, &path),
        [
            "FILE:2: it is not JSON",
            "FILE:4: it lacks a list `steps`; is it of another format?",
            "FILE:5: it lacks an object with the facts of a run; is it of another format?",
            "FILE:6: it lacks a `task`; is it of another format?",
        ]
    );
    let read: Vec<_> = found(Format::Turns, &path).into_iter().filter_map(Result::ok).collect();
    let [gaps, empty] = &read[..] else { panic!() };
    assert!(gaps.renumbered && gaps.trajectory.turns.len() == 2 && gaps.trajectory.turns[1].extra["n"] == 4);
    assert_eq!((gaps.trajectory.ending, gaps.trajectory.solved), (Ending::Submitted, Some(true)));
    assert_eq!((empty.trajectory.ending, empty.trajectory.solved), (Ending::InfraError, None));
    assert_eq!((gaps.trajectory.name.as_str(), empty.trajectory.name.as_str()), ("runs:1", "runs:7"));
}

#[test]
fn a_run_that_is_only_summed_up_has_turns_of_a_letter_each() {
    let lines = [
        r#"{"task": "a", "limit": 3, "turns": 3, "resolved": false, "exit": "max_steps", "acts": "XSX", "tokens": 9}"#,
        r#"{"task": "b", "turns": 2, "acts": "XSX"}"#,
    ];
    let (_folder, path) = file("runs.jsonl", &lines.join("\n"));
    assert_eq!(
        complaints(Format::Turns, &path),
        ["FILE:2: it lacks a list `steps`; is it of another format?"]
    );
    let run = found(Format::Turns, &path).remove(0).unwrap().trajectory;
    let actions: Vec<_> = run.turns.iter().map(|turn| turn.action.clone()).collect();
    assert_eq!(actions, ["X", "S", "X"].map(|letter| Action::Shell(letter.to_owned())));
    assert_eq!((run.ending, run.solved, run.extra.len()), (Ending::TurnLimit, Some(false), 1));
}

#[test]
fn files_of_another_kind_are_named_by_every_reader() {
    for (format, name) in [
        (Format::SweAgent, "a.traj"),
        (Format::Mini, "a.traj.json"),
        (Format::Atif, "a.json"),
        (Format::Inspect, "a.json"),
        (Format::OpenHands, "a.jsonl"),
    ] {
        for text in
            ["", "{", "[]", "{}", "null", "\u{0}", "{\"steps\": 1, \"messages\": 2, \"trajectory\": null}"]
        {
            let (_folder, path) = file(name, text);
            let lines_of_nothing = format == Format::OpenHands && text.is_empty();
            assert_eq!(complaints(format, &path).len(), usize::from(!lines_of_nothing), "{format} {text:?}");
        }
        assert_eq!(complaints(format, Path::new("missing.json")), ["FILE: it cannot be read"]);
    }
    let (_folder, path) = file("a.eval", "PK\u{3}\u{4} and no more");
    assert!(complaints(Format::Inspect, &path)[0].contains("inspect log convert"));
}

#[test]
fn a_log_that_ends_too_soon_gives_what_it_holds() {
    let sample = r#"{"id": "a", "epoch": 1, "messages": []}"#;
    let (_folder, path) =
        file("a.json", &format!(r#"{{"eval": {{"task": "t"}}, "samples": [{sample}, {sample}, {{"id""#));
    let all = found(Format::Inspect, &path);
    assert_eq!(
        (all.iter().filter(|found| found.is_ok()).count(), complaints(Format::Inspect, &path).len()),
        (2, 1)
    );
}

#[test]
fn a_cut_off_archive_of_gzip_is_no_end_of_the_file() {
    let (folder, path) = file("runs.jsonl.gz", "");
    let mut export = Export::to(Format::Turns, Some(&path), || unreachable!()).unwrap();
    for number in 0..200 {
        export
            .add(&Trajectory { patch: format!("{number} {}", number * 7919), ..Trajectory::of("k") })
            .unwrap();
    }
    export.finish().unwrap();
    let whole = fs::read(&path).unwrap();
    let cut = folder.path().join("cut.jsonl.gz");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(complaints(Format::Turns, &cut).len(), 1);
    assert!(found(Format::Turns, &path).len() == 200 && found(Format::Turns, &cut).len() > 1);
}

#[test]
fn an_endless_observation_is_cut_and_that_is_said() {
    let observation = "line\n".repeat(1_000_000);
    let step = serde_json::json!({ "task": "k", "steps": [{ "act": "yes", "obs": observation }] });
    let (_folder, path) = file("runs.jsonl", &step.to_string());
    let found = found(Format::Turns, &path).pop().unwrap().unwrap();
    let kept = &found.trajectory.turns[0].observation;
    assert!(kept.len() < LONGEST_TEXT + 100 && kept.contains("bytes left out"));
    assert_eq!(found.cut_bytes, 5_000_000 - LONGEST_TEXT as u64);
}

#[test]
fn the_same_record_has_the_same_digest_and_whoever_has_enough_says_so() {
    let line = r#"{"task": "a", "steps": []}"#;
    let (_folder, path) =
        file("runs.jsonl", &format!("{line}\n{line}\n{line} \n{{\"task\": \"b\", \"steps\": []}}"));
    let digests: Vec<_> =
        found(Format::Turns, &path).into_iter().map(|found| found.unwrap().digest).collect();
    assert!(digests[0] == digests[1] && digests[1] == digests[2] && digests[2] != digests[3]);
    let mut given = 0;
    read(Format::Turns, &path, &Meter::default(), &mut |_| {
        given += 1;
        if given == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(given, 2);
}

#[test]
fn a_file_for_one_trajectory_takes_no_second() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.traj");
    let mut export = Export::to(Format::SweAgent, Some(&path), || unreachable!()).unwrap();
    export.add(&Trajectory::of("a")).unwrap();
    assert!(matches!(export.add(&Trajectory::of("b")), Err(Unwritable::OneEach { .. })));
    assert!(matches!(
        Export::to(Format::Mini, None, || unreachable!()).err(),
        Some(Unwritable::Nowhere { .. })
    ));
}
