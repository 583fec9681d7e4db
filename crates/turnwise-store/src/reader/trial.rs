//! Trials and their attempts; what is done, and what a baseline took.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, Row};
use turnwise_core::{RunId, TrialId, TrialKey};

use super::{Reader, columns::FromColumns};
use crate::{AttemptRow, FreeTrial, ResolvedPolicy, StoreError, TrialRow, schema};

impl Reader {
    /// The trials of a run, in the order of suite, task, policy and seed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn trials(&self, run: &RunId) -> Result<Vec<TrialRow>, StoreError> {
        let rows = sqlx::query(self.with_newer(
            "SELECT *{cost}{counted}{asides} FROM v_trials WHERE run_id = ? ORDER BY suite, task, policy, seed, trial_id",
        ))
        .bind(run.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        rows.iter().map(TrialRow::from_columns).collect::<Result<_, _>>().map_err(|e| self.failed(e))
    }

    /// The trial named by an id or the beginning of one.
    ///
    /// # Errors
    /// When there is none, or more than one whose id begins so.
    pub async fn find_trial(&self, name: &str) -> Result<TrialRow, StoreError> {
        let ids =
            "SELECT trial_id FROM trials WHERE trial_id LIKE ? || '%' ESCAPE '\\' ORDER BY trial_id LIMIT 5";
        let no_trial = || StoreError::NoTrial { name: name.to_owned() };
        let id = self.named(ids, name).await?.ok_or_else(no_trial)?;
        let row =
            sqlx::query(self.with_newer("SELECT *{cost}{counted}{asides} FROM v_trials WHERE trial_id = ?"))
                .bind(id)
                .fetch_optional(&self.pool)
                .await
                .map_err(|e| self.failed(e))?;
        TrialRow::from_columns(&row.ok_or_else(no_trial)?).map_err(|e| self.failed(e))
    }

    /// The attempts of a trial.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn attempts(&self, trial: &TrialId) -> Result<Vec<AttemptRow>, StoreError> {
        let unsaid = if self.format < schema::ATTEMPTS {
            ", 1 AS place, NULL AS from_attempt, NULL AS from_turn"
        } else {
            ""
        };
        let rows = sqlx::query(AssertSqlSafe(format!(
            "SELECT a.*{unsaid},
               (SELECT count(*) FROM turns u WHERE u.trial = a.trial AND u.attempt = a.attempt) AS turns
             FROM attempts a JOIN trials t ON t.id = a.trial WHERE t.trial_id = ? ORDER BY a.attempt"
        )))
        .bind(trial.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        rows.iter().map(AttemptRow::from_columns).collect::<Result<_, _>>().map_err(|e| self.failed(e))
    }

    /// The work of a finished trial as a unified diff; `None` while there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn patch(&self, trial: &TrialId) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar("SELECT x.body FROM trials t JOIN texts x ON x.id = t.patch WHERE t.trial_id = ?")
            .bind(trial.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.failed(e))
    }

    /// The hidden tests of a graded trial, in the order of the task.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn grade(&self, trial: &TrialId) -> Result<Option<turnwise_core::Grade>, StoreError> {
        let score: Option<Option<f64>> = sqlx::query_scalar("SELECT score FROM trials WHERE trial_id = ?")
            .bind(trial.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(score) = score.flatten() else {
            return Ok(None);
        };
        let rows = sqlx::query(
            "SELECT o.test, o.was_failing, o.passed FROM tests o JOIN trials t ON t.id = o.trial
             WHERE t.trial_id = ? ORDER BY o.seq",
        )
        .bind(trial.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        let tests = rows
            .iter()
            .map(|row| {
                Ok(turnwise_core::TestOutcome {
                    id: row.try_get("test")?,
                    was_failing: row.try_get("was_failing")?,
                    passed: row.try_get("passed")?,
                })
            })
            .collect::<Result<_, _>>()
            .map_err(|e| self.failed(e))?;
        let by_tests = turnwise_core::Grade { tests, reward: None };
        // Scores are stored as they were said, so one that is the share of tests is that share to the bit.
        let own = (by_tests.score().to_bits() != score.to_bits()).then_some(score);
        Ok(Some(turnwise_core::Grade { reward: own, ..by_tests }))
    }

    /// The labels of a trial's task, in the order of the task.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn labels(&self, trial: &TrialId) -> Result<Vec<(String, String)>, StoreError> {
        sqlx::query_as(
            "SELECT l.label, l.value FROM labels l JOIN trials t ON t.id = l.trial
             WHERE t.trial_id = ? ORDER BY l.seq",
        )
        .bind(trial.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))
    }

    /// What is done of a run and never run again.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn finished_trials(&self, run: &RunId) -> Result<BTreeSet<TrialKey>, StoreError> {
        let rows = sqlx::query(
            "SELECT t.suite, t.task, p.name AS policy, t.seed FROM trials t JOIN policies p ON p.id = t.policy
             WHERE t.run_id = ? AND t.ending IS NOT NULL AND t.ending NOT IN ('infra_error', 'interrupted')",
        )
        .bind(run.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        rows.iter().map(trial_key).collect::<Result<_, _>>().map_err(|e| self.failed(e))
    }

    /// The policies under which trials of a run were begun, each with its numbers, in the order of suite and name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn resolved_policies(&self, run: &RunId) -> Result<Vec<ResolvedPolicy>, StoreError> {
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT DISTINCT t.suite, p.name, p.resolved FROM trials t JOIN policies p ON p.id = t.policy
             WHERE t.run_id = ? ORDER BY t.suite, p.name",
        )
        .bind(run.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        Ok(rows.into_iter().map(|(suite, policy, json)| ResolvedPolicy { suite, policy, json }).collect())
    }

    /// Finished unlimited trials of a suite by the model of this hash, one for each task and seed (the
    /// newest), in no particular order: what a baseline consists of.
    ///
    /// A trial that something cut says nothing about how long it would have gone on, and neither do the others of
    /// its policy, which are the short ones; so a policy counts only where nothing was ever cut.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn baseline_trials(&self, suite: &str, model_hash: &str) -> Result<Vec<FreeTrial>, StoreError> {
        let rows: Vec<(String, String, u32, Option<bool>)> = sqlx::query_as(include_str!("baseline.sql"))
            .bind(suite)
            .bind(model_hash)
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        let free =
            |(trial, task, turns, solved)| FreeTrial { trial: TrialId::new(trial), task, turns, solved };
        Ok(rows.into_iter().map(free).collect())
    }
}

/// The key of a row with the columns `suite`, `task`, `policy` and `seed`.
pub(super) fn trial_key(row: &sqlx::sqlite::SqliteRow) -> Result<TrialKey, sqlx::Error> {
    Ok(TrialKey {
        suite: row.try_get("suite")?,
        task: row.try_get("task")?,
        policy: row.try_get("policy")?,
        seed: row.try_get::<i64, _>("seed")?.cast_unsigned(),
    })
}
