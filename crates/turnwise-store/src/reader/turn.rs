//! Turns, put together again as they were recorded.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Row, sqlite::SqliteRow};
use turnwise_core::{
    Action, Finish, Message, Origin, Reply, ReplyKey, Role, States, TokenStats, ToolCall, TrialId, TurnFacts,
    TurnRecord, Usage, VerdictKind, Vote, WorkspaceState,
};

use super::{Reader, learned::packed};
use crate::{StoreError, json, schema, tokens, write::finish_word};

impl Reader {
    /// The turns of a trial as they were recorded, attempt by attempt. `facts.usage` is the reply's.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn turns(&self, trial: &TrialId) -> Result<Vec<TurnRecord>, StoreError> {
        let texts = self.prompt_texts(trial).await?;
        let rows = sqlx::query(self.turns_sql())
            .bind(trial.as_str())
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        let mut turns: Vec<TurnRecord> = Vec::with_capacity(rows.len());
        for row in &rows {
            let read = turn(row, trial, &texts, turns.last());
            turns.push(read.map_err(|fault| self.fault(fault))?);
        }
        Ok(turns)
    }

    /// The question for turns: a database of format 1 has no calls of tools, one of format 2 no costs, one of format 5 no patches, and
    /// one of format 6 no keys of replies.
    fn turns_sql(&self) -> AssertSqlSafe<String> {
        let mut sql = self.with_states(include_str!("turns.sql"));
        if self.format < schema::WITH_REPLY_KEYS {
            let none = "NULL AS reply_key, 0 AS reused, '' AS measured";
            sql = sql.replace("u.reply_key, u.reused, u.measured", none);
        }
        if self.format < 2 {
            sql = sql.replace("u.tool_calls", "'' AS tool_calls");
        }
        if self.format < 3 {
            sql = sql.replace("u.cost", "NULL AS cost");
        }
        if self.format < schema::PATCHES {
            sql = sql.replace("(SELECT body FROM texts WHERE id = u.patch)", "NULL");
        }
        AssertSqlSafe(sql)
    }

    /// The texts of what the model was told in a trial, by their numbers.
    async fn prompt_texts(&self, trial: &TrialId) -> Result<BTreeMap<i64, String>, StoreError> {
        let texts: Vec<(i64, String)> = sqlx::query_as(
            "SELECT id, body FROM texts WHERE id IN (
               SELECT m.value ->> 1 FROM trials t JOIN turns u ON u.trial = t.id JOIN json_each(u.prompt) m
               WHERE t.trial_id = ?)",
        )
        .bind(trial.as_str())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        Ok(texts.into_iter().collect())
    }

    pub(super) fn fault(&self, fault: Fault) -> StoreError {
        match fault {
            Fault::Sql(source) => self.failed(source),
            Fault::Nonsense(what) => self.nonsense(what),
        }
    }
}

/// Why a row is no turn.
pub(super) enum Fault {
    Sql(sqlx::Error),
    Nonsense(String),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

fn turn(
    row: &SqliteRow,
    trial: &TrialId,
    texts: &BTreeMap<i64, String>,
    before: Option<&TurnRecord>,
) -> Result<TurnRecord, Fault> {
    let usage = usage(row)?;
    let votes = list(row, "votes", vote)?;
    Ok(TurnRecord {
        trial: trial.clone(),
        attempt: row.try_get("attempt")?,
        prompt: list(row, "prompt", |message| prompt(message, texts))?,
        reply: reply(row, usage)?,
        thought: row.try_get("thought")?,
        facts: TurnFacts {
            turn: row.try_get("turn")?,
            action: action(row)?,
            observation: row.try_get("observation")?,
            exit_code: row.try_get("exit_code")?,
            workspace: workspace(row, before)?,
            asks_more: row.try_get("asks_more")?,
            usage,
            elapsed_ms: count(row, "elapsed_ms")?,
            cost: row.try_get("cost")?,
            signals: list(row, "signals", signal)?,
        },
        vote_us: votes.iter().map_while(|(_, us)| *us).collect(),
        votes: votes.into_iter().map(|(vote, _)| vote).collect(),
        verdict: verdict(row.try_get("verdict")?).ok_or_else(|| nonsense("a verdict"))?,
        model_ms: row.try_get("model_ms")?,
        tool_ms: row.try_get("tool_ms")?,
        started_at: row.try_get("started_at")?,
    })
}

/// The state of the work. A patch that is not stored with its turn is the one before, as far as the digests agree.
fn workspace(row: &SqliteRow, before: Option<&TurnRecord>) -> Result<WorkspaceState, Fault> {
    let digest: String = row.try_get("patch_digest")?;
    let attempt: u32 = row.try_get("attempt")?;
    let patch = match row.try_get::<Option<&str>, _>("patch")? {
        Some(patch) => patch.into(),
        None => {
            let before = before.filter(|turn| turn.attempt == attempt).map(|turn| &turn.facts.workspace);
            before
                .filter(|work| work.digest == digest)
                .map(|work| Arc::clone(&work.patch))
                .unwrap_or_default()
        }
    };
    Ok(WorkspaceState { patch_lines: count(row, "patch_lines")?, digest, patch })
}

/// What the reply of a turn cost.
pub(super) fn usage(row: &SqliteRow) -> Result<Usage, Fault> {
    Ok(Usage {
        prompt_tokens: count(row, "prompt_tokens")?,
        prefill_tokens: count(row, "prefill_tokens")?,
        decode_tokens: count(row, "decode_tokens")?,
    })
}

/// The reply of a turn; `usage` is what it cost.
pub(super) fn reply(row: &SqliteRow, usage: Usage) -> Result<Reply, Fault> {
    let tokens = tokens::unpack(row.try_get("tokens")?);
    let finish: &str = row.try_get("finish")?;
    let finishes = [Finish::Stop, Finish::Length, Finish::ContextFull];
    let known = finishes.into_iter().find(|known| finish_word(*known) == finish);
    Ok(Reply {
        text: row.try_get("reply")?,
        tool_calls: list_or_empty(row, "tool_calls", call)?,
        tokens: tokens.ok_or_else(|| Fault::Nonsense("a reply's tokens".to_owned()))?,
        finish: known.ok_or_else(|| Fault::Nonsense(format!("the finish `{finish}`")))?,
        usage,
        stats: TokenStats {
            entropy_mean: row.try_get("entropy_mean")?,
            logprob_mean: row.try_get("logprob_mean")?,
        },
        measured: list_or_empty(row, "measured", signal)?,
        states: states(row)?,
        origin: origin(row)?,
    })
}

fn states(row: &SqliteRow) -> Result<Option<States>, Fault> {
    let Some(layers) = row.try_get::<Option<&str>, _>("state_layers")? else { return Ok(None) };
    let states = packed(layers, row.try_get("state_body")?);
    states.map(Some).ok_or_else(|| nonsense("hidden states"))
}

fn origin(row: &SqliteRow) -> Result<Option<Origin>, Fault> {
    let Some(key) = row.try_get::<Option<&[u8]>, _>("reply_key")? else { return Ok(None) };
    let key = ReplyKey(key.try_into().map_err(|_| nonsense("the key of a reply"))?);
    Ok(Some(Origin { key, ms: row.try_get("model_ms")?, reused: row.try_get("reused")? }))
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

/// The list in a column, each item read by `read`.
fn list<T>(row: &SqliteRow, column: &str, read: impl Fn(&[Value]) -> Option<T>) -> Result<Vec<T>, Fault> {
    let items: Vec<Vec<Value>> = serde_json::from_str(row.try_get(column)?).map_err(|_| nonsense(column))?;
    items.iter().map(|item| read(item)).collect::<Option<_>>().ok_or_else(|| nonsense(column))
}

/// The list in a column that is empty where there is none.
fn list_or_empty<T>(
    row: &SqliteRow,
    column: &str,
    read: impl Fn(&[Value]) -> Option<T>,
) -> Result<Vec<T>, Fault> {
    if row.try_get::<&str, _>(column)?.is_empty() { Ok(Vec::new()) } else { list(row, column, read) }
}

fn prompt(message: &[Value], texts: &BTreeMap<i64, String>) -> Option<Message> {
    let (role, text, calls) = match message {
        [role, text] => (role, text, None),
        [role, text, answers, made] => (role, text, Some((answers, made))),
        _ => return None,
    };
    let role = role.as_str()?;
    let known = [Role::System, Role::User, Role::Assistant, Role::Tool];
    let role = known.into_iter().find(|known| known.as_str() == role)?;
    let mut message = Message::new(role, texts.get(&text.as_i64()?)?.clone());
    if let Some((answers, made)) = calls {
        message.tool_call_id = answers.as_str().map(str::to_owned);
        message.tool_calls =
            made.as_array()?.iter().map(|made| call(made.as_array()?)).collect::<Option<_>>()?;
    }
    Some(message)
}

fn call(call: &[Value]) -> Option<ToolCall> {
    let [id, name, arguments] = call else { return None };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(ToolCall { id: text(id)?, name: text(name)?, arguments: text(arguments)? })
}

pub(super) fn signal(signal: &[Value]) -> Option<(String, f64)> {
    let [name, value] = signal else { return None };
    Some((name.as_str()?.to_owned(), json::to_number(value)?))
}

/// What a rule said and how long it took. The first format had neither the time nor what was missing.
fn vote(vote: &[Value]) -> Option<(Vote, Option<f64>)> {
    let none = Value::Null;
    let (rule, word, shadow, score, threshold, us, missing) = match vote {
        [rule, word, shadow, score, threshold] => (rule, word, shadow, score, threshold, &none, &none),
        [rule, word, shadow, score, threshold, us, missing] => {
            (rule, word, shadow, score, threshold, us, missing)
        }
        _ => return None,
    };
    let vote = Vote {
        rule: rule.as_str()?.to_owned(),
        verdict: verdict(word.as_str()?)?,
        shadow: shadow.as_i64()? != 0,
        score: json::to_optional(score)?,
        threshold: json::to_optional(threshold)?,
        missing: if missing.is_null() { None } else { Some(missing.as_str()?.to_owned()) },
    };
    Some((vote, json::to_optional(us)?))
}

fn verdict(word: &str) -> Option<VerdictKind> {
    VerdictKind::ALL.into_iter().find(|known| known.as_str() == word)
}

fn count(row: &SqliteRow, column: &str) -> Result<u64, Fault> {
    Ok(row.try_get::<i64, _>(column)?.cast_unsigned())
}

pub(super) fn nonsense(what: &str) -> Fault {
    Fault::Nonsense(what.to_owned())
}
