//! Reads a run database, also while it is being written. Every connection is read-only.

mod arm;
mod columns;
mod grade;
mod import;
mod lean;
mod learned;
mod question;
mod replies;
mod resume;
mod run;
mod trial;
mod turn;

use std::path::{Path, PathBuf};

use sqlx::{AssertSqlSafe, SqlitePool};

use crate::{
    StoreError,
    open::{self, Opened},
    schema,
};

pub use learned::{TrialExits, TrialStates, TrialValues};

/// A reader of one run database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reader {
    pool: SqlitePool,
    path: PathBuf,
    format: i64,
    /// Whether the file is taken for one that nobody changes.
    immutable: bool,
}

impl Reader {
    /// Opens the database at `path`. Needs to be called within a tokio runtime.
    ///
    /// # Errors
    /// When there is none, or it is not a run database that this version can read.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let Opened { pool, format, immutable } = open::readers(path).await?;
        Ok(Self { pool, path: path.to_owned(), format, immutable })
    }

    /// Closes the connections, which otherwise happens some time after the last clone is dropped.
    pub async fn close(self) {
        self.pool.close().await;
    }

    /// A question whose `{cost}`, `{counted}` and `{asides}` stand behind all columns of a view: older formats' views lack
    /// them, and what was read and written aside is a signal.
    fn with_newer(&self, sql: &str) -> AssertSqlSafe<String> {
        let cost = if self.format < 3 { ", NULL AS cost" } else { "" };
        let counted = if self.format < schema::ATTEMPTS { ", NULL AS counted" } else { "" };
        let asides = concat!(", (", include_str!("reader/aside_tokens.sql"), ") AS aside_tokens");
        let sql = sql.replace("{cost}", cost).replace("{counted}", counted);
        AssertSqlSafe(sql.replace("{asides}", asides))
    }

    /// A question about turns whose `{states}` stand among its columns, and whose `{with_states}` behind its joins.
    fn with_states(&self, sql: &str) -> String {
        let (columns, join) = match self.format < schema::LEARNED {
            true => ("NULL AS state_layers, NULL AS state_body", ""),
            false => (
                "state.layers AS state_layers, state.body AS state_body",
                "LEFT JOIN states state
                 ON state.trial = u.trial AND state.attempt = u.attempt AND state.turn = u.turn AND state.place = -1",
            ),
        };
        sql.replace("{states}", columns).replace("{with_states}", join)
    }

    fn failed(&self, source: sqlx::Error) -> StoreError {
        StoreError::from_sqlx(&self.path, source)
    }

    fn nonsense(&self, what: impl Into<String>) -> StoreError {
        StoreError::Nonsense { path: self.path.clone(), what: what.into() }
    }
}
