//! Which experience is found, what is told of it, and what a bank may look like.

use std::collections::BTreeMap;

use turnwise_core::Task;

use super::Recalled;
use crate::{Baseline, Caps, Policy, PolicySource, PolicySpec};

const BANK: &str = r#"{"issue_id": "a__a-1", "issue_description": "the parser drops the last line", "task_summary": ["Find Files: parser.py", "Run Tests: all"], "confidence": 85, "created_at": "then"}
{"task": "b__b-1", "description": "the parser drops the last empty line", "summary": "Read it."}

{"task": "a__a-2", "description": "a button has the wrong colour", "summary": "Paint it."}
"#;

fn source(lines: &str) -> PolicySource {
    let text = format!("summary = 's'\n[budget]\nkind = 'unlimited'\n[experience]\n{lines}");
    PolicySource { name: "p".into(), file: "p.toml".into(), text }
}

fn policy(lines: &str) -> Policy {
    let source = source(&format!("file = 'bank.jsonl'\n{lines}"));
    assert_eq!(source.files(&[]), ["bank.jsonl"]);
    let files = BTreeMap::from([("bank.jsonl".to_owned(), BANK.to_owned())]);
    let spec = PolicySpec::parse_with(&source, &[], &files).unwrap();
    spec.resolve(&Baseline::new("s", "m", Vec::new()), Caps::default()).unwrap()
}

fn task(id: &str, repo: &str, statement: &str) -> Task {
    Task { id: id.to_owned(), repo: repo.to_owned(), statement: statement.to_owned(), ..Task::default() }
}

fn recalled(policy: &Policy, task: &Task) -> Option<Recalled> {
    // Whatever a trial goes on with was recorded and read back.
    let stored = Policy::from_json(&policy.to_json()).unwrap();
    assert_eq!(stored.for_the(task), policy.for_the(task));
    policy.for_the(task).recalled
}

#[test]
fn the_most_alike_of_the_same_repository_is_found() {
    let policy = policy("inject = true");
    let statement = "the parser drops the last empty line";
    let of_a = recalled(&policy, &task("a__a-9", "a/a", statement)).unwrap();
    assert!(of_a.similarity > 0.1 && of_a.similarity < 0.9, "{of_a:?}");
    let told = of_a.told.unwrap();
    let head = format!(
        "Gained experience from the similar task a__a-1 (similarity {:.2}, confidence 85):\n",
        of_a.similarity
    );
    assert_eq!(told, format!("{head}- Find Files: parser.py\n- Run Tests: all"));
    // Where a task has no repository the most alike counts.
    let most = recalled(&policy, &task("c", "", statement)).unwrap();
    assert!((most.similarity - 1.0).abs() < 1e-12 && most.told.unwrap().ends_with("\nRead it."));
    // Its own experience would give the solution away.
    let own = recalled(&policy, &task("b__b-1", "", statement)).unwrap();
    assert!(own.told.unwrap().contains("a__a-1"));
    assert_eq!(recalled(&policy, &task("c__c-1", "c/c", statement)), None);
    assert_eq!(recalled(&policy, &task("a__a-9", "a/a", "memory leaks")), None);
}

#[test]
fn nothing_is_told_unless_it_is_wanted_and_only_what_is_alike_enough_is_found() {
    let statement = "the parser drops something";
    let found = |lines: &str| recalled(&policy(lines), &task("a__a-9", "a/a", statement));
    assert_eq!(found("").unwrap().told, None);
    assert_eq!(found("similarity = 0.9"), None);
}

#[test]
fn what_is_wrong_with_a_bank_is_said() {
    let error = |lines: &str| PolicySpec::parse(&source(lines), &[]).unwrap_err().to_string();
    assert!(error("similarity = 0.1").contains("`experience.records`"), "{}", error("similarity = 0.1"));
    let bad = error("records = '''\n{\"task\": \"x\"}\n'''");
    assert!(
        bad.contains("p.toml:5") && bad.contains("what line 1 of it is (missing field `description`"),
        "{bad}"
    );
    assert!(error("file = 'no.jsonl'").contains("cannot be read"));
    assert!(error("records = ''\ninjekt = true").contains("inject"));
}
