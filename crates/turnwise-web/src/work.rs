//! What was done on a site, as the state of a workspace.

use turnwise_core::WorkspaceState;

use crate::digest;

/// The state that these lines of work are: as a patch that adds each of them, and empty where there are none.
pub fn state_of_work(lines: &[String]) -> WorkspaceState {
    let patch: String = lines.iter().map(|line| format!("+{}\n", line.replace(['\n', '\r'], " "))).collect();
    let digest = if patch.is_empty() { String::new() } else { digest(patch.as_bytes()) };
    WorkspaceState { patch_lines: lines.len() as u64, digest, patch: patch.into() }
}
