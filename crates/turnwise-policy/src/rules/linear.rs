//! A logistic model over signals, as the parameters in a file say it: P = 1 / (1 + exp(-(b + sum of w (x - m) /
//! s))).

use serde::{Deserialize, Serialize};
use turnwise_core::TurnFacts;
use turnwise_toml::{Node, Table, TomlError, Value};

use super::{Keys, Missing, keys, need};
use crate::PolicyError;

/// A logistic model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Logistic {
    intercept: f64,
    terms: Vec<Term>,
}

/// What one signal contributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Term {
    signal: String,
    weight: f64,
    mean: f64,
    sd: f64,
}

impl Logistic {
    /// Reads `intercept`, `weights`, and `means` and `sds` for those signals that are standardised.
    pub(crate) fn read(table: &mut Table) -> Result<Self, PolicyError> {
        let intercept = table.real("intercept", (f64::MIN, f64::MAX), Some(0.0))?;
        let weights = of_signals(table, "weights")?;
        let (means, sds) = (of_signals(table, "means")?, of_signals(table, "sds")?);
        for (other, key) in [(&means, "means"), (&sds, "sds")] {
            let strange = other.iter().find(|(name, _)| !weights.iter().any(|(known, _)| known == name));
            if let Some((name, _)) = strange {
                return Err(PolicyError::Contradiction {
                    place: table.place().clone(),
                    what: format!("`{}` has \"{name}\", which has no weight", table.path_of(key)),
                    advice: "give it one, or leave it out".to_owned(),
                });
            }
        }
        let of = |list: &[(String, f64)], name: &str, none: f64| {
            list.iter().find(|(known, _)| known == name).map_or(none, |(_, value)| *value)
        };
        let terms = weights.into_iter().map(|(signal, weight)| {
            let (mean, sd) = (of(&means, &signal, 0.0), of(&sds, &signal, 1.0));
            Term { mean, sd, signal, weight }
        });
        let terms: Vec<Term> = terms.collect();
        if let Some(flat) = terms.iter().find(|term| term.sd <= 0.0) {
            return Err(PolicyError::Contradiction {
                place: table.place().clone(),
                what: format!("`{}` of \"{}\" is not above 0", table.path_of("sds"), flat.signal),
                advice: "leave the signal out: it did not vary".to_owned(),
            });
        }
        Ok(Self { intercept, terms })
    }

    /// The signals that it looks at.
    pub(crate) fn needs(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(|term| &*term.signal)
    }

    /// The probability, in (0, 1).
    pub(crate) fn probability(&self, facts: &TurnFacts) -> Result<f64, Missing> {
        let mut sum = self.intercept;
        for term in &self.terms {
            sum += term.weight * (need(facts, &term.signal)? - term.mean) / term.sd;
        }
        Ok(1.0 / (1.0 + (-sum).exp()))
    }
}

/// A table of numbers by the names of signals.
fn of_signals(table: &mut Table, key: &'static str) -> Result<Vec<(String, f64)>, TomlError> {
    let path = table.path_of(key);
    let Some(node) = table.take(key) else { return Ok(Vec::new()) };
    let Value::Table(entries) = &node.value else {
        return Err(turnwise_toml::wrong(&path, &node, "a table such as { error_share = -1.2 }"));
    };
    entries.iter().map(|(name, node)| of_signal(&path, name, node)).collect()
}

fn of_signal(path: &str, name: &str, node: &Node) -> Result<(String, f64), TomlError> {
    if crate::signals::signal(name).is_none() {
        let (place, key) = (node.place.clone(), format!("{path}.{name}"));
        return Err(TomlError::UnknownKey {
            place,
            key,
            advice: format!("it takes {}", keys::known_signal(name)),
        });
    }
    let value = keys::number(node);
    let value = value.ok_or_else(|| turnwise_toml::wrong(&format!("{path}.{name}"), node, "a number"))?;
    Ok((name.to_owned(), value))
}
