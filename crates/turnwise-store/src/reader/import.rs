//! What is only known of imported trials.

use std::collections::BTreeMap;

use turnwise_core::{AttemptNo, TrialId, TurnNo};

use super::Reader;
use crate::{Extra, Imported, StoreError, import::Unknown};

/// The format since which there are imported trials.
const SINCE: i64 = 5;

impl Reader {
    /// What is only known of imported trials: what was not understood, and what nobody said. Of our own trials there is
    /// nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn imported(&self, trial: &TrialId) -> Result<Imported, StoreError> {
        if self.format < SINCE {
            return Ok(Imported::default());
        }
        let cost = sqlx::query_scalar("SELECT cost FROM trials WHERE trial_id = ?")
            .bind(trial.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        let unknown: Vec<(AttemptNo, TurnNo, u8)> = sqlx::query_as(
            "SELECT u.attempt, u.turn, u.unknown FROM turns u JOIN trials t ON t.id = u.trial
             WHERE t.trial_id = ? AND u.unknown <> 0",
        )
        .bind(trial.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        let extras: Vec<(Option<AttemptNo>, Option<TurnNo>, String)> = sqlx::query_as(
            "SELECT attempt, turn, body FROM v_extras WHERE trial_id = ? ORDER BY attempt, turn, body",
        )
        .bind(trial.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        let unknown: BTreeMap<_, _> =
            unknown.into_iter().map(|(attempt, turn, bits)| ((attempt, turn), Unknown(bits))).collect();
        let extras = extras.into_iter().map(|(attempt, turn, body)| Extra { turn: attempt.zip(turn), body });
        Ok(Imported { cost: cost.flatten(), unknown, extras: extras.collect() })
    }

    /// The ids of a run's trials, whatever became of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn trial_ids(&self, run: &turnwise_core::RunId) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar("SELECT trial_id FROM trials WHERE run_id = ? ORDER BY trial_id")
            .bind(run.as_str())
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.failed(e))
    }
}
