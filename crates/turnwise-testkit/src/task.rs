//! A task for the toy environment.

use turnwise_core::Task;

/// A task of suite `toy` that is solved when the work has at least one changed line.
pub fn task(id: &str) -> Task {
    Task {
        id: id.to_owned(),
        suite: "toy".to_owned(),
        statement: format!("Repair {id}."),
        repo: "toy".to_owned(),
        base_commit: "0".repeat(40),
        test_command: "true".to_owned(),
        fail_to_pass: vec!["repaired".to_owned()],
        pass_to_pass: vec!["still whole".to_owned()],
        labels: vec![("bugs".to_owned(), "1".to_owned())],
        ..Task::default()
    }
}
