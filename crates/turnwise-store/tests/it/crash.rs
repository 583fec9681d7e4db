//! `kill -9` at random moments: what was acknowledged is there, and the file is whole.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use turnwise_core::{Recorder, RunEvent, TrialId};
use turnwise_store::{Reader, StoreRecorder, Value};

use crate::events::{Trial, run, turn};

/// Names the database to the child process; without it `child` does nothing.
const DATABASE: &str = "TURNWISE_STORE_CRASH_DATABASE";

/// The child: records turns for ever and prints the number of each that was acknowledged.
#[tokio::test]
async fn child() {
    let Some(path) = std::env::var_os(DATABASE) else { return };
    let path = PathBuf::from(path);
    let recorder = StoreRecorder::open(&path).await.unwrap();
    recorder.record(run("r1")).await.unwrap();
    let trial = Trial {
        run: "r1",
        id: "t1".to_owned(),
        task: "k1".to_owned(),
        policy: "unlimited",
        turn_limit: None,
        turns: 0,
        ending: None,
        solved: None,
    };
    for event in trial.events() {
        recorder.record(event).await.unwrap();
    }
    let trial = TrialId::new("t1");
    let reader = Reader::open(&path).await.unwrap();
    let recorded = reader.turns(&trial).await.unwrap().len();
    for number in u32::try_from(recorded).unwrap() + 1.. {
        recorder.record(RunEvent::TurnFinished(Box::new(turn(&trial, number)))).await.unwrap();
        println!("turn {number}");
    }
}

#[tokio::test]
async fn a_killed_writer_loses_nothing_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let mut last = 0;
    for pause in [0, 3, 11, 27, 58] {
        let acknowledged = write_and_kill(&path, Duration::from_millis(pause));
        assert!(acknowledged > last, "the next writer goes on after turn {last}");
        let reader = Reader::open(&path).await.unwrap();
        let turns = reader.turns(&TrialId::new("t1")).await.unwrap();
        assert!(turns.len() >= acknowledged as usize, "{} of {acknowledged} turns", turns.len());
        for (number, recorded) in (1..).zip(&turns) {
            assert_eq!(*recorded, turn(&TrialId::new("t1"), number));
        }
        let whole = reader.query("SELECT * FROM pragma_integrity_check").await.unwrap();
        assert_eq!(whole.rows, [[Value::Text("ok".to_owned())]]);
        last = u32::try_from(turns.len()).unwrap();
    }
}

/// Starts a writer, kills it some time after its first turn, and gives the last turn it called recorded.
fn write_and_kill(path: &Path, pause: Duration) -> u32 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["crash::child", "--exact", "--nocapture"])
        .env(DATABASE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let numbers = |line: String| line.split_once("turn ").and_then(|(_, number)| number.parse::<u32>().ok());
    let first = lines.by_ref().map_while(Result::ok).find_map(numbers).expect("the child records a turn");
    std::thread::sleep(pause);
    end(&mut child);
    lines.map_while(Result::ok).filter_map(numbers).last().unwrap_or(first)
}

fn end(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}
