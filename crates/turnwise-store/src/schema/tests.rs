//! The schema of today, and the proof that the past was not changed.

use sha2::{Digest, Sha256};
use sqlx::{Connection, Row, SqliteConnection};

use super::{FORMAT, MIGRATIONS};

#[test]
fn old_migrations_are_never_changed() {
    let hashes: Vec<String> = MIGRATIONS
        .iter()
        .map(|sql| Sha256::digest(sql).iter().take(8).map(|byte| format!("{byte:02x}")).collect())
        .collect();
    // A new migration adds a line here; a line that is here stays.
    assert_eq!(
        hashes,
        [
            "50551a9b42cd9361",
            "65e2de6c55060812",
            "b3237fa4693ad4a0",
            "2c406a2838d793de",
            "467eee2bd1cb6d07",
            "01f702a36b7cc90b",
            "4874632e2bda2d4c",
            "f395b01c57b05679",
            "e10a8de43c61d9cd",
            "0369aec3b0b7cdec",
            "eeea04659abb9621"
        ]
    );
    assert_eq!(MIGRATIONS.len(), usize::try_from(FORMAT).unwrap());
}

#[tokio::test]
async fn the_schema_is_this() {
    let mut conn = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    crate::migrate::migrate(&mut conn, 0, "memory".as_ref()).await.unwrap();
    let rows = sqlx::query(
        "SELECT m.type, m.name AS object, c.name, c.type AS kind FROM sqlite_schema m
        JOIN pragma_table_info(m.name) c WHERE m.type IN ('table', 'view') ORDER BY m.type, m.name, c.cid",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let lines: String = rows
        .iter()
        .map(|row| {
            let [class, object, column, kind] = [0, 1, 2, 3].map(|index| row.get::<String, _>(index));
            format!("{class} {object}.{column} {kind}\n")
        })
        .collect();
    insta::assert_snapshot!(lines);
}
