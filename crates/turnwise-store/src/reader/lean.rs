//! Many turns, fast: without what nobody asks for, by a connection of its own that gives rows one by one.
//!
//! sqlx hands every row from a thread to another and copies every value; over a million turns that takes several times as
//! long as finding them. Here nothing waits for anything but the disk, so this is no async function: call it from a thread.

use std::collections::BTreeMap;

use rusqlite::{Connection, OpenFlags, Row, types::ValueRef};
use turnwise_core::{Action, RunId, TokenStats, TurnFacts, Usage, WorkspaceState};

use super::{Reader, turn::signal};
use crate::{LeanTrial, LeanTrials, LeanTurn, StoreError, Unknown, Wanted, schema};

const TRIALS: &str = "
  SELECT
    t.id, t.trial_id, t.suite, t.task, p.name, t.policy, coalesce({model}, r.model), t.ending, t.solved,
    (SELECT count(*) FROM turns u WHERE u.trial = t.id), {counted},
    coalesce((SELECT u.rowid FROM turns u WHERE u.trial = t.id ORDER BY u.attempt, u.turn LIMIT 1), 0)
  FROM trials t JOIN policies p ON p.id = t.policy JOIN runs r ON r.run_id = t.run_id
  WHERE t.run_id = ? ORDER BY t.suite, t.task, p.name, t.seed, t.trial_id";
const ACTION: &str = "CASE WHEN u.action_text IS NULL
  THEN (SELECT substr(body, u.action_at, u.action_chars) FROM texts WHERE id = u.reply)
  ELSE (SELECT body FROM texts WHERE id = u.action_text) END";
const THOUGHT: &str = "CASE WHEN u.thought_text IS NULL
  THEN (SELECT substr(body, u.thought_at, u.thought_chars) FROM texts WHERE id = u.reply)
  ELSE (SELECT body FROM texts WHERE id = u.thought_text) END";
/// Pages that are kept, in KiB.
const CACHE: i64 = 16 << 10;

impl Reader {
    /// The trials of a run. Blocks.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn lean_trials(&self, run: &RunId) -> Result<LeanTrials, StoreError> {
        let conn = self.connect()?;
        let since = |format, column: &'static str| if self.format < format { "NULL" } else { column };
        let sql = TRIALS.replace("{model}", since(5, "t.model"));
        let sql = sql.replace("{counted}", since(schema::ATTEMPTS, "t.counted"));
        let read = || {
            let mut statement = conn.prepare(&sql)?;
            let mut rows = statement.query([run.as_str()])?;
            let mut found = LeanTrials::default();
            let mut places: BTreeMap<i64, usize> = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let next = places.len();
                let resolved = *places.entry(row.get(5)?).or_insert(next);
                found.trials.push(trial(row, resolved)?);
            }
            found.policies = vec![String::new(); places.len()];
            let mut statement = conn.prepare("SELECT resolved FROM policies WHERE id = ?")?;
            for (key, place) in places {
                found.policies[place] = statement.query_row([key], |row| row.get(0))?;
            }
            Ok(found)
        };
        read().map_err(|e: rusqlite::Error| self.broken(e))
    }

    /// Gives the turns of each of these trials to `each`, attempt by attempt. Blocks.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn lean_turns<'t>(
        &self,
        wanted: Wanted,
        trials: impl Iterator<Item = &'t LeanTrial>,
        mut each: impl FnMut(&'t LeanTrial, &mut [LeanTurn]),
    ) -> Result<(), StoreError> {
        let conn = self.connect()?;
        let sql = self.lean_sql(wanted);
        let read = || {
            let mut statement = conn.prepare(&sql)?;
            let mut turns = Vec::new();
            for trial in trials {
                turns.clear();
                let mut rows = statement.query([trial.key])?;
                while let Some(row) = rows.next()? {
                    turns.push(turn(row)?);
                }
                each(trial, &mut turns);
            }
            Ok(())
        };
        read().map_err(|e: rusqlite::Error| self.broken(e))
    }

    fn lean_sql(&self, wanted: Wanted) -> String {
        let text = |wanted: bool, column: &'static str| if wanted { column } else { "NULL" };
        let since = |format, column: &'static str, before| if self.format < format { before } else { column };
        let columns = [
            "u.attempt",
            "u.turn",
            "u.action_kind",
            text(wanted.action, ACTION),
            text(wanted.observation, "(SELECT body FROM texts WHERE id = u.observation)"),
            "u.exit_code",
            "u.patch_lines",
            "u.patch_digest",
            "u.asks_more",
            "u.prompt_tokens",
            "u.prefill_tokens",
            "u.decode_tokens",
            "u.elapsed_ms",
            since(3, "u.cost", "NULL"),
            text(wanted.signals, "u.signals"),
            text(wanted.reply, "(SELECT body FROM texts WHERE id = u.reply)"),
            text(wanted.thought, THOUGHT),
            "u.entropy_mean",
            "u.logprob_mean",
            since(5, "u.unknown", "0"),
        ];
        format!("SELECT {} FROM turns u WHERE u.trial = ? ORDER BY u.attempt, u.turn", columns.join(", "))
    }

    /// A connection that can only read.
    fn connect(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || {
            let conn = match self.immutable {
                false => Connection::open_with_flags(&self.path, flags)?,
                true => {
                    Connection::open_with_flags(immutable(&self.path), flags | OpenFlags::SQLITE_OPEN_URI)?
                }
            };
            conn.busy_timeout(crate::open::BUSY)?;
            conn.pragma_update(None, "cache_size", -CACHE)?;
            Ok(conn)
        };
        open().map_err(|e| self.broken(e))
    }

    fn broken(&self, source: rusqlite::Error) -> StoreError {
        let is_nonsense = matches!(
            source,
            rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
        );
        match is_nonsense {
            true => self.nonsense(format!("a turn ({source})")),
            false => StoreError::from_rusqlite(&self.path, source),
        }
    }
}

/// The name of a file that nobody changes, as SQLite's URIs have it.
fn immutable(path: &std::path::Path) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    let mut uri = "file:".to_owned();
    for c in path.to_string_lossy().chars() {
        if plain(c) {
            uri.push(c);
        } else {
            let mut bytes = [0; 4];
            uri.extend(c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
    uri + "?immutable=1"
}

fn trial(row: &Row<'_>, resolved: usize) -> rusqlite::Result<LeanTrial> {
    let ending = row.get_ref(7)?.as_str_or_null()?;
    let ending = ending.map(|word| word.parse().map_err(|_| nonsense(7))).transpose()?;
    Ok(LeanTrial {
        key: row.get(0)?,
        trial_id: row.get(1)?,
        suite: row.get(2)?,
        task: row.get(3)?,
        policy: row.get(4)?,
        resolved,
        model: row.get(6)?,
        ending,
        solved: row.get(8)?,
        turns: row.get(9)?,
        counted: row.get(10)?,
        first_row: row.get(11)?,
    })
}

fn turn(row: &Row<'_>) -> rusqlite::Result<LeanTurn> {
    let action = text(row, 3)?;
    let facts = TurnFacts {
        turn: row.get(1)?,
        action: match row.get_ref(2)?.as_str()? {
            "shell" => Action::Shell(action),
            "submit" => Action::Submit,
            "invalid" => Action::Invalid { complaint: action },
            _ => return Err(nonsense(2)),
        },
        observation: text(row, 4)?,
        exit_code: row.get(5)?,
        workspace: WorkspaceState { patch_lines: count(row, 6)?, digest: row.get(7)?, ..Default::default() },
        asks_more: row.get(8)?,
        usage: Usage {
            prompt_tokens: count(row, 9)?,
            prefill_tokens: count(row, 10)?,
            decode_tokens: count(row, 11)?,
        },
        elapsed_ms: count(row, 12)?,
        cost: row.get(13)?,
        signals: signals(row, 14)?,
    };
    Ok(LeanTurn {
        attempt: row.get(0)?,
        facts,
        is_work_known: !Unknown(row.get(19)?).has(Unknown::WORKSPACE),
        reply: text(row, 15)?,
        thought: text(row, 16)?,
        stats: TokenStats { entropy_mean: row.get(17)?, logprob_mean: row.get(18)? },
    })
}

/// A text, which is empty where nobody asked for it.
fn text(row: &Row<'_>, index: usize) -> rusqlite::Result<String> {
    Ok(row.get::<_, Option<String>>(index)?.unwrap_or_default())
}

fn count(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(index)?.cast_unsigned())
}

fn signals(row: &Row<'_>, index: usize) -> rusqlite::Result<Vec<(String, f64)>> {
    let stored = row.get_ref(index)?;
    if stored == ValueRef::Null {
        return Ok(Vec::new());
    }
    let items: Vec<Vec<serde_json::Value>> =
        serde_json::from_str(stored.as_str()?).map_err(|_| nonsense(index))?;
    items.iter().map(|item| signal(item)).collect::<Option<_>>().ok_or_else(|| nonsense(index))
}

/// A value that has no meaning.
fn nonsense(index: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(index, "a word or a list".to_owned(), rusqlite::types::Type::Text)
}
