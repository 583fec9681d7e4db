//! The short summary of `pytest -rA`, with enumeration members by their values: from Python 3.11 on ids have the members' names, and
//! instances were made with an older one.

use std::collections::BTreeMap;

use super::{Status, pytest};

/// The last line on a test holds, whatever was said before.
pub(super) fn read(output: &str) -> BTreeMap<String, Status> {
    let output = output.replace("MouseButton.LEFT", "1").replace("MouseButton.RIGHT", "3");
    pytest::read(&output)
}
