//! Any question in SQL, answered by a connection that cannot write.

use sqlx::{
    AssertSqlSafe, Column, Executor, Row, SqlSafeStr, Statement, TypeInfo, ValueRef, sqlite::SqliteRow,
};

use super::Reader;
use crate::{StoreError, Table, Value};

impl Reader {
    /// Answers one `SELECT` (or `WITH`, `VALUES`, `EXPLAIN`).
    ///
    /// # Errors
    /// When it is anything else, or SQLite does not understand it.
    pub async fn query(&self, sql: &str) -> Result<Table, StoreError> {
        admit(sql)?;
        let bad = |error: sqlx::Error| match error.as_database_error() {
            Some(said) => StoreError::BadQuestion { message: said.message().to_owned() },
            None => self.failed(error),
        };
        let mut conn = self.pool.acquire().await.map_err(|e| self.failed(e))?;
        let prepared =
            (&mut *conn).prepare(AssertSqlSafe(sql.to_owned()).into_sql_str()).await.map_err(bad)?;
        let columns = prepared.columns().iter().map(|column| column.name().to_owned()).collect();
        let rows = prepared.query().fetch_all(&mut *conn).await.map_err(bad)?;
        let rows = rows.iter().map(values).collect::<Result<_, _>>().map_err(|e| self.failed(e))?;
        Ok(Table { columns, rows })
    }
}

/// A read-only connection refuses to change this database; what is left to refuse are further statements, and
/// statements that make other files (`VACUUM INTO`, `ATTACH`) or change the connection (`PRAGMA`).
fn admit(sql: &str) -> Result<(), StoreError> {
    let fault = |fault| Err(StoreError::NotAQuestion { fault });
    let bare = without_comments_and_quotes(sql);
    let mut statements = bare.split(';').map(str::trim).filter(|statement| !statement.is_empty());
    let Some(statement) = statements.next() else { return fault("is empty") };
    if statements.next().is_some() {
        return fault("is more than one");
    }
    let word: String = statement.chars().take_while(char::is_ascii_alphabetic).collect();
    match word.to_ascii_uppercase().as_str() {
        "SELECT" | "WITH" | "VALUES" | "EXPLAIN" => Ok(()),
        _ => fault("does something else"),
    }
}

/// The statement with a blank for each comment and each quoted thing.
fn without_comments_and_quotes(sql: &str) -> String {
    let mut bare = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.find("*/").map_or(rest.len(), |end| end + 4)
        } else if let Some(close) = closing(first) {
            rest[1..].find(close).map_or(rest.len(), |end| end + 2)
        } else {
            bare.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        bare.push(' ');
        rest = &rest[skipped..];
    }
    bare
}

/// What ends a quotation. A doubled quote within one begins the next one at once, which comes to the same.
fn closing(quote: char) -> Option<char> {
    match quote {
        '\'' | '"' | '`' => Some(quote),
        '[' => Some(']'),
        _ => None,
    }
}

fn values(row: &SqliteRow) -> Result<Vec<Value>, sqlx::Error> {
    (0..row.len()).map(|index| value(row, index)).collect()
}

fn value(row: &SqliteRow, index: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info();
    Ok(match kind.name() {
        "INTEGER" | "BOOLEAN" => Value::Integer(row.try_get_unchecked(index)?),
        "REAL" => Value::Real(row.try_get_unchecked(index)?),
        "BLOB" => Value::Blob(row.try_get_unchecked(index)?),
        _ => Value::Text(row.try_get_unchecked(index)?),
    })
}
