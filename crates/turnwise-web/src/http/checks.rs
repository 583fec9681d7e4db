//! What an answer and a last page are checked for.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use turnwise_core::{Grade, TestOutcome};

use super::BadSettings;
use crate::site::Done;

/// What the answer has to be.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Answer {
    /// This text, whatever its case and white space.
    Equals(String),
    /// A text that holds this one, whatever their case and white space.
    Contains(String),
    /// A text that matches a regular expression.
    Matches(String),
    /// A text with exactly one number in it, which is this one.
    Number {
        /// The number.
        value: f64,
        /// How far off it may be.
        #[serde(default)]
        tolerance: f64,
    },
}

/// All checks of a task.
#[derive(Debug)]
pub(super) struct Checks {
    answer: Option<Check>,
    url: Option<Regex>,
}

#[derive(Debug)]
enum Check {
    Equals(String),
    Contains(String),
    Matches(Regex),
    Number { value: f64, tolerance: f64 },
}

impl Checks {
    pub(super) fn new(answer: Option<Answer>, url: Option<&str>) -> Result<Self, BadSettings> {
        let pattern =
            |field, text: &str| Regex::new(text).map_err(|source| BadSettings::Pattern { field, source });
        let answer = match answer {
            None => None,
            Some(Answer::Equals(text)) => Some(Check::Equals(plain(&text))),
            Some(Answer::Contains(text)) => Some(Check::Contains(plain(&text))),
            Some(Answer::Matches(text)) => Some(Check::Matches(pattern("answer.matches", &text)?)),
            Some(Answer::Number { value, tolerance }) => Some(Check::Number { value, tolerance }),
        };
        let url = url.map(|text| pattern("url", text)).transpose()?;
        match (&answer, &url) {
            (None, None) => Err(BadSettings::NoChecks),
            _ => Ok(Self { answer, url }),
        }
    }

    /// One test for each check.
    pub(super) fn grade(&self, done: Done<'_>) -> Grade {
        let answer = self
            .answer
            .as_ref()
            .map(|check| ("answer", done.answer.is_some_and(|answer| check.holds(answer))));
        let url = self.url.as_ref().map(|pattern| ("url", done.url.is_some_and(|url| pattern.is_match(url))));
        let outcomes = answer.into_iter().chain(url);
        let tests = outcomes.map(|(id, passed)| TestOutcome { id: id.to_owned(), was_failing: true, passed });
        Grade { tests: tests.collect(), reward: None }
    }
}

/// A text in lower case, without the white space that means nothing.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

impl Check {
    fn holds(&self, answer: &str) -> bool {
        match self {
            Self::Equals(text) => plain(answer) == *text,
            Self::Contains(text) => plain(answer).contains(text.as_str()),
            Self::Matches(pattern) => pattern.is_match(answer.trim()),
            Self::Number { value, tolerance } => {
                // What arithmetic in binary makes of decimal numbers is not the answer's fault.
                let slack = tolerance + 1e-9 * value.abs().max(1.0);
                only_number(answer).is_some_and(|number| (number - value).abs() <= slack)
            }
        }
    }
}

/// The number in a text, where there is exactly one: naming many is no answer. `1,234.5` is one number.
fn only_number(text: &str) -> Option<f64> {
    #[expect(clippy::unwrap_used, reason = "the pattern is a constant, and a test uses it")]
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?").unwrap());
    let mut numbers = NUMBER.find_iter(text);
    let (number, other) = (numbers.next()?, numbers.next());
    match other {
        None => number.as_str().replace(',', "").replace('−', "-").parse().ok(),
        Some(_) => None,
    }
}
