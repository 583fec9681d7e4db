//! The short summary of `pytest -rA`, with enumeration members by their values: it depends on the Python whether an id has the
//! name of an `IntEnum`'s member or its value.

use std::collections::BTreeMap;

use super::{Status, pytest};

/// The last line on a test holds, whatever was said before.
pub(super) fn read(output: &str) -> BTreeMap<String, Status> {
    let output = output.replace("MouseButton.LEFT", "1").replace("MouseButton.RIGHT", "3");
    pytest::read(&output)
}
