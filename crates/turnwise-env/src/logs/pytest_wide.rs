//! The short summary of `pytest -rA` with blanks in ids and with colours, and what older versions print: `path::test PASSED`.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use regex::Regex;

use super::{
    Status,
    words::{begins_with_status, counts_skipped, ends_in_status, status, words},
};

/// A colour's code without its escape character, which goes with the other control characters. `[1;31m` is not looked for, and ids
/// with `[3m` in them lose it.
static COLOUR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[\d+m").ok());

/// The last line on a test holds, whatever was said before.
pub(super) fn read(output: &str) -> BTreeMap<String, Status> {
    output.split('\n').filter_map(|line| entry(&plain(line))).collect()
}

/// The line without colours and control characters, tabs among them.
fn plain(line: &str) -> String {
    let line = COLOUR.as_ref().map_or(Cow::Borrowed(line), |colour| colour.replace_all(line, ""));
    line.chars().filter(|c| !('\x01'..='\x1f').contains(c)).collect()
}

/// What a line says that begins with a status or ends in one.
fn entry(line: &str) -> Option<(String, Status)> {
    if !begins_with_status(line) {
        let mut words: Vec<_> = words(line).collect();
        let last = words.pop().filter(|_| ends_in_status(line) && !words.is_empty())?;
        return Some((words.join(" "), status(last)));
    }
    // The message behind a dash would become part of the id; only failures have one, and only theirs is cut.
    let line = match line.split_once(" - ") {
        Some((head, _)) if line.starts_with("FAILED") => head,
        _ => line,
    };
    let mut words = words(line);
    let status = status(words.next()?);
    let id: Vec<_> = words.collect();
    let named = !id.is_empty() && !counts_skipped(status, id[0]);
    named.then(|| (id.join(" "), status))
}
