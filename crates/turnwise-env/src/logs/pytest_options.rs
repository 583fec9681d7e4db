//! The short summary of `pytest -rA`, where a path among the parameters is cut to its last part: which folder a test's data lie in
//! differs from one machine to the next.

use std::collections::BTreeMap;

use super::{Status, pytest};

/// The last line on a test holds, whatever was said before.
pub(super) fn read(output: &str) -> BTreeMap<String, Status> {
    output.split('\n').filter_map(pytest::entry).map(|(id, status)| (portable(&id), status)).collect()
}

/// The id with `[/a/b]` made `[/b]`. What stands behind the last `]` is lost even where nothing is cut.
fn portable(id: &str) -> String {
    let Some((test, rest)) = id.split_once('[') else { return id.to_owned() };
    let Some((option, _)) = rest.rsplit_once(']') else { return id.to_owned() };
    // `//host/path` is an address and `/a/*` a pattern: the same everywhere.
    let is_path = option.starts_with('/') && !option.starts_with("//") && !option.contains('*');
    match option.rsplit_once('/').filter(|_| is_path) {
        Some((_, last)) => format!("{test}[/{last}]"),
        None => format!("{test}[{option}]"),
    }
}
