//! Recorded trials as the claims look at them: how long each took, what it cost, how it ended, and what was measured
//! after each turn.
//!
//! Texts are not kept. Only trials with turns and a known outcome are; the others are counted.

use std::collections::BTreeMap;

use turnwise_core::Ending;

/// A trial to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed<'a> {
    /// The task, with its suite.
    pub task: String,
    /// What ran: agent, model and policy.
    pub configuration: String,
    /// Its limit of turns.
    pub limit: Option<u32>,
    /// Whether it was solved; `None` where nobody knows.
    pub solved: Option<bool>,
    /// Why it ended, where that is known.
    pub ending: Option<Ending>,
    /// Prompt and reply tokens after each turn, from the first on; `None` where they are not known of every turn.
    pub tokens: Option<Vec<u64>>,
    /// For each turn what was measured, in the order of the signals; NaN is absent.
    pub values: &'a [Vec<f32>],
}

/// A trial with turns and a known outcome.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) task: usize,
    /// The configuration together with the limit of turns.
    pub(super) group: usize,
    pub(super) configuration: usize,
    pub(super) limit: Option<u32>,
    pub(super) solved: bool,
    pub(super) ending: Option<Ending>,
    pub(super) turns: usize,
    tokens: Option<Vec<u64>>,
    /// Where its turns begin among all turns.
    pub(super) start: usize,
}

impl Trial {
    /// What had been spent after `turn` turns.
    pub(super) fn tokens_after(&self, turn: usize) -> f64 {
        let index = turn.min(self.turns).checked_sub(1);
        let spent = self.tokens.as_ref().zip(index).and_then(|(tokens, index)| tokens.get(index));
        spent.map_or(0.0, |tokens| *tokens as f64)
    }
}

/// All trials of a run.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub(super) trials: Vec<Trial>,
    pub(super) tasks: Names,
    pub(super) groups: Names,
    pub(super) configurations: Names,
    /// The names of the signals.
    pub(super) signals: Vec<String>,
    /// For each signal its value after each turn of each trial.
    pub(super) columns: Vec<Vec<f32>>,
    /// Trials left out for their unknown outcome.
    pub(super) unknown: usize,
    /// Trials left out as they have no turn.
    pub(super) empty: usize,
    /// Trials left out as they did not come to an end.
    pub(super) lost: usize,
}

/// Numbers for names, in the order of their first use.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    numbers: BTreeMap<String, usize>,
    pub(super) names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: String) -> usize {
        let next = self.names.len();
        let number = *self.numbers.entry(name.clone()).or_insert(next);
        if number == next {
            self.names.push(name);
        }
        number
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }
}

impl Recorded {
    /// Nothing yet, of these signals.
    pub fn new(signals: Vec<String>) -> Self {
        Self {
            columns: vec![Vec::new(); signals.len()],
            signals,
            trials: Vec::new(),
            tasks: Names::default(),
            groups: Names::default(),
            configurations: Names::default(),
            unknown: 0,
            empty: 0,
            lost: 0,
        }
    }

    /// Whether there is nothing to look at.
    pub fn is_empty(&self) -> bool {
        self.trials.is_empty()
    }

    /// Counts a trial that did not come to an end: the harness lost it, or it was interrupted.
    pub fn leave_out(&mut self) {
        self.lost += 1;
    }

    /// Adds a finished trial.
    pub fn add(&mut self, trial: Observed<'_>) {
        let Some(solved) = trial.solved else {
            self.unknown += 1;
            return;
        };
        if trial.values.is_empty() {
            self.empty += 1;
            return;
        }
        let group = match trial.limit {
            Some(limit) => format!("{}, limit {limit}", trial.configuration),
            None => trial.configuration.clone(),
        };
        let start = self.turns();
        for turn in trial.values {
            for (column, value) in self.columns.iter_mut().zip(turn) {
                column.push(*value);
            }
        }
        self.trials.push(Trial {
            task: self.tasks.number(trial.task),
            group: self.groups.number(group),
            configuration: self.configurations.number(trial.configuration),
            limit: trial.limit,
            solved,
            ending: trial.ending,
            turns: trial.values.len(),
            tokens: trial.tokens.filter(|tokens| tokens.len() == trial.values.len()),
            start,
        });
    }

    /// How many turns there are in all.
    pub(super) fn turns(&self) -> usize {
        self.trials.last().map_or(0, |last| last.start + last.turns)
    }

    /// Whether the tokens of every turn are known.
    pub(super) fn knows_tokens(&self) -> bool {
        self.trials.iter().all(|trial| trial.tokens.is_some())
    }

    /// How many trials were solved.
    pub(super) fn solved(&self) -> usize {
        self.trials.iter().filter(|trial| trial.solved).count()
    }

    /// The values of a signal in a trial, turn by turn.
    pub(super) fn values(&self, signal: usize, trial: &Trial) -> &[f32] {
        self.columns[signal].get(trial.start..trial.start + trial.turns).unwrap_or_default()
    }

    /// The number of a signal.
    pub(super) fn signal(&self, name: &str) -> Option<usize> {
        self.signals.iter().position(|known| known == name).filter(|signal| self.is_measured(*signal))
    }

    /// The signals that were measured and are not the same everywhere.
    pub(super) fn telling(&self) -> Vec<usize> {
        (0..self.signals.len()).filter(|signal| self.varies(*signal)).collect()
    }

    fn is_measured(&self, signal: usize) -> bool {
        self.columns[signal].iter().any(|value| !value.is_nan())
    }

    fn varies(&self, signal: usize) -> bool {
        let mut values = self.columns[signal].iter().filter(|value| !value.is_nan());
        values.next().is_some_and(|first| values.any(|value| value != first))
    }

    /// A value as it stands after `turn` turns: the last that was measured until then.
    pub(super) fn value_after(&self, signal: usize, trial: &Trial, turn: usize) -> Option<f32> {
        let until = self.values(signal, trial).get(..turn)?;
        until.iter().rev().find(|value| !value.is_nan()).copied()
    }
}
