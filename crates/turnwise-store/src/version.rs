//! Whose a database is and how old: SQLite's `application_id` and `user_version`, checked before anything is read.

use std::path::Path;

use sqlx::{Row, SqliteConnection};

use crate::{StoreError, schema};

/// `TWNS`, in the header of every run database.
pub(crate) const APPLICATION_ID: i64 = 0x5457_4e53;

/// What a database is to this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// There is nothing in it.
    Blank,
    /// A run database of this format, which is at most [`schema::FORMAT`].
    Ours(i64),
}

/// Reads the version of the database at `path`.
///
/// # Errors
/// When it is no database, not ours, or newer than this version.
pub(crate) async fn read(conn: &mut SqliteConnection, path: &Path) -> Result<Version, StoreError> {
    let row = sqlx::query(
        "SELECT (SELECT application_id FROM pragma_application_id),
                (SELECT user_version FROM pragma_user_version),
                (SELECT count(*) FROM sqlite_schema)",
    )
    .fetch_one(conn)
    .await
    .map_err(|source| StoreError::from_sqlx(path, source))?;
    let [application, format, objects] = [row.get::<i64, _>(0), row.get(1), row.get(2)];
    decide(application, format, objects, path)
}

fn decide(application: i64, format: i64, objects: i64, path: &Path) -> Result<Version, StoreError> {
    let path = path.to_owned();
    match (application, format) {
        (0, 0) if objects == 0 => Ok(Version::Blank),
        (APPLICATION_ID, found) if found > schema::FORMAT => {
            Err(StoreError::Newer { path, found, known: schema::FORMAT })
        }
        (APPLICATION_ID, found) => Ok(Version::Ours(found)),
        _ => Err(StoreError::NotOurs { path }),
    }
}
