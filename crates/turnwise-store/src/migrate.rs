//! Brings a database to the newest format, each step in one transaction.

use std::path::Path;

use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::{StoreError, schema, version::APPLICATION_ID};

/// Applies every migration after format `from`; 0 is a blank database.
///
/// # Errors
/// When the database cannot be written; it is then left at the format it had.
pub(crate) async fn migrate(conn: &mut SqliteConnection, from: i64, path: &Path) -> Result<(), StoreError> {
    let done = usize::try_from(from).unwrap_or(0);
    for (index, migration) in schema::MIGRATIONS.iter().enumerate().skip(done) {
        let format = index + 1;
        let script = format!(
            "BEGIN IMMEDIATE;\n{migration}\nPRAGMA application_id = {APPLICATION_ID};\n\
             PRAGMA user_version = {format};\nCOMMIT;"
        );
        let applied = sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut *conn).await;
        if let Err(source) = applied {
            // The transaction may already be gone; the first error is the one that says why.
            let _rolled_back = sqlx::raw_sql("ROLLBACK").execute(&mut *conn).await.is_ok();
            return Err(StoreError::from_sqlx(path, source));
        }
    }
    Ok(())
}
