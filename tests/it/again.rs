//! Runs that are cut off, by Ctrl-C or by kill -9, and gone on with by the same command.

use std::{
    fs,
    time::{Duration, Instant},
};

use crate::place::{Place, Ran, TASKS, signal};

/// Everything that must come out the same, whatever was cut where.
const TRIALS: &str = "SELECT task, policy, ending, solved, turns, turn_limit, extensions, prompt_tokens, decode_tokens \
                      FROM v_trials ORDER BY task, policy";
const TURNS: &str = "SELECT r.task, r.policy, u.turn, u.action, u.observation, u.patch_lines, u.verdict \
                     FROM v_turns u JOIN v_trials r ON r.trial_id = u.trial_id ORDER BY 1, 2, 3";

/// The processes of this machine whose command line holds `text`.
fn processes_with(text: &str) -> usize {
    let lines =
        fs::read_dir("/proc").unwrap().filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok());
    // The words of a command line are ended by zero bytes.
    lines.filter(|line| String::from_utf8_lossy(line).replace('\0', " ").contains(text)).count()
}

fn uncut(idle: &str) -> (Vec<String>, Vec<String>) {
    let place = Place::new(idle);
    let ran = place.turnwise(&place.scripted("compare -q"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    (place.ask(TRIALS), place.ask(TURNS))
}

#[test]
fn a_run_killed_at_any_moment_is_gone_on_with() {
    const IDLE: &str = "sleep 0.02; ls";
    let whole = uncut(IDLE);
    let place = Place::new(IDLE);
    let line = place.scripted("compare -q -w 3");
    for turns in [1, 7, 12, 30, 55] {
        let mut child = place.begin(&line);
        place.wait_for_turns(turns);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let ended = place.turnwise(&line);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_eq!((place.ask(TRIALS), place.ask(TURNS)), whole);
    assert_eq!(place.ask("SELECT max(attempts) FROM v_trials"), ["1"]);
}

#[test]
fn the_first_interruption_saves_and_the_same_command_goes_on() {
    const IDLE: &str = "sleep 0.05; ls";
    let whole = uncut(IDLE);
    let place = Place::new(IDLE);
    let line = place.scripted("compare -w 2");
    let child = place.begin(&line);
    place.wait_for_turns(6);
    signal(&child, "-INT");
    let cut: Ran = child.wait_with_output().unwrap().into();
    assert_eq!(cut.code, Some(130), "{}", cut.err);
    assert!(cut.err.contains("the same command again goes on"), "{}", cut.err);
    let finished =
        place.ask("SELECT count(*) FROM v_trials WHERE ending NOT IN ('interrupted', 'infra_error')");
    assert!(finished[0].parse::<usize>().unwrap() < whole.0.len());
    let ended = place.turnwise(&line);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_eq!((place.ask(TRIALS), place.ask(TURNS)), whole);
}

#[test]
fn the_second_interruption_ends_at_once_and_leaves_no_process() {
    let idle = format!("sleep 98{}.5", std::process::id());
    let place = Place::new(&idle);
    let child = place.begin(&place.scripted("run --slice 1:"));
    let until = Instant::now() + Duration::from_secs(30);
    while processes_with(&idle) == 0 {
        assert!(Instant::now() < until, "the action never began");
        std::thread::sleep(Duration::from_millis(10));
    }
    signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(200));
    let asked = Instant::now();
    signal(&child, "-INT");
    let cut: Ran = child.wait_with_output().unwrap().into();
    assert!(asked.elapsed() < Duration::from_secs(10));
    assert_eq!(cut.code, Some(130), "{}", cut.err);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(processes_with(&idle), 0);
}

#[test]
fn finished_trials_are_run_again_only_when_asked() {
    let place = Place::new("ls");
    let line = place.scripted("run --policy repeat -q");
    place.turnwise(&line);
    let started = || place.ask("SELECT trial_id, started_at FROM v_trials ORDER BY trial_id");
    let first = started();
    assert_eq!(first.len(), TASKS);
    place.turnwise(&line);
    assert_eq!(started(), first);
    let retried = place.turnwise(&format!("{line} --retry stopped"));
    assert_eq!(retried.code, Some(0), "{}", retried.err);
    let second = started();
    // Three of the tasks idle for three turns or more.
    assert_eq!(first.iter().zip(&second).filter(|(a, b)| a != b).count(), 3);
    place.turnwise(&format!("{line} --redo-existing"));
    assert!(started().iter().zip(&first).all(|(a, b)| a != b));
}

#[test]
fn a_run_that_goes_on_keeps_the_limits_it_began_with() {
    let place = Place::new("ls");
    let line = place.scripted("run --slice 3:6 --policy unlimited --policy dynamic-asked -q");
    place.turnwise(&line);
    let asked = "SELECT task, ending, turn_limit FROM v_trials WHERE policy = 'dynamic-asked' ORDER BY task";
    let first = place.ask(asked);
    assert_eq!(first, ["toy-3,submitted,6", "toy-4,turn_limit,6", "toy-5,turn_limit,6"]);
    // Shorter trials: the 25th percentile of the suite's baseline is 4 now.
    place.turnwise(&place.scripted("run --slice 0:3 --policy unlimited -q"));
    let again = place.turnwise(&format!("{line} --retry turn_limit"));
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert_eq!(place.ask(asked), first);
    let anew = place.turnwise(&format!("{line} --redo-existing"));
    assert_eq!(anew.code, Some(0), "{}", anew.err);
    assert_eq!(place.ask(asked)[1], "toy-4,turn_limit,4");
}
