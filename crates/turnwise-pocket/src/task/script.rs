//! The scripts that a task's repository and its grader hold: the visible check and the hidden tests.

const RUNNER: &str = include_str!("../../python/runner.py");
const CHECK: &str = include_str!("../../python/check.py");
const HIDDEN: &str = include_str!("../../python/hidden.py");

/// The part that both scripts and the oracle share.
pub(super) fn runner() -> &'static str {
    RUNNER
}

/// `check.py`: prints the first failing calls and how many pass.
pub(super) fn check(modules: &[String], cases: &[(String, String)]) -> String {
    let rows =
        cases.iter().map(|(text, want)| format!("    ({}, {}),\n", quoted(text), quoted(want))).collect();
    script("Runs the examples: python3 check.py", modules, rows, CHECK)
}

/// The hidden tests: prints `PASS id` or `FAIL id` for each.
pub(super) fn hidden(modules: &[String], cases: &[(String, String, String)]) -> String {
    let rows = cases
        .iter()
        .map(|(id, text, want)| format!("    ({}, {}, {}),\n", quoted(id), quoted(text), quoted(want)))
        .collect();
    script("The hidden tests.", modules, rows, HIDDEN)
}

fn script(summary: &str, modules: &[String], rows: String, main: &str) -> String {
    let modules = modules.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    format!(
        "\"\"\"{summary}\"\"\"\nimport importlib\nimport sys\n\nMODULES = [{modules}]\nCASES = [\n{rows}]\n\n\n{RUNNER}{main}"
    )
}

/// A Python string literal; JSON's are, for the texts that occur here.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
