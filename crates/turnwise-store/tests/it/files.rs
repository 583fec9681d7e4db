//! Files that are not what they should be.

use std::{
    fs,
    path::{Path, PathBuf},
};

use turnwise_core::{Recorder, RunEvent, RunId, TrialId};
use turnwise_store::{Reader, StoreError, StoreRecorder};

use crate::events::fixture;

async fn both(path: &Path) -> (Option<StoreError>, Option<StoreError>) {
    (Reader::open(path).await.err(), StoreRecorder::open(path).await.err())
}

async fn filled(folder: &Path) -> PathBuf {
    let path = folder.join("filled.db");
    let recorder = StoreRecorder::open(&path).await.unwrap();
    for event in fixture() {
        recorder.record(event).await.unwrap();
    }
    recorder.close().await.unwrap();
    path
}

async fn change(path: &Path, sql: &str) {
    use sqlx::{ConnectOptions, Connection};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut conn = options.connect().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

#[tokio::test]
async fn a_missing_file_is_made_by_the_writer_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let (reader, writer) = both(&path).await;
    assert!(matches!(reader, Some(StoreError::Missing { .. })), "{reader:?}");
    assert!(writer.is_none());
}

#[tokio::test]
async fn an_empty_file_is_filled_by_the_writer_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.db");
    fs::write(&path, "").unwrap();
    let (reader, writer) = both(&path).await;
    assert!(matches!(reader, Some(StoreError::Empty { .. })), "{reader:?}");
    assert!(writer.is_none(), "{writer:?}");
}

#[tokio::test]
async fn a_text_is_no_database_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["short\n".to_owned(), "a long text\n".repeat(1000)] {
        let path = folder.path().join("text.db");
        fs::write(&path, &text).unwrap();
        let (reader, writer) = both(&path).await;
        assert!(matches!(reader, Some(StoreError::NotADatabase { .. })), "{reader:?}");
        assert!(matches!(writer, Some(StoreError::NotADatabase { .. })), "{writer:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[tokio::test]
async fn another_programs_database_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    change(&path, "CREATE TABLE songs (title TEXT)").await;
    let before = fs::read(&path).unwrap();
    let (reader, writer) = both(&path).await;
    assert!(matches!(reader, Some(StoreError::NotOurs { .. })), "{reader:?}");
    assert!(matches!(writer, Some(StoreError::NotOurs { .. })), "{writer:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// The views as they were before format 3.
fn first_views() -> String {
    let sql = include_str!("../../../../migrations/0001_runs.sql");
    let between = |from: &str, to: &str| {
        let from = sql.find(from).unwrap();
        &sql[from..from + sql[from..].find(to).unwrap()]
    };
    let trials_and_turns = between("CREATE VIEW v_trials", "CREATE VIEW v_signals");
    format!("{trials_and_turns}{}", between("CREATE VIEW v_policies", "CREATE VIEW v_labels"))
}

/// Takes away what the keys of replies added, but for the views.
const WITHOUT_REPLIES: &str = "DROP INDEX turns_by_reply; ALTER TABLE turns DROP COLUMN reply_key;
    ALTER TABLE turns DROP COLUMN reused; ALTER TABLE turns DROP COLUMN measured;";

/// Takes away what format 6 added.
const WITHOUT_PATCHES: &str =
    "DROP VIEW v_grades; DROP VIEW v_patches; DROP TABLE grades; ALTER TABLE turns DROP COLUMN patch;";

/// Takes away what format 10 added, but for the columns of views.
fn without_learned() -> String {
    let sql = include_str!("../../../../migrations/0001_runs.sql");
    let from = sql.find("CREATE VIEW v_signals").unwrap();
    let signals = &sql[from..from + sql[from..].find("CREATE VIEW v_verdicts").unwrap()];
    format!(
        "DROP VIEW v_values; DROP TABLE fork_values; DROP VIEW v_exits; DROP VIEW v_states; DROP VIEW v_signals; DROP TABLE states; DROP TABLE exits; DROP TABLE estimates;
         {signals}"
    )
}

/// Takes away what the formats from 5 on added, but for the views, the patches and the keys.
fn without_imports() -> String {
    let columns = ["model", "prompt_tokens", "decode_tokens", "cost", "counted"];
    let dropped: String =
        columns.iter().map(|column| format!("ALTER TABLE trials DROP COLUMN {column};")).collect();
    let patches = WITHOUT_PATCHES;
    let places = ["place", "from_attempt", "from_turn"];
    let placed: String =
        places.iter().map(|column| format!("ALTER TABLE attempts DROP COLUMN {column};")).collect();
    let learned = without_learned();
    format!(
        "{learned} DROP VIEW v_arms; {patches} DROP VIEW v_extras; DROP TABLE extras; ALTER TABLE turns DROP COLUMN unknown; {dropped}
         DROP VIEW v_attempts; {placed}"
    )
}

#[tokio::test]
async fn the_formats_before_are_read_as_they_are_and_brought_up_by_the_writer() {
    for format in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let path = filled(folder.path()).await;
        let dropped = "DROP VIEW v_policies; DROP VIEW v_turns; DROP VIEW v_trials; ALTER TABLE turns DROP COLUMN cost;";
        let calls = if format == 1 { "ALTER TABLE turns DROP COLUMN tool_calls;" } else { "" };
        let (imports, views) = (without_imports(), first_views());
        change(
            &path,
            &format!("{dropped}{WITHOUT_REPLIES}{imports}{calls}{views}PRAGMA user_version = {format}"),
        )
        .await;
        let recorded = async || {
            let reader = Reader::open(&path).await.unwrap();
            let trial = reader.find_trial("u1").await.unwrap();
            let policies = reader.policies(&RunId::new("r1")).await.unwrap();
            let id = TrialId::new(&trial.trial_id);
            let turns = reader.turns(&id).await.unwrap();
            assert_eq!((trial.cost, policies[0].cost, turns[0].facts.cost), (None, None, None));
            assert_eq!(reader.imported(&id).await.unwrap(), turnwise_store::Imported::default());
            (turns, trial, policies, reader.runs().await.unwrap())
        };
        let before = recorded().await;
        assert!(!before.0.is_empty());
        StoreRecorder::open(&path).await.unwrap().close().await.unwrap();
        assert_eq!(recorded().await, before);
    }
}

/// Takes away what the formats from 7 on added, and brings the views of format 5 back.
fn without_attempts_and_replies() -> String {
    let [first, fifth] = [
        include_str!("../../../../migrations/0001_runs.sql"),
        include_str!("../../../../migrations/0005_imports.sql"),
    ];
    let view = |sql: &str, name: &str| {
        let from = sql.find(&format!("CREATE VIEW {name}")).unwrap();
        sql[from..=from + sql[from..].find(';').unwrap()].to_owned()
    };
    let dropped = "DROP VIEW v_arms; DROP VIEW v_policies; DROP VIEW v_turns; DROP VIEW v_trials; DROP VIEW v_attempts; ALTER TABLE trials DROP COLUMN counted;                    ALTER TABLE attempts DROP COLUMN place; ALTER TABLE attempts DROP COLUMN from_attempt;                    ALTER TABLE attempts DROP COLUMN from_turn;";
    let views = [(first, "v_attempts"), (fifth, "v_trials"), (fifth, "v_turns"), (fifth, "v_policies")];
    let views = views.map(|(sql, name)| view(sql, name));
    format!("{}{dropped}{WITHOUT_REPLIES}{}", without_learned(), views.concat())
}

#[tokio::test]
async fn records_without_patches_are_read_and_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path()).await;
    let (id, run) = (TrialId::new("u1"), RunId::new("r1"));
    let with = Reader::open(&path).await.unwrap().turns(&id).await.unwrap();
    assert_eq!(&*with[1].facts.workspace.patch, "the patch");
    change(&path, &format!("{}{WITHOUT_PATCHES} PRAGMA user_version = 5", without_attempts_and_replies()))
        .await;
    let reader = Reader::open(&path).await.unwrap();
    let without = reader.turns(&id).await.unwrap();
    // The digests stand for the patches that are not there.
    assert_eq!(without, with);
    assert_eq!(
        (without[0].facts.workspace.known_patch(), without[1].facts.workspace.known_patch()),
        (Some(&"".into()), None)
    );
    assert_eq!(reader.grades(&run).await.unwrap(), []);

    let recorder = StoreRecorder::open(&path).await.unwrap();
    for number in [5, 6] {
        let event = RunEvent::TurnFinished(Box::new(crate::events::turn(&id, number)));
        recorder.record(event).await.unwrap();
    }
    recorder.close().await.unwrap();
    let reader = Reader::open(&path).await.unwrap();
    let works = reader.trial_works(&run).await.unwrap();
    let of_trial = works.into_iter().find(|work| work.trial_id == "u1").unwrap();
    let seen: Vec<_> =
        of_trial.works.iter().map(|work| (work.turn, &*work.digest, work.patch.as_deref())).collect();
    let unknown = [2, 3, 4].map(|turn| (turn, "d1", None));
    assert_eq!(seen[0], (1, "", Some("")));
    assert_eq!(seen[1..4], unknown);
    assert_eq!(seen[4..], [(5, "d1", Some("the patch"))]);
}

#[tokio::test]
async fn a_newer_format_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path()).await;
    change(&path, "PRAGMA user_version = 13").await;
    let (reader, writer) = both(&path).await;
    assert!(matches!(reader, Some(StoreError::Newer { found: 13, known: 11, .. })), "{reader:?}");
    let message = writer.unwrap().to_string();
    assert!(message.contains("has format 13, this turnwise reads up to 11; update turnwise"), "{message}");
}

#[tokio::test]
async fn a_cut_off_database_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path()).await;
    let size = fs::metadata(&path).unwrap().len();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(size / 2).unwrap();
    let (reader, writer) = both(&path).await;
    let used = match reader {
        Some(error) => Some(error),
        None => Reader::open(&path).await.unwrap().query("SELECT * FROM v_turns").await.err(),
    };
    assert!(matches!(used, Some(StoreError::Damaged { .. } | StoreError::BadQuestion { .. })), "{used:?}");
    assert!(matches!(writer, None | Some(StoreError::Damaged { .. })), "{writer:?}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let error = StoreRecorder::open(&folder.path().join("no/such/t.db")).await.unwrap_err();
    assert!(matches!(error, StoreError::Inaccessible { access: "written", .. }), "{error:?}");
}

#[tokio::test]
async fn a_folder_is_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = both(folder.path()).await;
    assert!(matches!(reader, Some(StoreError::Inaccessible { access: "opened", .. })), "{reader:?}");
    assert!(matches!(writer, Some(StoreError::Inaccessible { .. })), "{writer:?}");
}

#[tokio::test]
async fn a_file_that_may_only_be_read_is_read_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path()).await;
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let anyway = fs::OpenOptions::new().append(true).open(&path).is_ok();
    let (reader, writer) = both(&path).await;
    assert!(reader.is_none(), "{reader:?}");
    // Root may write it all the same.
    let refused = matches!(writer, Some(StoreError::Inaccessible { access: "written", .. }));
    assert!(refused || (writer.is_none() && anyway), "{writer:?}");
}

#[tokio::test]
async fn a_second_writer_hears_who_writes_and_readers_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path()).await;
    let first = StoreRecorder::open(&path).await.unwrap();
    let second = StoreRecorder::open(&path).await.unwrap_err();
    let pid = std::process::id();
    assert!(matches!(second, StoreError::Locked { by: Some(by), .. } if by == pid), "{second:?}");
    let reader = Reader::open(&path).await.unwrap();
    assert_eq!(reader.runs().await.unwrap().len(), 2);
    first.close().await.unwrap();
    let third = StoreRecorder::open(&path).await.unwrap();
    third.close().await.unwrap();
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with("-writer")), "{left:?}");
}

#[tokio::test]
async fn a_question_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path()).await;
    let reader = Reader::open(&path).await.unwrap();
    for sql in [
        "DELETE FROM trials",
        "SELECT 1; DELETE FROM trials",
        "SELECT 1; VACUUM INTO 'x.db'",
        "ATTACH 'x.db' AS x",
        "PRAGMA user_version = 3",
        "-- nothing\n",
    ] {
        let error = reader.query(sql).await.unwrap_err();
        assert!(matches!(error, StoreError::NotAQuestion { .. }), "{sql}: {error:?}");
    }
    let error = reader.query("WITH x AS (SELECT 1) DELETE FROM trials").await.unwrap_err();
    assert!(matches!(error, StoreError::BadQuestion { .. }), "{error:?}");
    let message = reader.query("SELECT mood FROM v_trials").await.unwrap_err().to_string();
    assert!(message.contains("no such column: mood"), "{message}");
    let table = reader.query("SELECT ';' AS \"a;b\" /* ; */, 1.5, NULL, x'00', 2;").await.unwrap();
    assert_eq!(table.columns[0], "a;b");
    assert_eq!(table.rows[0].len(), 5);
}
