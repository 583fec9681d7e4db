//! A policy with its numbers filled in: what an attempt is run under, and what is recorded of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Arm, AtLimit, Attempts, Baseline, Context, Controller, Experience, Gate, Grant, Learned, Limits,
    PolicyError, PolicySpec, Recalled, Rehearsal, Reminders, Rule, Texts, Think,
    budgets::{Budget, Source},
    signals,
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
    /// What of the attempt the model is shown; not written down where it is everything.
    #[serde(default, skip_serializing_if = "Context::is_full")]
    pub context: Context,
    /// The rules, in the order of the file.
    pub rules: Vec<Rule>,
    /// Whether what they say comes to pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// How many attempts a trial has.
    #[serde(default, skip_serializing_if = "Attempts::is_one")]
    pub attempts: Attempts,
    /// What was learned on earlier tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experience: Option<Experience>,
    /// What of that was found for a task: see [`Policy::for_the`].
    #[serde(skip)]
    pub recalled: Option<Recalled>,
    /// What it looks at attempts with.
    #[serde(default, skip_serializing_if = "Learned::is_empty")]
    pub learned: Learned,
    /// When the thinking of a reply is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub think: Option<Think>,
    /// The arm that this is, of a policy that chooses; then `name` is that one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<Arm>,
    /// The signals that are measured and recorded, with the versions of their definitions.
    #[serde(default)]
    pub signals: BTreeMap<String, u32>,
}

/// A turn limit in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnBudget {
    /// The limit at the start, from 1.
    pub start: u32,
    /// The one extension there may be.
    pub extension: Option<Extension>,
    /// The limit at the start of tasks that have one of their own.
    #[serde(default)]
    pub tasks: BTreeMap<String, u32>,
}

impl TurnBudget {
    /// A limit for all tasks, without an extension.
    pub(crate) fn of(start: u32) -> Self {
        Self { start, extension: None, tasks: BTreeMap::new() }
    }
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
        let rules = self.rules.iter().any(|rule| rule.kind.settings().needs_baseline());
        rules || self.gate.is_some() || self.budget.limited().is_some_and(|budget| budget.needs_baseline())
    }

    /// Whether its trials are a baseline: nothing but the model itself ends them, and it knows all that was said.
    pub fn is_baseline(&self) -> bool {
        self.budget == Budget::Unlimited
            && self.limits.tokens.is_none()
            && self.limits.ms.is_none()
            && self.limits.cost.is_none()
            && self.context.is_full()
            && !self.experience.as_ref().is_some_and(Experience::injects)
            && self.think.as_ref().is_none_or(|think| think.shadow)
            && self.choice.is_none()
            && self.rules.iter().all(Rule::is_shadow)
            && self.attempts.is_one()
    }

    /// Fills in the numbers.
    ///
    /// # Errors
    /// [`PolicyError::Chooses`] when it chooses among others, [`PolicyError::NoBaseline`] when a percentile is asked of a baseline without trials, and
    /// [`PolicyError::NothingSolved`] when something is to be taken from solved trials of one that has none.
    pub fn resolve(&self, baseline: &Baseline, caps: Caps) -> Result<Policy, PolicyError> {
        if let Some(choice) = &self.choice {
            return Err(PolicyError::Chooses { policy: self.name.clone(), arms: choice.arms.join(", ") });
        }
        let source = Source { policy: &self.name, baseline };
        let budget = self.budget.limited();
        let (start, extend_to) = budget.map(|budget| budget.origin()).unzip();
        Ok(Policy {
            name: self.name.clone(),
            turns: capped(budget.map(|budget| budget.resolve(&source)).transpose()?, caps.turns),
            origin: Origin {
                start,
                extend_to: extend_to.flatten(),
                baseline_trials: if self.needs_baseline() { baseline.trials() } else { 0 },
            },
            limits: Limits {
                tokens: caps.tokens.or(self.limits.tokens),
                ms: caps.ms.or(self.limits.ms),
                cost: caps.cost.or(self.limits.cost),
                max_invalid: self.limits.max_invalid,
            },
            reminders: if budget.is_some() { self.reminders.clone() } else { Reminders::Never },
            at_limit: self.at_limit,
            texts: self.texts.clone(),
            context: self.context.clone(),
            rules: self.resolved_rules(&source)?,
            gate: self.gate.clone(),
            attempts: self.attempts.clone(),
            arm: None,
            experience: self.experience.clone(),
            learned: self.learned.clone(),
            think: self.think.clone(),
            recalled: None,
            signals: signals::versions(self.needs().into_iter().map(|signal| signal.name.to_owned())),
        })
    }

    fn resolved_rules(&self, source: &Source<'_>) -> Result<Vec<Rule>, PolicyError> {
        let mut rules = self.rules.clone();
        for rule in &mut rules {
            let settings = rule.kind.settings_mut();
            if settings.needs_baseline() && source.baseline.trials() == 0 {
                return Err(source.nothing_solved(&format!("the threshold of rule `{}`", settings.name())));
            }
            settings.resolve(source.baseline);
        }
        Ok(rules)
    }
}

/// Lays the cap over the budget; an extension that would not raise the limit is dropped.
fn capped(budget: Option<TurnBudget>, cap: Option<u32>) -> Option<TurnBudget> {
    let within = |turns: u32| cap.map_or(turns, |cap| turns.min(cap));
    let Some(budget) = budget else { return cap.map(TurnBudget::of) };
    let start = within(budget.start);
    let extension = budget
        .extension
        .map(|extension| Extension { to: within(extension.to), grant: extension.grant })
        .filter(|extension| extension.to > start);
    let tasks = budget.tasks.into_iter().map(|(task, turns)| (task, within(turns))).collect();
    Some(TurnBudget { start, extension, tasks })
}

impl Policy {
    /// The policy as it is for one task: a limit that the task has of its own takes the place of the others'.
    pub fn for_task(&self, task: &str) -> Self {
        let mut policy = self.clone();
        if let Some(turns) = &mut policy.turns {
            turns.start = turns.tasks.get(task).copied().unwrap_or(turns.start);
            turns.tasks.clear();
        }
        policy
    }

    /// The policy with its gate's finding from recorded trials; as it is, without a gate.
    #[must_use]
    pub fn judged(mut self, trials: &[Rehearsal]) -> Self {
        if let Some(gate) = &mut self.gate {
            gate.judge(trials, &self.attempts);
        }
        self
    }

    /// The policy as the arm of one called `policy`.
    #[must_use]
    pub fn as_arm(&self, policy: &str, arm: Arm) -> Self {
        Self { name: policy.to_owned(), arm: Some(arm), ..self.clone() }
    }

    /// A controller for the first attempt of a trial.
    pub fn controller(&self) -> Controller {
        self.controller_of(1)
    }

    /// A controller for the attempt at this place, from 1.
    pub fn controller_of(&self, place: u32) -> Controller {
        Controller::new(self.clone(), place)
    }

    /// The turn limit at the start.
    pub fn turn_limit(&self) -> Option<u32> {
        self.turns.as_ref().map(|turns| turns.start)
    }

    /// What the first prompt ends with, if the limit is announced.
    pub fn opening(&self) -> Option<String> {
        self.turn_limit().filter(|_| self.reminders.opens()).map(|limit| self.texts.reminder(limit))
    }

    /// A recorded policy with what was learned brought by one of the same command, as far as it is the same: a record holds
    /// hashes only.
    #[must_use]
    pub fn with_learned_of(self, other: &Self) -> Self {
        self.with_learned(&other.learned, other.think.as_ref())
    }

    /// The same, brought by the policy's file.
    #[must_use]
    pub fn with_learned_by(self, spec: &PolicySpec) -> Self {
        self.with_learned(&spec.learned, spec.think.as_ref())
    }

    fn with_learned(mut self, learned: &Learned, think: Option<&Think>) -> Self {
        if self.learned.hashes() == learned.hashes() {
            self.learned = learned.clone();
        }
        if self.think.as_ref().map(Think::identity) == think.map(Think::identity) {
            self.think = think.cloned();
        }
        self
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
