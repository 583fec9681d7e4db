//! Turns, put together again as they were recorded.

use std::collections::BTreeMap;

use sqlx::{Row, sqlite::SqliteRow};
use turnwise_core::{
    Action, AttemptNo, Finish, Message, Reply, Role, TokenStats, TrialId, TurnFacts, TurnNo, TurnRecord,
    Usage, VerdictKind, Vote, WorkspaceState,
};

use super::Reader;
use crate::StoreError;

/// Where a turn is within its trial.
type Place = (AttemptNo, TurnNo);

/// What a turn has many of.
#[derive(Default)]
struct Parts {
    prompts: BTreeMap<Place, Vec<Message>>,
    signals: BTreeMap<Place, Vec<(String, f64)>>,
    votes: BTreeMap<Place, Vec<Vote>>,
}

impl Reader {
    /// The turns of a trial as they were recorded, attempt by attempt. `facts.usage` is the reply's.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn turns(&self, trial: &TrialId) -> Result<Vec<TurnRecord>, StoreError> {
        let mut parts = Parts {
            prompts: self.many(trial, include_str!("messages.sql"), message).await?,
            signals: self.many(trial, include_str!("signals.sql"), signal).await?,
            votes: self.many(trial, include_str!("verdicts.sql"), vote).await?,
        };
        let rows = sqlx::query(include_str!("turns.sql"))
            .bind(trial.as_str())
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        let turns = rows.iter().map(|row| turn(row, trial, &mut parts)).collect::<Result<_, _>>();
        turns.map_err(|fault| self.fault(fault))
    }

    async fn many<T>(
        &self,
        trial: &TrialId,
        sql: &'static str,
        read: fn(&SqliteRow) -> Result<T, Fault>,
    ) -> Result<BTreeMap<Place, Vec<T>>, StoreError> {
        let rows =
            sqlx::query(sql).bind(trial.as_str()).fetch_all(&self.pool).await.map_err(|e| self.failed(e))?;
        let mut parts: BTreeMap<Place, Vec<T>> = BTreeMap::new();
        for row in &rows {
            let part = place(row).and_then(|place| Ok((place, read(row)?)));
            let (place, part) = part.map_err(|fault| self.fault(fault))?;
            parts.entry(place).or_default().push(part);
        }
        Ok(parts)
    }

    fn fault(&self, fault: Fault) -> StoreError {
        match fault {
            Fault::Sql(source) => self.failed(source),
            Fault::Nonsense(what) => self.nonsense(what),
        }
    }
}

/// Why a row is no turn.
enum Fault {
    Sql(sqlx::Error),
    Nonsense(String),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

fn turn(row: &SqliteRow, trial: &TrialId, parts: &mut Parts) -> Result<TurnRecord, Fault> {
    let place = place(row)?;
    let usage = Usage {
        prompt_tokens: count(row, "prompt_tokens")?,
        prefill_tokens: count(row, "prefill_tokens")?,
        decode_tokens: count(row, "decode_tokens")?,
    };
    Ok(TurnRecord {
        trial: trial.clone(),
        attempt: place.0,
        prompt: parts.prompts.remove(&place).unwrap_or_default(),
        reply: reply(row, usage)?,
        thought: row.try_get("thought")?,
        facts: TurnFacts {
            turn: place.1,
            action: action(row)?,
            observation: row.try_get("observation")?,
            exit_code: row.try_get("exit_code")?,
            workspace: WorkspaceState {
                patch_lines: count(row, "patch_lines")?,
                digest: row.try_get("patch_digest")?,
            },
            asks_more: row.try_get("asks_more")?,
            usage,
            elapsed_ms: count(row, "elapsed_ms")?,
            signals: parts.signals.remove(&place).unwrap_or_default(),
        },
        votes: parts.votes.remove(&place).unwrap_or_default(),
        verdict: verdict(row)?,
        model_ms: row.try_get("model_ms")?,
        tool_ms: row.try_get("tool_ms")?,
        started_at: row.try_get("started_at")?,
    })
}

fn reply(row: &SqliteRow, usage: Usage) -> Result<Reply, Fault> {
    let packed: Option<Vec<u8>> = row.try_get("ids")?;
    let tokens = crate::tokens::unpack(&packed.unwrap_or_default());
    let finish: &str = row.try_get("finish")?;
    let finishes = [Finish::Stop, Finish::Length, Finish::ContextFull];
    let known = finishes.into_iter().find(|known| crate::write::finish_word(*known) == finish);
    Ok(Reply {
        text: row.try_get("reply")?,
        tokens: tokens.ok_or_else(|| Fault::Nonsense("a reply's tokens".to_owned()))?,
        finish: known.ok_or_else(|| Fault::Nonsense(format!("the finish `{finish}`")))?,
        usage,
        stats: TokenStats {
            entropy_mean: row.try_get("entropy_mean")?,
            logprob_mean: row.try_get("logprob_mean")?,
        },
    })
}

fn action(row: &SqliteRow) -> Result<Action, Fault> {
    let text: String = row.try_get("action")?;
    match row.try_get("action_kind")? {
        "shell" => Ok(Action::Shell(text)),
        "submit" => Ok(Action::Submit),
        "invalid" => Ok(Action::Invalid { complaint: text }),
        other => Err(Fault::Nonsense(format!("the action kind `{other}`"))),
    }
}

fn message(row: &SqliteRow) -> Result<Message, Fault> {
    let role: &str = row.try_get("role")?;
    let known = [Role::System, Role::User, Role::Assistant, Role::Tool];
    let role = known.into_iter().find(|known| known.as_str() == role);
    let role = role.ok_or_else(|| Fault::Nonsense("a message of an unknown role".to_owned()))?;
    Ok(Message::new(role, row.try_get::<String, _>("body")?))
}

fn signal(row: &SqliteRow) -> Result<(String, f64), Fault> {
    let value: Option<f64> = row.try_get("value")?;
    Ok((row.try_get("signal")?, value.unwrap_or(f64::NAN)))
}

fn vote(row: &SqliteRow) -> Result<Vote, Fault> {
    Ok(Vote {
        rule: row.try_get("rule")?,
        verdict: verdict(row)?,
        shadow: row.try_get("shadow")?,
        score: row.try_get("score")?,
        threshold: row.try_get("threshold")?,
    })
}

fn verdict(row: &SqliteRow) -> Result<VerdictKind, Fault> {
    let word: &str = row.try_get("verdict")?;
    let known = [
        VerdictKind::Continue,
        VerdictKind::Remind,
        VerdictKind::Extend,
        VerdictKind::Stop,
        VerdictKind::Restart,
    ];
    known
        .into_iter()
        .find(|known| known.as_str() == word)
        .ok_or_else(|| Fault::Nonsense(format!("the verdict `{word}`")))
}

fn place(row: &SqliteRow) -> Result<Place, Fault> {
    Ok((row.try_get("attempt")?, row.try_get("turn")?))
}

fn count(row: &SqliteRow, column: &str) -> Result<u64, Fault> {
    Ok(row.try_get::<i64, _>(column)?.cast_unsigned())
}
