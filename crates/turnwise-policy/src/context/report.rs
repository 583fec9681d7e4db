//! The report that a model keeps of its own work: IterResearch (arXiv 2511.07327).

use serde::{Deserialize, Serialize};

/// What stands for the report in a text.
pub(super) const REPORT: &str = "{report}";

/// The model is shown its report and its last action with what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What the report stands between, in a reply.
    pub marks: [String; 2],
    /// How it is asked for, behind the opening.
    pub ask: String,
    /// How the model is shown it, behind that; `{report}` becomes the report.
    pub recall: String,
}

impl Report {
    /// Splits a reply behind its thinking into the report and the rest. Of several reports the last counts. `None` is no
    /// report: none was begun, it is empty, or it does not end; what follows a report that does not end belongs to it.
    pub fn split(&self, text: &str) -> (Option<String>, String) {
        let [open, close] = &self.marks;
        let (mut report, mut rest, mut behind) = (None, String::new(), text);
        while let Some((before, begun)) = behind.split_once(open.as_str()) {
            rest.push_str(before);
            let Some((found, after)) = begun.split_once(close.as_str()) else {
                return (report, rest);
            };
            report = Some(found.trim()).filter(|found| !found.is_empty()).map(str::to_owned).or(report);
            behind = after;
        }
        rest.push_str(behind);
        (report, rest)
    }

    /// What the model is shown of its report.
    pub fn recalled(&self, report: &str) -> String {
        self.recall.replace(REPORT, report)
    }
}
