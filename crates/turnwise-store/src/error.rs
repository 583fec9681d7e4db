//! What can be wrong with a run database. Every variant means exit code 12 of the command.

use std::path::PathBuf;

/// A failure of the run database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no file.
    #[error("there is no run database at {}; `turnwise compare` makes one, `--db` names another", path.display())]
    Missing {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// There is a file without anything in it.
    #[error("the run database {} is empty; `turnwise compare` fills it, `--db` names another", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is no SQLite database.
    #[error("{} is not a database; name another file with `--db`", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is some other program's database.
    #[error("{} is another program's database, not a run database; name another file with `--db`", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer version of the program.
    #[error(
        "the run database {} has format {found}, this turnwise reads up to {known}; update turnwise or name another \
         file with `--db`",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: i64,
        /// The newest format this version knows.
        known: i64,
    },
    /// The file is cut off or damaged.
    #[error(
        "the run database {} is damaged; save what `sqlite3 FILE .recover` finds, or name another file with `--db`",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: sqlx::Error,
    },
    /// Another process writes to the file.
    #[error(
        "the run database {} is being written by {}; wait for it or name another file with `--db`",
        path.display(),
        writer(*by)
    )]
    Locked {
        /// The file.
        path: PathBuf,
        /// The process that writes, where it is known.
        by: Option<u32>,
    },
    /// The file or its folder cannot be read or written.
    #[error("the run database {} cannot be {access}; check the folder and its permissions or name another file with `--db`", path.display())]
    Inaccessible {
        /// The file.
        path: PathBuf,
        /// What was wanted: `opened`, `written`.
        access: &'static str,
        /// Why not.
        #[source]
        source: turnwise_core::Source,
    },
    /// The disk or the quota is used up.
    #[error("there is no space left for the run database {}; free some and run the same command again", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// No run has the id asked for.
    #[error("no run is named `{name}`; `turnwise show` lists the runs")]
    NoRun {
        /// The id, its beginning, or `latest`.
        name: String,
    },
    /// No trial has the id asked for.
    #[error("no trial is named `{name}`; `turnwise show RUN` lists a run's trials")]
    NoTrial {
        /// The id or its beginning.
        name: String,
    },
    /// More than one run or trial begins with the id asked for.
    #[error("`{name}` may mean {}; write more of it", matches.join(" or "))]
    Ambiguous {
        /// The beginning of an id.
        name: String,
        /// The ids that begin so, at most five.
        matches: Vec<String>,
    },
    /// A question that is not one statement that only reads.
    #[error("only one statement that reads is run here, and this {fault}; write one `SELECT`")]
    NotAQuestion {
        /// What it does instead.
        fault: &'static str,
    },
    /// SQLite refuses a question.
    #[error(
        "the question cannot be answered: {message}; the views are v_trials, v_turns, v_signals, v_verdicts, v_policies"
    )]
    BadQuestion {
        /// What SQLite says.
        message: String,
    },
    /// A stored value has a meaning this version does not know.
    #[error("the run database {} holds {what} that makes no sense; it was changed by hand or is damaged", path.display())]
    Nonsense {
        /// The file.
        path: PathBuf,
        /// The value and where it was.
        what: String,
    },
    /// Anything else that SQLite reports.
    #[error("the run database {} failed; run the same command again", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: sqlx::Error,
    },
}

impl StoreError {
    /// Sorts what sqlx reports about the database at `path` by SQLite's result codes
    /// (<https://sqlite.org/rescode.html>).
    pub(crate) fn from_sqlx(path: &std::path::Path, source: sqlx::Error) -> Self {
        Self::from_code(path, primary_code(&source), source)
    }

    /// Sorts what rusqlite reports likewise.
    pub(crate) fn from_rusqlite(path: &std::path::Path, source: rusqlite::Error) -> Self {
        let code = source.sqlite_error().map(|error| error.extended_code.cast_unsigned() & 0xff);
        Self::from_code(path, code, sqlx::Error::AnyDriverError(Box::new(source)))
    }

    fn from_code(path: &std::path::Path, code: Option<u32>, source: sqlx::Error) -> Self {
        let path = path.to_owned();
        match code {
            Some(5 | 6) => Self::Locked { by: crate::lock::holder(&path), path },
            Some(8) => Self::Inaccessible { path, access: "written", source: Box::new(source) },
            Some(11) => Self::Damaged { path, source },
            Some(13) => Self::Full { path },
            Some(14) => Self::Inaccessible { path, access: "opened", source: Box::new(source) },
            Some(26) => Self::NotADatabase { path },
            _ => Self::Failed { path, source },
        }
    }
}

/// SQLite's primary result code, where the error comes from SQLite.
pub(crate) fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?.parse::<u32>().ok()?;
    Some(code & 0xff)
}

fn writer(by: Option<u32>) -> String {
    match by {
        Some(pid) => format!("process {pid}"),
        None => "another process".to_owned(),
    }
}
