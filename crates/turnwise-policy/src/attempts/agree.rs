//! Attempts one after another until they agree: COPO's consistency as a gate (arXiv 2508.04138; papers.md A20).
//!
//! The attempts fall into classes of equal work, and H = -sum p ln p over the shares of the classes, in nats. A small H
//! says that another attempt would bring the same again; a large one, that it is worth its cost. The work of the largest
//! class counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use turnwise_toml::Table;

use super::{Ended, Start, tell, temperature};
use crate::{PolicyError, rules::Keys};

/// The settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agree {
    pub(super) most: u32,
    least: u32,
    /// In nats.
    entropy: f64,
    pub(super) temperature: f64,
    tell: Option<String>,
}

impl Agree {
    pub(super) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let place = table.place().clone();
        let agree = Self {
            most: table.count("most", (2, 100), Some(5))?,
            least: table.count("least", (2, 100), Some(2))?,
            entropy: table.real("entropy", (0.0, f64::MAX), Some(0.0))?,
            temperature: temperature(table)?,
            tell: tell(table)?,
        };
        if agree.least > agree.most {
            return Err(PolicyError::Contradiction {
                place,
                what: format!("`attempts.least` is {} and `attempts.most` is {}", agree.least, agree.most),
                advice: "raise `most` or lower `least`".to_owned(),
            });
        }
        Ok(agree)
    }

    pub(super) fn next(&self, ended: &[Ended]) -> Option<Start> {
        let so_far = u32::try_from(ended.len()).unwrap_or(u32::MAX);
        // Somewhat above, so that equal shares do not differ by their rounding.
        let is_settled = so_far >= self.least && entropy(ended) <= self.entropy + 1e-9;
        (so_far < self.most && !is_settled).then(|| Start { behind: None, tell: self.tell.clone() })
    }

    pub(super) fn explain(&self) -> String {
        format!(
            "A trial has {} to {} attempts, one after another, until the entropy of their outcomes is at most {}; the work that \
             most of them came to counts.",
            self.least, self.most, self.entropy
        )
    }
}

/// The entropy over classes of equal work, in nats.
fn entropy(ended: &[Ended]) -> f64 {
    let mut classes: BTreeMap<&str, f64> = BTreeMap::new();
    ended.iter().for_each(|attempt| *classes.entry(&attempt.digest).or_default() += 1.0);
    let all = ended.len() as f64;
    classes.values().map(|count| -(count / all) * (count / all).ln()).sum()
}
