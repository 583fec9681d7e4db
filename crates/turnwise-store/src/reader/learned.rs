//! What was found out about recorded turns, put together again.

use std::collections::BTreeMap;

use sqlx::{Row, sqlite::SqliteRow};
use turnwise_core::{AttemptNo, RunId, States, TrialId, TurnNo};

use super::{
    Reader,
    turn::{Fault, nonsense},
};
use crate::{Because, Exit, ForkValue, Spot, StoreError, schema};

/// Hidden states of a trial's replies, by attempt, turn and place.
pub type TrialStates = BTreeMap<(AttemptNo, TurnNo, Spot), States>;

/// Forced exits of a trial's replies, by attempt and turn, in the order of their places.
pub type TrialExits = BTreeMap<(AttemptNo, TurnNo), Vec<Exit>>;

/// What it is worth to stand behind the turns of a trial, by attempt and turn; turn 0 is the beginning.
pub type TrialValues = BTreeMap<(AttemptNo, TurnNo), ForkValue>;

impl Reader {
    /// The hidden states that are stored of a trial.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn states(&self, trial: &TrialId) -> Result<TrialStates, StoreError> {
        let sql = "SELECT s.* FROM states s JOIN trials t ON t.id = s.trial WHERE t.trial_id = ?";
        let rows = self.learned(sql, trial.as_str()).await?;
        rows.iter().map(states).collect::<Result<_, _>>().map_err(|fault| self.fault(fault))
    }

    /// The forced exits that are stored of a trial.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn exits(&self, trial: &TrialId) -> Result<TrialExits, StoreError> {
        let sql = "SELECT e.* FROM exits e JOIN trials t ON t.id = e.trial WHERE t.trial_id = ?
                   ORDER BY e.attempt, e.turn, e.place";
        let mut exits = TrialExits::new();
        for row in self.learned(sql, trial.as_str()).await? {
            let (key, exit) = exit(&row).map_err(|fault| self.fault(fault))?;
            exits.entry(key).or_default().push(exit);
        }
        Ok(exits)
    }

    /// The values by forking that are stored of a trial.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn fork_values(&self, trial: &TrialId) -> Result<TrialValues, StoreError> {
        if self.format < schema::VALUES {
            return Ok(TrialValues::new());
        }
        let sql = "SELECT v.* FROM fork_values v JOIN trials t ON t.id = v.trial WHERE t.trial_id = ?";
        let rows = self.learned(sql, trial.as_str()).await?;
        rows.iter().map(fork_value).collect::<Result<_, _>>().map_err(|fault| self.fault(fault))
    }

    /// How many bytes the hidden states of a run take.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn states_bytes(&self, run: &RunId) -> Result<u64, StoreError> {
        let sql =
            "SELECT coalesce(sum(length(s.body)), 0) AS bytes FROM states s JOIN trials t ON t.id = s.trial
                   WHERE t.run_id = ?";
        let rows = self.learned(sql, run.as_str()).await?;
        let bytes = rows.first().map_or(Ok(0), |row| row.try_get::<i64, _>("bytes"));
        bytes.map(i64::cast_unsigned).map_err(|e| self.failed(e))
    }

    async fn learned(&self, sql: &'static str, bound: &str) -> Result<Vec<SqliteRow>, StoreError> {
        if self.format < schema::LEARNED {
            return Ok(Vec::new());
        }
        sqlx::query(sql).bind(bound).fetch_all(&self.pool).await.map_err(|e| self.failed(e))
    }
}

fn states(row: &SqliteRow) -> Result<((AttemptNo, TurnNo, Spot), States), Fault> {
    let (attempt, turn) = (row.try_get("attempt")?, row.try_get("turn")?);
    let spot = u32::try_from(row.try_get::<i64, _>("place")?).map_or(Spot::End, Spot::Token);
    let states = packed(row.try_get("layers")?, row.try_get("body")?);
    Ok(((attempt, turn, spot), states.ok_or_else(|| nonsense("hidden states"))?))
}

fn fork_value(row: &SqliteRow) -> Result<((AttemptNo, TurnNo), ForkValue), Fault> {
    let value = ForkValue {
        forks: row.try_get("forks")?,
        solved: row.try_get("solved")?,
        score: row.try_get("score")?,
        temperature: row.try_get("temperature")?,
        seed: row.try_get::<i64, _>("seed")?.cast_unsigned(),
    };
    Ok(((row.try_get("attempt")?, row.try_get("turn")?), value))
}

/// States as they are stored.
pub(super) fn packed(layers: &str, body: &[u8]) -> Option<States> {
    States::from_bytes(serde_json::from_str(layers).ok()?, body)
}

fn exit(row: &SqliteRow) -> Result<((AttemptNo, TurnNo), Exit), Fault> {
    let word: &str = row.try_get("because")?;
    let because = Because::ALL.into_iter().find(|known| known.as_str() == word);
    let exit = Exit {
        place: row.try_get("place")?,
        cue: row.try_get("cue")?,
        nth: row.try_get("nth")?,
        spent: row.try_get("spent")?,
        spared: row.try_get("spared")?,
        entropy: row.try_get("entropy")?,
        logprob: row.try_get("logprob")?,
        answer: row.try_get("answer")?,
        as_good: row.try_get("as_good")?,
        because: because.ok_or_else(|| nonsense("why an exit is as good"))?,
    };
    Ok(((row.try_get("attempt")?, row.try_get("turn")?), exit))
}
