//! A disk that is full.

use turnwise_core::{RecordError, Recorder, RunEvent, TrialId};
use turnwise_store::{Reader, StoreError, StoreRecorder};

use crate::events::{fixture, turn};

/// A file system of 2 MiB where this machine lets us mount one, which takes root.
struct Tiny(tempfile::TempDir);

impl Tiny {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(folder.path())
            .output();
        mount.is_ok_and(|done| done.status.success()).then(|| Self(folder))
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        let _unmounted = std::process::Command::new("umount").arg(self.0.path()).output();
    }
}

#[tokio::test]
async fn what_was_acknowledged_before_the_disk_was_full_stays() {
    let Some(tiny) = Tiny::mount() else { return };
    let path = tiny.0.path().join("t.db");
    let recorder = StoreRecorder::open(&path).await.unwrap();
    for event in fixture() {
        recorder.record(event).await.unwrap();
    }
    let trial = TrialId::new("d1");
    let mut acknowledged = 2;
    let failure = loop {
        let mut turn = turn(&trial, acknowledged + 1);
        turn.facts.observation = format!("{acknowledged} {}", "x".repeat(4000));
        match recorder.record(RunEvent::TurnFinished(Box::new(turn))).await {
            Ok(()) => acknowledged += 1,
            Err(failure) => break failure,
        }
        assert!(acknowledged < 1000, "the disk was never full");
    };
    let RecordError::Failed { source } = failure else { panic!("{failure:?}") };
    assert!(source.to_string().contains("there is no space left"), "{source}");
    // Nothing is written after a failure, and closing tells it again.
    let next = RunEvent::TurnFinished(Box::new(turn(&trial, 999)));
    assert!(recorder.record(next).await.is_err());
    assert!(recorder.close().await.is_err());

    let reader = Reader::open(&path).await.unwrap();
    let turns = reader.turns(&trial).await.unwrap();
    assert_eq!(turns.len(), acknowledged as usize);
}

#[tokio::test]
async fn a_disk_that_is_full_from_the_start_is_said() {
    let Some(tiny) = Tiny::mount() else { return };
    let hog = std::fs::write(tiny.0.path().join("hog"), vec![0; 2_500_000]);
    assert!(hog.is_err());
    let error = StoreRecorder::open(&tiny.0.path().join("t.db")).await.unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
}
