//! A policy as its file says it: percentiles are still percentiles. See [`crate::Policy`] for the numbers.

use serde::{Deserialize, Serialize};

use crate::{
    Attempts, Choice, Context, Example, Experience, Gate, Learned, Rule, Texts, Think,
    budgets::Budget,
    signals::{self, Signal},
};

/// The text of a policy and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySource {
    /// The policy's name: the file's stem.
    pub name: String,
    /// The file as the user knows it.
    pub file: String,
    /// The text.
    pub text: String,
}

/// A policy as its file says it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicySpec {
    /// Its name.
    pub name: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// How many turns there are.
    pub(crate) budget: Budget,
    /// What else ends an attempt.
    pub limits: Limits,
    /// When the model is told how many turns are left.
    pub reminders: Reminders,
    /// What becomes of the work when a limit is reached.
    pub at_limit: AtLimit,
    /// What the model is told.
    pub texts: Texts,
    /// What of the attempt the model is shown. Not written down where it is everything, so that policies without it are
    /// the same as ever.
    #[serde(skip_serializing_if = "Context::is_full")]
    pub context: Context,
    /// The rules, in the order of the file.
    pub rules: Vec<Rule>,
    /// Whether what they say comes to pass.
    pub gate: Option<Gate>,
    /// How many attempts a trial has.
    pub attempts: Attempts,
    /// What was learned on earlier tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub experience: Option<Experience>,
    /// What it looks at attempts with.
    #[serde(skip_serializing_if = "Learned::is_empty")]
    pub learned: Learned,
    /// When the thinking of a reply is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub think: Option<Think>,
    /// How its trials come by their policies, if it is none itself: then all of the above is as if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    /// The examples it was checked with.
    #[serde(skip)]
    pub examples: Vec<Example>,
}

/// What else ends an attempt. `None` is off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Prompt plus reply tokens, summed over the turns.
    pub tokens: Option<u64>,
    /// Model plus tool time as recorded, summed over the turns, in milliseconds.
    pub ms: Option<u64>,
    /// What the replies cost in money as recorded, summed over the turns. Not written down where it is off, so that
    /// policies without it are the same as ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Replies without an action, one after another.
    pub max_invalid: Option<u32>,
}

/// When the model is told how many turns are left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reminders {
    /// Not at all.
    Never,
    /// Before the first turn and after each.
    EveryTurn,
    /// Before the first turn, and when these shares of the limit are used up (ascending, in (0, 1)).
    Ladder(Vec<f64>),
}

/// What becomes of the work when a limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtLimit {
    /// It is graded as it stands.
    Submit,
    /// It is thrown away, and the unchanged base is graded.
    Discard,
}

impl PolicySpec {
    /// The signals that its budget, its rules and what it learned look at, by name, each once.
    pub fn needs(&self) -> Vec<&'static Signal> {
        let rules = self.rules.iter().flat_map(Rule::needs);
        let mut names: Vec<String> = self.budget.needs().into_iter().chain(rules).collect();
        names.extend(self.attempts.signal().map(str::to_owned));
        names.extend(self.learned.needs());
        names.sort();
        names.dedup();
        names.iter().filter_map(|name| signals::signal(name)).collect()
    }
}
