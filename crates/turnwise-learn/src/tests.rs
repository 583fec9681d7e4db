//! Facts for tests.

use turnwise_core::{Action, TurnFacts, Usage, WorkspaceState};

/// A turn with these signals, whose command ended well.
pub(crate) fn facts(turn: u32, signals: &[(&str, f64)]) -> TurnFacts {
    TurnFacts {
        turn,
        action: Action::Shell("ls".into()),
        observation: String::new(),
        exit_code: Some(0),
        workspace: WorkspaceState::default(),
        asks_more: false,
        usage: Usage::default(),
        elapsed_ms: 0,
        cost: None,
        signals: signals.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
    }
}
