//! What is left of trials that did not come to an end, so that they can go on where they were.

use sqlx::Row;
use turnwise_core::{Ending, RunId, TrialId};

use super::{Reader, trial::trial_key};
use crate::{RecordedAttempt, StoreError, UnfinishedTrial};

impl Reader {
    /// The trials of a run that were begun and are not finished, in the order in which they were begun, with every
    /// recorded turn.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn unfinished_trials(&self, run: &RunId) -> Result<Vec<UnfinishedTrial>, StoreError> {
        let rows = sqlx::query(
            "SELECT t.trial_id, t.suite, t.task, p.name AS policy, p.resolved, t.seed, t.ending
             FROM trials t JOIN policies p ON p.id = t.policy
             WHERE t.run_id = ? AND (t.ending IS NULL OR t.ending IN ('infra_error', 'interrupted'))
             ORDER BY t.started_at, t.suite, t.task, p.name, t.seed",
        )
        .bind(run.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        let mut trials = Vec::with_capacity(rows.len());
        for row in rows {
            let text = |column| row.try_get::<String, _>(column).map_err(|e| self.failed(e));
            let trial = TrialId::new(text("trial_id")?);
            let ending: Option<String> = row.try_get("ending").map_err(|e| self.failed(e))?;
            trials.push(UnfinishedTrial {
                attempts: self.recorded_attempts(&trial).await?,
                trial,
                key: trial_key(&row).map_err(|e| self.failed(e))?,
                policy: text("resolved")?,
                ending: self.ending(ending)?,
            });
        }
        Ok(trials)
    }

    /// The attempts of a trial with every recorded turn.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn recorded_attempts(&self, trial: &TrialId) -> Result<Vec<RecordedAttempt>, StoreError> {
        let turns = self.turns(trial).await?;
        let attempts = self.attempts(trial).await?;
        attempts
            .into_iter()
            .map(|row| {
                let of_attempt = turns.iter().filter(|turn| turn.attempt == row.attempt);
                Ok(RecordedAttempt {
                    attempt: row.attempt,
                    place: row.place,
                    behind: row.behind(),
                    seed: row.seed.cast_unsigned(),
                    prompt_hash: row.prompt_hash,
                    ending: self.ending(row.ending)?,
                    turns: of_attempt.cloned().collect(),
                })
            })
            .collect()
    }

    pub(super) fn ending(&self, word: Option<String>) -> Result<Option<Ending>, StoreError> {
        let Some(word) = word else { return Ok(None) };
        let ending = word.parse().map_err(|_| self.nonsense(format!("the ending `{word}`")))?;
        Ok(Some(ending))
    }
}
