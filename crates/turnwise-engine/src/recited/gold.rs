//! The model that knows the solution: it applies the task's own patch, or on the web does what the suite's solution does, and submits.

use turnwise_core::{Conversation, Model, ModelError, ModelInfo, SessionSpec};

use super::{Line, Recital, info};

/// The model that applies [`turnwise_core::Task::gold_patch`] or gives the commands of [`turnwise_core::WebSetup::gold`], and submits; where a
/// task has neither, it only submits.
#[derive(Debug)]
pub struct GoldModel {
    info: ModelInfo,
}

impl GoldModel {
    /// The model `gold`.
    pub fn new() -> Self {
        Self { info: info("gold", "gold".into(), "gold".into()) }
    }
}

impl Default for GoldModel {
    fn default() -> Self {
        Self::new()
    }
}

impl Model for GoldModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn open(&self, spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError> {
        let patch = spec.task.gold_patch.as_deref().filter(|patch| !patch.trim().is_empty());
        let apply = patch.map(|patch| Line::free(apply_command(patch)));
        let commands = spec.task.web.iter().flat_map(|web| &web.gold).map(Line::free);
        let lines = apply.into_iter().chain(commands).chain([Line::free("submit")]);
        Ok(Recital::boxed(lines.collect(), spec.style))
    }
}

/// A shell command that applies the patch byte for byte: a quoted here-document is not expanded, and its
/// end mark is a line the patch does not have.
pub(super) fn apply_command(patch: &str) -> String {
    let mut mark = "EOF".to_owned();
    while patch.lines().any(|line| line == mark) {
        mark.push('_');
    }
    let newline = if patch.ends_with('\n') { "" } else { "\n" };
    format!("git apply --whitespace=nowarn - <<'{mark}'\n{patch}{newline}{mark}")
}
