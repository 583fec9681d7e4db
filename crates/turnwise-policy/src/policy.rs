//! A policy with its numbers filled in: what an attempt is run under, and what is recorded of it.

use serde::{Deserialize, Serialize};

use crate::{
    AtLimit, Baseline, Budget, Controller, Grant, Limits, PolicyError, PolicySpec, Reminders, Rule, Texts,
    TurnCount,
};

/// A resolved policy. It cannot fail any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// The turn limit, if there is one.
    pub turns: Option<TurnBudget>,
    /// Where the numbers come from.
    pub origin: Origin,
    /// What else ends an attempt.
    pub limits: Limits,
    /// When the model is told how many turns are left.
    pub reminders: Reminders,
    /// What becomes of the work when a limit is reached.
    pub at_limit: AtLimit,
    /// What the model is told.
    pub texts: Texts,
    /// The rules, in the order of the file.
    pub rules: Vec<Rule>,
}

/// A turn limit in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnBudget {
    /// The limit at the start, from 1.
    pub start: u32,
    /// The one extension there may be.
    pub extension: Option<Extension>,
}

/// An extension of a turn limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// The limit afterwards, above the one before.
    pub to: u32,
    /// When it is granted.
    pub grant: Grant,
}

/// Where a policy's limits come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The limit at the start as the file says it; `None` without a limit.
    pub start: Option<String>,
    /// The limit after the extension as the file says it.
    pub extend_to: Option<String>,
    /// How many baseline trials the percentiles were taken over; 0 when none was needed.
    pub baseline_trials: usize,
}

/// Limits laid over every policy of a run, from the command line. `None` leaves the policy's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Caps {
    /// No attempt has more turns than this. Where the policy has no limit of its own it is not announced.
    pub turns: Option<u32>,
    /// See [`Limits::tokens`].
    pub tokens: Option<u64>,
    /// See [`Limits::ms`].
    pub ms: Option<u64>,
    /// See [`Limits::cost`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

impl PolicySpec {
    /// Whether its numbers come from a baseline.
    pub fn needs_baseline(&self) -> bool {
        let relative = |count: &TurnCount| matches!(count, TurnCount::Percentile(_));
        match &self.budget {
            Budget::Unlimited => false,
            Budget::Fixed { limit } => relative(limit),
            Budget::Dynamic { start, extend_to, .. } => relative(start) || relative(extend_to),
        }
    }

    /// Whether its trials are a baseline: nothing but the model itself ends them.
    pub fn is_baseline(&self) -> bool {
        self.budget == Budget::Unlimited
            && self.limits.tokens.is_none()
            && self.limits.ms.is_none()
            && self.limits.cost.is_none()
            && self.rules.iter().all(|rule| rule.shadow)
    }

    /// Fills in the numbers.
    ///
    /// # Errors
    /// [`PolicyError::NoBaseline`] when a percentile is asked of a baseline without trials.
    pub fn resolve(&self, baseline: &Baseline, caps: Caps) -> Result<Policy, PolicyError> {
        let turns = |count: &TurnCount| self.turns(*count, baseline);
        let (budget, origin) = match &self.budget {
            Budget::Unlimited => (None, (None, None)),
            Budget::Fixed { limit } => {
                (Some(TurnBudget { start: turns(limit)?, extension: None }), (Some(limit), None))
            }
            Budget::Dynamic { start, extend_to, grant } => {
                let extension = Some(Extension { to: turns(extend_to)?, grant: *grant });
                (Some(TurnBudget { start: turns(start)?, extension }), (Some(start), Some(extend_to)))
            }
        };
        Ok(Policy {
            name: self.name.clone(),
            turns: capped(budget, caps.turns),
            origin: Origin {
                start: origin.0.map(ToString::to_string),
                extend_to: origin.1.map(ToString::to_string),
                baseline_trials: if self.needs_baseline() { baseline.trials() } else { 0 },
            },
            limits: Limits {
                tokens: caps.tokens.or(self.limits.tokens),
                ms: caps.ms.or(self.limits.ms),
                cost: caps.cost.or(self.limits.cost),
                max_invalid: self.limits.max_invalid,
            },
            reminders: match self.budget {
                Budget::Unlimited => Reminders::Never,
                Budget::Fixed { .. } | Budget::Dynamic { .. } => self.reminders.clone(),
            },
            at_limit: self.at_limit,
            texts: self.texts.clone(),
            rules: self.rules.clone(),
        })
    }

    fn turns(&self, count: TurnCount, baseline: &Baseline) -> Result<u32, PolicyError> {
        match count {
            TurnCount::Turns(turns) => Ok(turns),
            TurnCount::Percentile(percent) => {
                baseline.percentile(percent).ok_or_else(|| PolicyError::NoBaseline {
                    policy: self.name.clone(),
                    percentile: count.to_string(),
                    suite: baseline.suite().to_owned(),
                    model: baseline.model().to_owned(),
                })
            }
        }
    }
}

/// Lays the cap over the budget; an extension that would not raise the limit is dropped.
fn capped(budget: Option<TurnBudget>, cap: Option<u32>) -> Option<TurnBudget> {
    let within = |turns: u32| cap.map_or(turns, |cap| turns.min(cap));
    let Some(budget) = budget else {
        return cap.map(|start| TurnBudget { start, extension: None });
    };
    let start = within(budget.start);
    let extension = budget
        .extension
        .map(|extension| Extension { to: within(extension.to), grant: extension.grant })
        .filter(|extension| extension.to > start);
    Some(TurnBudget { start, extension })
}

impl Policy {
    /// A controller for one attempt.
    pub fn controller(&self) -> Controller {
        Controller::new(self.clone())
    }

    /// The turn limit at the start.
    pub fn turn_limit(&self) -> Option<u32> {
        self.turns.as_ref().map(|turns| turns.start)
    }

    /// What the first prompt ends with, if the limit is announced.
    pub fn opening(&self) -> Option<String> {
        self.turn_limit().filter(|_| self.reminders.opens()).map(|limit| self.texts.reminder(limit))
    }

    /// The policy as it is recorded: JSON whose keys keep their order.
    pub fn to_json(&self) -> String {
        // Plain structs of numbers and texts: nothing in them can fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a recorded policy back.
    ///
    /// # Errors
    /// When it was written by another version.
    pub fn from_json(text: &str) -> Result<Self, PolicyError> {
        serde_json::from_str(text).map_err(|source| PolicyError::Stored { source })
    }
}
