//! The work that trials left, and what hidden tests say of it.

use std::{collections::BTreeMap, sync::Arc};

use sqlx::{AssertSqlSafe, Row, sqlite::SqliteRow};
use turnwise_core::{AttemptNo, RunId, TurnNo};

use super::Reader;
use crate::{GradeRow, StoreError, TrialWork, Work, schema};

const PATCHES: &str = "
  SELECT id, body FROM texts WHERE id IN (
    SELECT patch FROM trials WHERE run_id = ?1
    UNION SELECT u.patch FROM trials t JOIN turns u ON u.trial = t.id WHERE t.run_id = ?1)";
const TRIALS: &str = "
  SELECT t.id, t.trial_id, t.suite, t.task, p.name AS policy, t.ending, t.patch, t.solved, t.score
  FROM trials t JOIN policies p ON p.id = t.policy
  WHERE t.run_id = ? ORDER BY t.suite, t.task, p.name, t.seed, t.trial_id";
const WORKS: &str = "
  SELECT u.trial, u.attempt, u.turn, u.patch_digest, u.patch FROM trials t JOIN turns u ON u.trial = t.id
  WHERE t.run_id = ? AND u.unknown & 32 = 0 ORDER BY u.trial, u.attempt, u.turn";

type Patches = BTreeMap<i64, Arc<str>>;

impl Reader {
    /// The work that each trial of a run left, in the order of suite, task, policy and seed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn trial_works(&self, run: &RunId) -> Result<Vec<TrialWork>, StoreError> {
        let patches: Vec<(i64, String)> = sqlx::query_as(self.with_patches(PATCHES))
            .bind(run.as_str())
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        let patches: Patches = patches.into_iter().map(|(id, body)| (id, body.into())).collect();
        let mut works = self.works(run, &patches).await?;
        let rows =
            sqlx::query(TRIALS).bind(run.as_str()).fetch_all(&self.pool).await.map_err(|e| self.failed(e))?;
        rows.iter()
            .map(|row| {
                let of_trial = works.remove(&row.try_get("id").map_err(|e| self.failed(e))?);
                self.trial_work(row, &patches, of_trial.unwrap_or_default())
            })
            .collect()
    }

    /// A question about patches: a database of format 5 has none but those of the end, and one of format 4 no unknown work.
    fn with_patches(&self, sql: &str) -> AssertSqlSafe<String> {
        let mut sql = sql.to_owned();
        if self.format < schema::PATCHES {
            sql = sql
                .replace("SELECT u.patch FROM", "SELECT NULL FROM")
                .replace("u.patch_digest, u.patch ", "u.patch_digest, NULL ");
        }
        if self.format < 5 {
            sql = sql.replace("u.unknown", "0");
        }
        AssertSqlSafe(sql)
    }

    /// The states of the work that the trials of a run went through, by the trials' keys.
    async fn works(&self, run: &RunId, patches: &Patches) -> Result<BTreeMap<i64, Vec<Work>>, StoreError> {
        let rows: Vec<(i64, AttemptNo, TurnNo, String, Option<i64>)> =
            sqlx::query_as(self.with_patches(WORKS))
                .bind(run.as_str())
                .fetch_all(&self.pool)
                .await
                .map_err(|e| self.failed(e))?;
        let mut all: BTreeMap<i64, Vec<Work>> = BTreeMap::new();
        for (trial, attempt, turn, digest, patch) in rows {
            let works = all.entry(trial).or_default();
            let is_same =
                |last: &Work| last.attempt == attempt && last.digest == digest && last.patch.is_some();
            if works.last().is_some_and(is_same) {
                continue;
            }
            let stored = patch.and_then(|id| patches.get(&id)).cloned();
            let patch = stored.or_else(|| digest.is_empty().then(Arc::default));
            works.push(Work { attempt, turn, digest, patch });
        }
        Ok(all)
    }

    fn trial_work(
        &self,
        row: &SqliteRow,
        patches: &Patches,
        works: Vec<Work>,
    ) -> Result<TrialWork, StoreError> {
        let ending: Option<String> = row.try_get("ending").map_err(|e| self.failed(e))?;
        let ending = self.ending(ending)?;
        let read = || {
            let solved: Option<bool> = row.try_get("solved")?;
            let score: Option<f64> = row.try_get("score")?;
            let patch: Option<i64> = row.try_get("patch")?;
            let patch = patch.and_then(|id| patches.get(&id)).cloned();
            Ok(TrialWork {
                trial_id: row.try_get("trial_id")?,
                suite: row.try_get("suite")?,
                task: row.try_get("task")?,
                policy: row.try_get("policy")?,
                ending,
                final_patch: patch.filter(|_| ending.is_some_and(|ending| ending.is_final())),
                outcome: solved.zip(score),
                works,
            })
        };
        read().map_err(|e| self.failed(e))
    }

    /// What hidden tests say of the work of a run's trials; nothing where nothing was graded.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn grades(&self, run: &RunId) -> Result<Vec<GradeRow>, StoreError> {
        self.graded("SELECT * FROM grades WHERE run_id = ? ORDER BY suite, task, patch", run.as_str()).await
    }

    /// The same of every run's trials at a task of this digest.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn grades_of_task(&self, task_digest: &str) -> Result<Vec<GradeRow>, StoreError> {
        self.graded("SELECT * FROM grades WHERE task_digest = ? ORDER BY patch, run_id", task_digest).await
    }

    async fn graded(&self, sql: &'static str, bound: &str) -> Result<Vec<GradeRow>, StoreError> {
        if self.format < schema::PATCHES {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(sql).bind(bound).fetch_all(&self.pool).await.map_err(|e| self.failed(e))?;
        rows.iter().map(grade).collect::<Result<_, _>>().map_err(|e| self.failed(e))
    }
}

fn grade(row: &SqliteRow) -> Result<GradeRow, sqlx::Error> {
    Ok(GradeRow {
        run: RunId::new(row.try_get::<String, _>("run_id")?),
        suite: row.try_get("suite")?,
        task: row.try_get("task")?,
        patch: row.try_get("patch")?,
        task_digest: row.try_get("task_digest")?,
        solved: row.try_get("solved")?,
        score: row.try_get("score")?,
        ms: row.try_get("ms")?,
        at: row.try_get("graded_at")?,
    })
}
