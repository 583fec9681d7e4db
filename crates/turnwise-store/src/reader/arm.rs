//! Which arms the trials of policies that choose had.

use turnwise_core::RunId;

use crate::{ArmRow, Reader, StoreError, schema};

impl Reader {
    /// The arms of the trials of a run that were chosen for them, finished or not, in the order of their ids.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn arms(&self, run: &RunId) -> Result<Vec<ArmRow>, StoreError> {
        if self.format < schema::ARMS {
            return Ok(Vec::new());
        }
        type Columns = (String, String, String, Option<bool>, i64, i64);
        let rows: Vec<Columns> = sqlx::query_as(
            "SELECT trial_id, arm, chosen_by, solved, turns, tokens FROM v_arms WHERE run_id = ? ORDER BY trial_id",
        )
        .bind(run.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        let row = |(trial_id, arm, chosen_by, solved, turns, tokens): Columns| ArmRow {
            trial_id,
            arm,
            chosen_by,
            solved,
            turns: turns.unsigned_abs(),
            tokens: tokens.unsigned_abs(),
        };
        Ok(rows.into_iter().map(row).collect())
    }
}
