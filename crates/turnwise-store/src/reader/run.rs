//! Runs: by id, by configuration, the newest, all; and what their policies came to.

use sqlx::{Row, sqlite::SqliteRow};
use turnwise_core::{ModelInfo, Protection, RunId};

use super::{Reader, columns::FromColumns};
use crate::{PolicyRow, RunRow, RunSummary, StoreError};

const RUN: &str = "
  SELECT r.*, s.command, s.protection, s.device FROM runs r
  JOIN sessions s ON s.run_id = r.run_id
   AND s.started_at = (SELECT max(started_at) FROM sessions WHERE run_id = r.run_id)";

impl Reader {
    /// Every run, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn runs(&self) -> Result<Vec<RunSummary>, StoreError> {
        const RUNS: &str = include_str!("runs.sql");
        let rows = sqlx::query(RUNS).fetch_all(&self.pool).await.map_err(|e| self.failed(e))?;
        rows.iter().map(RunSummary::from_columns).collect::<Result<_, _>>().map_err(|e| self.failed(e))
    }

    /// The run named by an id, the beginning of one, or `latest`.
    ///
    /// # Errors
    /// When there is none, or more than one whose id begins so.
    pub async fn find_run(&self, name: &str) -> Result<RunRow, StoreError> {
        let found = if name == "latest" {
            self.latest_run().await?
        } else {
            let ids =
                "SELECT run_id FROM runs WHERE run_id LIKE ? || '%' ESCAPE '\\' ORDER BY run_id LIMIT 5";
            match self.named(ids, name).await? {
                Some(id) => self.run(&RunId::new(id)).await?,
                None => None,
            }
        };
        found.ok_or_else(|| StoreError::NoRun { name: name.to_owned() })
    }

    /// The run of this id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn run(&self, run: &RunId) -> Result<Option<RunRow>, StoreError> {
        self.one_run("WHERE r.run_id = ?", Some(run.as_str())).await
    }

    /// The newest run of this resolved configuration: what the same command goes on with.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn run_by_fingerprint(&self, fingerprint: &str) -> Result<Option<RunRow>, StoreError> {
        let newest = "WHERE r.fingerprint = ? ORDER BY r.started_at DESC, r.run_id DESC LIMIT 1";
        self.one_run(newest, Some(fingerprint)).await
    }

    /// The newest run.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn latest_run(&self) -> Result<Option<RunRow>, StoreError> {
        self.one_run("ORDER BY s.started_at DESC, r.run_id DESC LIMIT 1", None).await
    }

    /// What each policy of a run came to, by suite, in the order in which the policies were begun.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn policies(&self, run: &RunId) -> Result<Vec<PolicyRow>, StoreError> {
        let rows = sqlx::query(self.with_newer(concat!(
            "SELECT v.*{cost}, (",
            include_str!("policy_aside_tokens.sql"),
            ") AS aside_tokens FROM v_policies v
             JOIN (SELECT t.run_id, t.suite, p.name, min(t.rowid_order) AS first
                   FROM (SELECT *, row_number() OVER (ORDER BY started_at, id) AS rowid_order FROM trials) t
                   JOIN policies p ON p.id = t.policy GROUP BY t.run_id, t.suite, p.name) o
               ON o.run_id = v.run_id AND o.suite = v.suite AND o.name = v.policy
             WHERE v.run_id = ? ORDER BY v.suite, o.first",
        )))
        .bind(run.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        rows.iter().map(PolicyRow::from_columns).collect::<Result<_, _>>().map_err(|e| self.failed(e))
    }

    /// The only id that `ids` finds for the beginning `name`, or the id that is `name`.
    pub(super) async fn named(&self, ids: &'static str, name: &str) -> Result<Option<String>, StoreError> {
        let escaped = name.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        let matches: Vec<String> =
            sqlx::query_scalar(ids).bind(escaped).fetch_all(&self.pool).await.map_err(|e| self.failed(e))?;
        match matches.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            many if many.iter().any(|id| id == name) => Ok(Some(name.to_owned())),
            _ => Err(StoreError::Ambiguous { name: name.to_owned(), matches }),
        }
    }

    async fn one_run(&self, which: &str, bound: Option<&str>) -> Result<Option<RunRow>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{RUN} {which}")))
            .bind(bound)
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        row.map(|row| self.run_row(&row)).transpose()
    }

    fn run_row(&self, row: &SqliteRow) -> Result<RunRow, StoreError> {
        let protection: String = row.try_get("protection").map_err(|e| self.failed(e))?;
        let protection = protection_of(&protection).ok_or_else(|| self.nonsense("a protection"))?;
        let read = || -> Result<RunRow, sqlx::Error> {
            Ok(RunRow {
                run_id: RunId::new(row.try_get::<String, _>("run_id")?),
                fingerprint: row.try_get("fingerprint")?,
                config: row.try_get("config")?,
                model: ModelInfo {
                    name: row.try_get("model")?,
                    spec: row.try_get("model_spec")?,
                    hash: row.try_get("model_hash")?,
                    device: row.try_get("device")?,
                    context: row.try_get::<Option<i64>, _>("model_context")?.and_then(|n| n.try_into().ok()),
                    profile: row.try_get("model_profile")?,
                },
                protection,
                command: row.try_get("command")?,
                started_at: row.try_get("started_at")?,
                ended_at: row.try_get("ended_at")?,
            })
        };
        read().map_err(|e| self.failed(e))
    }
}

/// Reads a protection as it is stored: `{"kind": …, "facts": [[name, value], …]}`.
fn protection_of(json: &str) -> Option<Protection> {
    #[derive(serde::Deserialize)]
    struct Stored {
        kind: String,
        facts: Vec<(String, String)>,
    }
    let Stored { kind, facts } = serde_json::from_str(json).ok()?;
    Some(Protection { kind, facts })
}
