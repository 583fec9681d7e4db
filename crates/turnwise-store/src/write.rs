//! What an event becomes in SQL: one script of a few statements, so that one event is one trip to SQLite's thread.
//!
//! Nothing here looks anything up, as every key follows from what it names.

mod run;
mod trial;
mod turn;

pub(crate) use turn::finish_word;

use std::sync::Arc;

use sqlx::{Arguments, Encode, Sqlite, Type, sqlite::SqliteArguments};
use turnwise_core::{RunEvent, RunId, TrialId};

use crate::text;

/// Statements and their arguments, in order.
#[derive(Debug)]
pub(crate) struct Script {
    /// The statements, each ended by `;`.
    pub(crate) sql: Arc<str>,
    /// A value for each `?`.
    pub(crate) arguments: SqliteArguments,
}

/// The script that records `event`.
pub(crate) fn script(event: RunEvent) -> Script {
    let mut pen = Pen::default();
    match event {
        RunEvent::RunStarted(start) => run::started(&mut pen, start),
        RunEvent::TrialStarted(start) => trial::started(&mut pen, start),
        RunEvent::AttemptStarted(start) => trial::attempt_started(&mut pen, start),
        RunEvent::TurnFinished(turn) => turn::finished(&mut pen, *turn),
        RunEvent::AttemptFinished(end) => trial::attempt_finished(&mut pen, end),
        RunEvent::TrialFinished(end) => trial::finished(&mut pen, end),
        RunEvent::RunFinished { run, at } => run::finished(&mut pen, &run, at),
    }
    pen.done()
}

/// Writes a script.
#[derive(Default)]
pub(crate) struct Pen {
    sql: String,
    arguments: SqliteArguments,
}

impl Pen {
    /// Adds SQL.
    pub(crate) fn sql(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Adds the value of the next `?`.
    pub(crate) fn bind<'q, T: Encode<'q, Sqlite> + Type<Sqlite>>(&mut self, value: T) -> &mut Self {
        // Numbers, texts and blobs cannot fail to be encoded; a value that is left out fails the script.
        let _encoded = self.arguments.add(value).is_ok();
        self
    }

    /// Adds a text, once, and gives its key.
    pub(crate) fn text(&mut self, body: String) -> i64 {
        let key = text::key(&body);
        self.sql("INSERT OR IGNORE INTO texts VALUES (?, ?);").bind(key).bind(body);
        key
    }

    pub(crate) fn done(self) -> Script {
        Script { sql: self.sql.into(), arguments: self.arguments }
    }
}

/// The key of a trial.
pub(crate) fn trial_key(trial: &TrialId) -> i64 {
    text::key(trial.as_str())
}

/// The script that deletes one trial; what belongs to it goes with it.
pub(crate) fn delete_trial(trial: &TrialId) -> Script {
    let mut pen = Pen::default();
    pen.sql("DELETE FROM trials WHERE id = ?;").bind(trial_key(trial));
    pen.done()
}

/// The script that deletes the trials of a run.
pub(crate) fn delete_trials(run: &RunId) -> Script {
    let mut pen = Pen::default();
    pen.sql("DELETE FROM trials WHERE run_id = ?;").bind(run.as_str());
    pen.done()
}
