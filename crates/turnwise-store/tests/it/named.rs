//! Every named question answers the fixture.

use turnwise_store::{NAMED_QUERIES, NamedQuery, Value};

use crate::views::fixture_reader;

#[tokio::test]
async fn every_named_question_is_described_and_answered() {
    let folder = tempfile::tempdir().unwrap();
    let reader = fixture_reader(folder.path()).await;
    assert!(NAMED_QUERIES.len() >= 10);
    let mut answers = Vec::new();
    for query in NAMED_QUERIES {
        assert!(query.title().ends_with('?'), "{}: {}", query.name, query.title());
        assert!(query.description().ends_with('.'), "{}: {}", query.name, query.description());
        let table = reader.query(query.sql).await.unwrap_or_else(|e| panic!("{}: {e}", query.name));
        answers.push(format!("{}: {}", query.name, query.title()));
        answers.push(table.columns.join(" | "));
        answers.extend(table.rows.iter().map(|row| row.iter().map(word).collect::<Vec<_>>().join(" | ")));
        answers.push(String::new());
    }
    insta::assert_snapshot!(answers.join("\n"));
    assert_eq!(NamedQuery::find("endings"), Some(&NAMED_QUERIES[0]));
    assert_eq!(NamedQuery::find("nothing"), None);
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:.3}"),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}
