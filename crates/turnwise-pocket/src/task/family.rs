//! Program families: the templates in `families/*.toml`.

use super::template::Template;
use serde::Deserialize;
use std::sync::OnceLock;

const SEEN: [(&str, &str); 6] = [
    ("numbers", include_str!("../../families/numbers.toml")),
    ("lists", include_str!("../../families/lists.toml")),
    ("strings", include_str!("../../families/strings.toml")),
    ("search", include_str!("../../families/search.toml")),
    ("classes", include_str!("../../families/classes.toml")),
    ("pairs", include_str!("../../families/pairs.toml")),
];
const UNSEEN: &str = include_str!("../../families/unseen.toml");

/// A family of programs that differ in names and bugs.
#[derive(Clone, Debug)]
pub struct Family {
    /// Its name.
    pub name: String,
    /// Whether the pocket model saw it in training.
    pub seen: bool,
    /// Names to choose from, a list for each function or class.
    pub(super) names: Vec<Vec<String>>,
    /// The program of the first file.
    pub(super) code: Template,
    /// The program of the second file, for families of two.
    pub(super) code_b: Option<Template>,
    /// Calls that the visible check shows.
    pub(super) visible: Vec<String>,
    /// Calls that only the hidden tests make, beside the visible ones.
    pub(super) hidden: Vec<String>,
}

/// A family file that cannot be read: a mistake in this crate's own data.
#[derive(Debug, thiserror::Error)]
#[error("family file `{file}` cannot be read")]
pub struct FamilyError {
    /// The file's stem.
    pub file: &'static str,
    /// Why.
    #[source]
    pub source: toml::de::Error,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FamilyFile {
    family: Vec<RawFamily>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFamily {
    name: String,
    names: Vec<Vec<String>>,
    code: String,
    code_b: Option<String>,
    visible: Vec<String>,
    hidden: Vec<String>,
}

/// Every family, seen ones first, in the order of the files.
///
/// # Errors
/// When a family file is malformed.
pub fn families() -> Result<&'static [Family], FamilyError> {
    static CACHE: OnceLock<Vec<Family>> = OnceLock::new();
    if let Some(known) = CACHE.get() {
        return Ok(known);
    }
    let mut all = Vec::new();
    for (file, text) in SEEN {
        all.extend(read(file, text, true)?);
    }
    all.extend(read("unseen", UNSEEN, false)?);
    Ok(CACHE.get_or_init(|| all))
}

fn read(file: &'static str, text: &str, seen: bool) -> Result<Vec<Family>, FamilyError> {
    let parsed: FamilyFile = toml::from_str(text).map_err(|source| FamilyError { file, source })?;
    Ok(parsed.family.into_iter().map(|raw| family(raw, seen)).collect())
}

fn family(raw: RawFamily, seen: bool) -> Family {
    Family {
        name: raw.name,
        seen,
        names: raw.names,
        code: Template::parse(raw.code.trim_start_matches('\n')),
        code_b: raw.code_b.map(|code| Template::parse(code.trim_start_matches('\n'))),
        visible: raw.visible,
        hidden: raw.hidden,
    }
}
