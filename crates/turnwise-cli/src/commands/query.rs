//! `turnwise query`: a named question or any read-only SQL.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Map, json};
use turnwise_report::Align;
use turnwise_store::{NAMED_QUERIES, NamedQuery, Reader, Table, Value};

use crate::{error::Failure, hex::hex, options::DbOption, printer::Printer};

/// What to ask and how to answer.
#[derive(Args, Debug)]
pub(crate) struct QueryArgs {
    /// The name of a question, or one SQL statement that only reads
    #[arg(required_unless_present = "list", value_name = "NAME|SQL")]
    question: Option<String>,
    /// List the questions that have names
    #[arg(long)]
    list: bool,
    /// How to print the answer
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    #[command(flatten)]
    db: DbOption,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
    Jsonl,
}

/// Asks.
pub(crate) async fn query(args: QueryArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let format = args.format.unwrap_or(if printer.json() { Format::Json } else { Format::Table });
    let answer = match args.question {
        Some(question) if !args.list => {
            let sql = sql_of(&question)?;
            Reader::open(&args.db.db).await?.query(&sql).await?
        }
        Some(_) | None => listing(),
    };
    print(&answer, format, printer)?;
    Ok(ExitCode::SUCCESS)
}

/// The SQL of a named question; what holds a blank is SQL itself.
fn sql_of(question: &str) -> Result<String, Failure> {
    let question = question.trim();
    if let Some(named) = NamedQuery::find(question) {
        return Ok(named.sql.to_owned());
    }
    match question.contains(char::is_whitespace) {
        true => Ok(question.to_owned()),
        false => Err(Failure::usage(format!(
            "no question is named `{question}`; `turnwise query --list` lists them, or write SQL"
        ))),
    }
}

fn listing() -> Table {
    let row =
        |query: &NamedQuery| vec![Value::Text(query.name.to_owned()), Value::Text(query.title().to_owned())];
    Table {
        columns: vec!["name".to_owned(), "question".to_owned()],
        rows: NAMED_QUERIES.iter().map(row).collect(),
    }
}

fn print(table: &Table, format: Format, printer: &Printer) -> Result<(), Failure> {
    match format {
        Format::Table => {
            let numeric = |index: usize| {
                let of_column = table.rows.iter().filter_map(|row| row.get(index));
                of_column.clone().any(|v| matches!(v, Value::Integer(_) | Value::Real(_)))
                    && of_column.clone().all(|v| !matches!(v, Value::Text(_) | Value::Blob(_)))
            };
            let columns: Vec<(&str, Align)> = (0..)
                .zip(&table.columns)
                .map(|(index, name)| (name.as_str(), if numeric(index) { Align::Right } else { Align::Left }))
                .collect();
            let rows = table.rows.iter().map(|row| row.iter().map(readable).collect()).collect();
            printer.table(&columns, rows);
        }
        Format::Csv => {
            let line =
                |cells: Vec<String>| cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",");
            let rows = table.rows.iter().map(|row| line(row.iter().map(exact).collect()));
            let lines: Vec<String> = [line(table.columns.clone())].into_iter().chain(rows).collect();
            printer.data(&lines.join("\r\n"));
        }
        Format::Json => printer.json_data(&objects(table))?,
        Format::Jsonl => objects(table).iter().for_each(|object| printer.data(&object.to_string())),
    }
    Ok(())
}

fn objects(table: &Table) -> Vec<serde_json::Value> {
    let value = |value: &Value| match value {
        Value::Null => json!(null),
        Value::Integer(number) => json!(number),
        Value::Real(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Blob(_) => json!(exact(value)),
    };
    let object = |row: &Vec<Value>| {
        let pairs = table.columns.iter().cloned().zip(row.iter().map(value));
        serde_json::Value::Object(pairs.collect::<Map<_, _>>())
    };
    table.rows.iter().map(object).collect()
}

/// A value for eyes: fractions are rounded, long texts are cut.
fn readable(value: &Value) -> String {
    const WIDE: usize = 80;
    match value {
        Value::Real(number) => {
            let text = format!("{number:.3}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        Value::Null | Value::Integer(_) | Value::Text(_) | Value::Blob(_) => {
            let text = exact(value).replace('\n', "⏎");
            match text.char_indices().nth(WIDE) {
                Some((at, _)) => format!("{}…", &text[..at]),
                None => text,
            }
        }
    }
}

/// A value with nothing lost.
fn exact(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => hex(bytes),
    }
}

/// A cell of a CSV file (RFC 4180).
fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_cells_are_quoted_where_they_must_be() {
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
    }

    #[test]
    fn values_for_eyes_are_short() {
        assert_eq!(readable(&Value::Real(0.5)), "0.5");
        assert_eq!(readable(&Value::Real(12.0)), "12");
        assert_eq!(readable(&Value::Text("a\nb".into())), "a⏎b");
        assert_eq!(readable(&Value::Text("x".repeat(200))).chars().count(), 81);
    }

    #[test]
    fn a_single_word_is_a_name() {
        assert!(sql_of("endings").unwrap().contains("FROM v_trials"));
        assert_eq!(sql_of("SELECT 1").unwrap(), "SELECT 1");
        assert!(matches!(sql_of("ending"), Err(Failure::Usage { .. })));
    }
}
