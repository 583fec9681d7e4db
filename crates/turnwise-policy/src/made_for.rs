//! What a learned file was made for: who loads the policy holds it against what the policy is to be used on.

use serde::{Deserialize, Serialize};
use turnwise_toml::Table;

use crate::{Policy, PolicyError, PolicySpec, Rule, Think, read, rules};

/// The key that a rule's table has it under.
const KEY: &str = "made_for";

/// What the learned numbers of a rule were made for. What is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeFor {
    /// The rule that reads the numbers.
    #[serde(default, skip_serializing)]
    pub rule: String,
    /// The model, as it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_name: Option<String>,
    /// The hash of its files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_hash: Option<String>,
    /// The profile by which it is spoken to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The hash of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_hash: Option<String>,
    /// The suite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    /// The SHA-256 of the file of the probe that gives the signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<String>,
}

impl MadeFor {
    /// Reads `made_for`; `None` where it is left out.
    pub(crate) fn read(table: &mut Table) -> Result<Option<Self>, PolicyError> {
        let path = table.path_of(KEY);
        let Some(node) = table.take(KEY) else { return Ok(None) };
        let mut table = Table::open(&path, node)?;
        let mut text = |key: &'static str, what: &str| table.read(key, what, read::text);
        let made_for = Self {
            rule: String::new(),
            model_name: text("model_name", "the name of a model")?,
            model_hash: text("model_hash", "the hash of a model's files")?,
            profile: text("profile", "the name of a profile")?,
            profile_hash: text("profile_hash", "the hash of a profile")?,
            suite: text("suite", "the name of a suite")?,
            probe: text("probe", "the SHA-256 of a probe's file")?,
        };
        table.close()?;
        Ok(Some(made_for))
    }

    /// Its keys and what they hold.
    pub(crate) fn entries(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("model_name", self.model_name.as_deref()),
            ("model_hash", self.model_hash.as_deref()),
            ("profile", self.profile.as_deref()),
            ("profile_hash", self.profile_hash.as_deref()),
            ("suite", self.suite.as_deref()),
            ("probe", self.probe.as_deref()),
        ]
    }
}

/// Of the rules that say it, in their order.
fn of(rules: &[Rule]) -> Vec<MadeFor> {
    let said = rules.iter().filter_map(|rule| Some((rule.name(), rule.made_for()?)));
    said.map(|(rule, made_for)| MadeFor { rule: rule.to_owned(), ..made_for.clone() }).collect()
}

/// Of what leaves the thinking of replies, if it says it.
fn of_think(think: Option<&Think>) -> Option<MadeFor> {
    let made_for = think?.made_for()?.clone();
    Some(MadeFor { rule: rules::THINK.to_owned(), ..made_for })
}

impl PolicySpec {
    /// What the learned numbers of its rules were made for, where they say so.
    pub fn made_for(&self) -> Vec<MadeFor> {
        let mut all = of(&self.rules);
        all.extend(of_think(self.think.as_ref()));
        all
    }
}

impl Policy {
    /// What the learned numbers of its rules were made for, where they say so.
    pub fn made_for(&self) -> Vec<MadeFor> {
        let mut all = of(&self.rules);
        all.extend(of_think(self.think.as_ref()));
        all
    }
}
