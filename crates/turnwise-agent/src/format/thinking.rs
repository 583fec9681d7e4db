//! Finds the thinking in a reply.

/// What the thinking is put between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marks {
    /// What begins it.
    pub(crate) open: String,
    /// What ends it.
    pub(crate) close: String,
}

impl Marks {
    /// Splits off thinking with which the text begins; `None` behind it when the thinking does not end.
    pub(super) fn split_begun<'a>(&self, text: &'a str) -> (&'a str, Option<&'a str>) {
        let Some(begun) = text.strip_prefix(&self.open) else { return ("", Some(text)) };
        match begun.split_once(&self.close) {
            Some((thought, rest)) => (thought, Some(rest)),
            None => (begun, None),
        }
    }

    /// As [`Marks::split_begun`], also for a reply that does not write the first mark because its prompt ended
    /// with it.
    pub(super) fn split<'a>(&self, text: &'a str) -> (&'a str, Option<&'a str>) {
        let text = text.trim_start();
        match text.split_once(&self.close) {
            Some((thought, rest)) if !thought.contains(&self.open) => (thought, Some(rest)),
            _ => self.split_begun(text),
        }
    }
}

/// Thinking and what was said besides it, as one text.
pub(super) fn joined(thinking: &str, said: &str) -> String {
    let parts = [thinking.trim(), said.trim()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}
