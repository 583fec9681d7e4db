//! What events become in SQL. Nothing here looks anything up in the database: keys follow from what they name, and
//! texts are numbered.
//!
//! Each trip to SQLite's thread and each statement costs more than a row, so the events of a group share statements:
//! all their new texts go into one table together, and turns that follow one another into the other.

mod bound;
mod grade;
mod import;
mod learned;
mod run;
mod trial;
mod turn;
mod works;

use turnwise_core::{RunEvent, RunId, TrialId, WorkspaceState};

pub(crate) use bound::{Bindings, Script};
pub(crate) use turn::finish_word;
pub(crate) use works::{Place, Works};

use crate::{
    Finding, GradeRow, ImportedTrial, TurnKey, Unknown,
    text::{self, Numbered, Texts},
};

/// How many rows at most share a statement; rows are taken in powers of two, so that few statements are prepared.
const ROWS: usize = 16;
/// The columns of `turns`.
const TURN_COLUMNS: usize = 38;

/// What is written in one transaction.
pub(crate) struct Batch<'t> {
    texts: &'t mut Texts,
    works: &'t mut Works,
    new_texts: Vec<Bindings>,
    statements: Vec<Statement>,
}

enum Statement {
    Turns(Vec<Bindings>),
    Other(&'static str, Bindings),
}

impl<'t> Batch<'t> {
    /// A batch of nothing yet.
    pub(crate) fn new(texts: &'t mut Texts, works: &'t mut Works) -> Self {
        Self { texts, works, new_texts: Vec::new(), statements: Vec::new() }
    }

    /// Adds an event.
    pub(crate) fn event(&mut self, event: RunEvent) {
        match event {
            RunEvent::RunStarted(start) => run::started(self, start),
            RunEvent::TrialStarted(start) => trial::started(self, start),
            RunEvent::AttemptStarted(start) => trial::attempt_started(self, start),
            RunEvent::TurnFinished(turn) => turn::finished(self, *turn, Unknown::NOTHING),
            RunEvent::AttemptFinished(end) => trial::attempt_finished(self, end),
            RunEvent::TrialFinished(end) => trial::finished(self, end),
            RunEvent::RunFinished { run, at } => run::finished(self, &run, at),
        }
    }

    /// Adds a trial that another tool ran.
    pub(crate) fn import(&mut self, trial: ImportedTrial) {
        import::trial(self, trial);
    }

    /// Adds grades.
    pub(crate) fn grades(&mut self, grades: Vec<GradeRow>) {
        grades.into_iter().for_each(|grade| grade::graded(self, grade));
    }

    /// Adds what was found out about recorded turns.
    pub(crate) fn findings(&mut self, findings: Vec<(TurnKey, Finding)>) {
        findings.into_iter().for_each(|(key, finding)| learned::found(self, &key, finding));
    }

    /// Deletes a trial; what belongs to it goes with it, but for its texts.
    pub(crate) fn delete_trial(&mut self, trial: &TrialId) {
        self.sql("DELETE FROM trials WHERE trial_id = ?;").bind(trial.as_str().to_owned());
    }

    /// Deletes the trials of a run.
    pub(crate) fn delete_trials(&mut self, run: &RunId) {
        self.sql("DELETE FROM trials WHERE run_id = ?;").bind(run.as_str().to_owned());
    }

    /// The scripts to be run one after the other, transaction included.
    pub(crate) fn scripts(self) -> Vec<Script> {
        let mut scripts = vec![Script::new("BEGIN IMMEDIATE;")];
        for rows in bunches(self.new_texts) {
            scripts.push(insert("INSERT INTO texts VALUES", 2, rows));
        }
        for statement in self.statements {
            match statement {
                Statement::Other(sql, bindings) => scripts.push(Script { sql: sql.to_owned(), bindings }),
                Statement::Turns(rows) => scripts.extend(
                    bunches(rows)
                        .map(|rows| insert("INSERT OR REPLACE INTO turns VALUES", TURN_COLUMNS, rows)),
                ),
            }
        }
        scripts.push(Script::new("COMMIT;"));
        // A small transaction is one trip.
        if scripts.len() <= 6 {
            vec![scripts.into_iter().fold(Script::new(""), Script::then)]
        } else {
            scripts
        }
    }

    /// Begins a statement.
    fn sql(&mut self, sql: &'static str) -> &mut Bindings {
        let index = self.statements.len();
        self.statements.push(Statement::Other(sql, Bindings::default()));
        match &mut self.statements[index] {
            Statement::Other(_, bindings) => bindings,
            Statement::Turns(rows) => &mut rows[0],
        }
    }

    /// Adds a row of `turns`.
    fn turn(&mut self, row: Bindings) {
        if let Some(Statement::Turns(rows)) = self.statements.last_mut() {
            rows.push(row);
        } else {
            self.statements.push(Statement::Turns(vec![row]));
        }
    }

    /// Adds the work after a turn, unless it is not known or the same as after the turn before.
    fn patch(&mut self, place: Place, work: &WorkspaceState) -> Option<i64> {
        let changed = self.works.change(place, &work.digest);
        let patch = work.known_patch().filter(|_| changed)?.to_string();
        Some(self.text(patch))
    }

    /// Adds a text, unless it is stored already, and gives its number.
    fn text(&mut self, body: String) -> i64 {
        match self.texts.number(&body) {
            Numbered::Known(number) => number,
            Numbered::New(number) => {
                let mut row = Bindings::default();
                row.bind(number).bind(body);
                self.new_texts.push(row);
                number
            }
        }
    }
}

/// Rows by sixteens, and what is left by eight, four, two and one.
fn bunches(rows: Vec<Bindings>) -> impl Iterator<Item = Vec<Bindings>> {
    let mut left = rows.into_iter();
    std::iter::from_fn(move || {
        let count = (1 << left.len().checked_ilog2()?).min(ROWS);
        Some(left.by_ref().take(count).collect())
    })
}

fn insert(into: &str, columns: usize, rows: Vec<Bindings>) -> Script {
    let row = format!("({}?)", "?, ".repeat(columns - 1));
    let sql = format!("{into} {};", vec![row; rows.len()].join(", "));
    Script { sql, bindings: rows.into_iter().fold(Bindings::default(), Bindings::then) }
}

/// The key of a trial.
fn trial_key(trial: &TrialId) -> i64 {
    text::key(trial.as_str())
}
