//! Opening a database for writing or for reading, after a look at whose it is.

use std::{io, path::Path, time::Duration};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use crate::{
    StoreError, migrate, schema,
    version::{self, Version},
};

/// How long a statement waits for a lock that SQLite itself holds for moments.
pub(crate) const BUSY: Duration = Duration::from_secs(5);

/// Opens the database for the one writer; makes it where there is none.
///
/// # Errors
/// When the file is not a run database this version can write, or cannot be written.
pub(crate) async fn writer(path: &Path) -> Result<SqliteConnection, StoreError> {
    let failed = |source| StoreError::from_sqlx(path, source);
    let options = options(path).create_if_missing(true).statement_cache_capacity(512).foreign_keys(true);
    let mut conn = options.connect().await.map_err(failed)?;
    let from = match version::read(&mut conn, path).await? {
        Version::Blank => 0,
        Version::Ours(format) => format,
    };
    // Only now that the file is known to be ours may anything in it be changed, its journal mode included.
    // The journal is folded into the file each 16 MiB: seldom enough that a page is not copied for every turn on it.
    let pragmas =
        ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA wal_autocheckpoint = 4096"];
    for pragma in pragmas {
        sqlx::raw_sql(pragma).execute(&mut conn).await.map_err(failed)?;
    }
    migrate::migrate(&mut conn, from, path).await?;
    // SQLite opens a file that may only be read without a word; write now rather than fail at the first event.
    let again = format!("PRAGMA user_version = {}", schema::FORMAT);
    sqlx::raw_sql(AssertSqlSafe(again)).execute(&mut conn).await.map_err(failed)?;
    Ok(conn)
}

/// A database opened for readers, and its format: it may be older than this version's.
pub(crate) struct Opened {
    pub(crate) pool: SqlitePool,
    pub(crate) format: i64,
    /// Whether the file is taken for one that nobody changes.
    pub(crate) immutable: bool,
}

/// Opens the database for readers, who cannot change anything.
///
/// # Errors
/// When the file is missing, not a run database this version can read, or cannot be read.
pub(crate) async fn readers(path: &Path) -> Result<Opened, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing { path: path.to_owned() });
    }
    if path.is_dir() {
        let source = Box::new(io::Error::from(io::ErrorKind::IsADirectory));
        return Err(StoreError::Inaccessible { path: path.to_owned(), access: "opened", source });
    }
    let options = options(path).read_only(true);
    match readers_with(path, options.clone()).await {
        // A folder that cannot be written has no room for the shared memory of the journal; without a journal none
        // is needed.
        Err(StoreError::Inaccessible { .. }) if !has_journal(path) => {
            let opened = readers_with(path, options.immutable(true)).await?;
            Ok(Opened { immutable: true, ..opened })
        }
        opened => opened,
    }
}

async fn readers_with(path: &Path, options: SqliteConnectOptions) -> Result<Opened, StoreError> {
    let failed = |source| StoreError::from_sqlx(path, source);
    let mut conn = options.connect().await.map_err(failed)?;
    let version = version::read(&mut conn, path).await?;
    conn.close().await.map_err(failed)?;
    match version {
        Version::Blank => Err(StoreError::Empty { path: path.to_owned() }),
        Version::Ours(format) => {
            let pool = SqlitePoolOptions::new().max_connections(2).connect_lazy_with(options);
            Ok(Opened { pool, format, immutable: false })
        }
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).busy_timeout(BUSY).disable_statement_logging()
}

fn has_journal(path: &Path) -> bool {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-wal");
    std::fs::metadata(journal).is_ok_and(|file| file.len() > 0)
}
