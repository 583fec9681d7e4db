//! Calls of the tool `edit` as shell commands: one text of a file is replaced by another, and only where it stands there once.
//!
//! The sandbox runs commands, and every image of a Python repository has python3, so an edit is one too: the record and other
//! readers see what was really run.

use serde_json::Value;

/// The name of the tool.
pub(crate) const EDIT: &str = "edit";

/// What it is, for the model.
pub(crate) const DESCRIPTION: &str =
    "Replace a text of a file that stands there exactly once by another; an empty old text makes a new file";

/// What it takes.
pub(crate) const PARAMETERS: &str = r#"{"type":"object","properties":{"path":{"type":"string","description":"The file"},"old":{"type":"string","description":"The text that is replaced, with its indentation"},"new":{"type":"string","description":"What stands there then"}},"required":["path","old","new"]}"#;

/// What the command does with the three texts.
const SCRIPT: &str = r#"
import os, sys
try:
    if not old:
        if os.path.exists(path):
            sys.exit(f"{path}: is there already; give the old text that is replaced")
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        count, text = 1, ""
    else:
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        count = text.count(old)
    if count != 1:
        sys.exit(f"{path}: the old text stands there {count} times; give one that stands there once")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text.replace(old, new, 1) if old else new)
except (OSError, UnicodeError) as error:
    sys.exit(f"{path}: {error}")
print(f"{path}: edited")
"#;

/// The command of a call's arguments, or the names of those that are missing.
pub(super) fn command(arguments: &Value) -> Result<String, String> {
    let names = ["path", "old", "new"];
    let given = names.map(|name| arguments.get(name).and_then(Value::as_str));
    let [Some(path), Some(old), Some(new)] = given else {
        let missing: Vec<String> = names
            .iter()
            .zip(given)
            .filter(|(_, text)| text.is_none())
            .map(|(name, _)| format!("'{name}'"))
            .collect();
        return Err(format!("Missing {} in edit tool call.", missing.join(", ")));
    };
    // A JSON text without escaped surrogates, as this writes it, is a Python text; and it has no line breaks, so the mark is never in it.
    let texts = [("path", path), ("old", old), ("new", new)];
    let texts: String =
        texts.iter().map(|(name, text)| format!("{name} = {}\n", Value::from(*text))).collect();
    Ok(format!("python3 - <<'EDIT'\n{texts}{}\nEDIT", SCRIPT.trim()))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, process::Command};

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn edit(dir: &Path, path: &str, old: &str, new: &str) -> (bool, String) {
        let command = command(&json!({ "path": path, "old": old, "new": new })).unwrap();
        let output = Command::new("sh").arg("-c").arg(command).current_dir(dir).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }

    #[test]
    fn a_text_that_stands_there_once_is_replaced_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.py"), "x = 1\r\nx = 2\r\n").unwrap();
        let twice = edit(dir.path(), "a.py", "x = ", "y = ");
        assert_eq!(
            twice,
            (false, "a.py: the old text stands there 2 times; give one that stands there once\n".into())
        );
        assert_eq!(edit(dir.path(), "a.py", "x = 2\r\n", "x = 3\r\n"), (true, "a.py: edited\n".into()));
        assert_eq!(fs::read_to_string(dir.path().join("a.py")).unwrap(), "x = 1\r\nx = 3\r\n");
        assert!(!edit(dir.path(), "none.py", "a", "b").0);
        assert!(edit(dir.path(), "new/b.py", "", "z\n").0 && !edit(dir.path(), "new/b.py", "", "z\n").0);
        fs::write(dir.path().join("bytes"), b"\xff\xfe").unwrap();
        assert!(!edit(dir.path(), "bytes", "a", "b").0);
    }

    #[test]
    fn what_is_missing_is_named() {
        let said = command(&json!({ "path": "a", "new": 3 })).unwrap_err();
        assert_eq!(said, "Missing 'old', 'new' in edit tool call.");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_text_is_carried_over_as_it_is(text in "[\\PC\n\r\t\\\\'\"$`\u{0}-\u{1f}\u{10000}-\u{10ffff}]{0,40}") {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join("f"), "a@b").unwrap();
            prop_assert!(edit(dir.path(), "f", "@", &text).0);
            prop_assert_eq!(fs::read_to_string(dir.path().join("f")).unwrap(), format!("a{text}b"));
        }
    }
}
