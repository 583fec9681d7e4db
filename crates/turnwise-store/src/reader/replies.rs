//! Replies that are known: a turn's row has the key of its reply, so whatever is recorded can be found by it.

use sqlx::AssertSqlSafe;
use turnwise_core::{BoxFuture, Replies, Reply, ReplyKey, RunId, Source};

use super::{
    Reader,
    turn::{reply, usage},
};
use crate::{ReplyTotals, StoreError, schema};

impl Reader {
    /// The reply of this key, as the first turn that has it recorded it; `None` where there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn reply(&self, key: ReplyKey) -> Result<Option<Reply>, StoreError> {
        if self.format < schema::WITH_REPLY_KEYS {
            return Ok(None);
        }
        let row = sqlx::query(AssertSqlSafe(self.with_states(include_str!("reply.sql"))))
            .bind(&key.0[..])
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        let reply = row.map(|row| reply(&row, usage(&row)?)).transpose();
        reply.map_err(|fault| self.fault(fault))
    }

    /// How much was computed for a run and how much was known already, over all its turns.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn reply_totals(&self, run: &RunId) -> Result<ReplyTotals, StoreError> {
        let sql = include_str!("reply_totals.sql");
        let sql = match self.format < schema::WITH_REPLY_KEYS {
            true => sql.replace("u.reused", "0"),
            false => sql.to_owned(),
        };
        let totals: (i64, i64, i64, i64) = sqlx::query_as(AssertSqlSafe(sql))
            .bind(run.as_str())
            .fetch_one(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        let (computed, computed_tokens, reused, reused_tokens) = totals;
        Ok(ReplyTotals { computed, computed_tokens, reused, reused_tokens })
    }
}

impl Replies for Reader {
    fn find(&self, key: ReplyKey) -> BoxFuture<'_, Result<Option<Reply>, Source>> {
        Box::pin(async move { self.reply(key).await.map_err(Into::into) })
    }
}
