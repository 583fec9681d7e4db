//! The arrows between the crates: a new one is a line here, and so a decision.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

/// Who may depend on whom, in ordinary and build dependencies.
const ARROWS: [(&str, &[&str]); 16] = [
    ("turnwise-core", &[]),
    ("turnwise-toml", &[]),
    ("turnwise-policy", &["turnwise-core", "turnwise-toml"]),
    ("turnwise-agent", &["turnwise-core", "turnwise-policy", "turnwise-toml"]),
    ("turnwise-engine", &["turnwise-core", "turnwise-toml"]),
    ("turnwise-env", &["turnwise-core"]),
    ("turnwise-web", &["turnwise-core"]),
    ("turnwise-shop", &["turnwise-core", "turnwise-web"]),
    ("turnwise-chromium", &["turnwise-core", "turnwise-env", "turnwise-web"]),
    ("turnwise-exchange", &["turnwise-core"]),
    ("turnwise-learn", &["turnwise-core"]),
    ("turnwise-store", &["turnwise-core"]),
    ("turnwise-report", &["turnwise-core", "turnwise-policy", "turnwise-store"]),
    (
        "turnwise-pocket",
        &["turnwise-core", "turnwise-engine", "turnwise-env", "turnwise-shop", "turnwise-web"],
    ),
    ("turnwise-testkit", &["turnwise-core"]),
    (
        "turnwise-cli",
        &[
            "turnwise-agent",
            "turnwise-chromium",
            "turnwise-core",
            "turnwise-engine",
            "turnwise-env",
            "turnwise-exchange",
            "turnwise-learn",
            "turnwise-pocket",
            "turnwise-policy",
            "turnwise-report",
            "turnwise-shop",
            "turnwise-store",
            "turnwise-web",
        ],
    ),
];

#[test]
fn crates_depend_only_on_what_they_may() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let dependencies = package["dependencies"].as_array().unwrap();
        let ours =
            dependencies.iter().filter(|dependency| dependency["kind"] != "dev").map(|d| text(&d["name"]));
        found.insert(text(&package["name"]), ours.filter(|name| name.starts_with("turnwise-")).collect());
    }
    let allowed: BTreeMap<String, BTreeSet<String>> = ARROWS
        .iter()
        .map(|(name, to)| ((*name).to_owned(), to.iter().map(|name| (*name).to_owned()).collect()))
        .collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), allowed.keys().collect::<Vec<_>>());
    for (name, to) in &found {
        assert!(
            to.is_subset(&allowed[name]),
            "{name} depends on {to:?}, and may only on {:?}",
            allowed[name]
        );
    }
}
