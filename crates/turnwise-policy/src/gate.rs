//! Whether cutting attempts short pays: the gate between the rules' word and what follows from it (Watson and Correll,
//! arXiv 2301.10846; papers.md A6).
//!
//! Recorded unlimited trials are decided on again by the policy's live rules, which gives the confusion matrix of the first
//! time any of them would have ended the attempt: `fnr`, the share of solved trials that would have been cut, and `tnr`,
//! the share of the others. With p the share of solved trials, MTS and MTF the mean cost of a solved trial and of a failed
//! one, MTN the mean cost up to the cut, and c what beginning again costs, cutting pays
//!
//! - where another attempt follows (the makespan): iff MTF (1 - p) (tnr - fnr) > MTN (p fnr + (1 - p) tnr) + c fnr;
//! - where none follows (the cost of a solved task): iff what a trial costs with cutting is less than (1 - fnr) times what
//!   it costs without.
//!
//! All shares are bounded by Clopper and Pearson's intervals (quantiles of Beta distributions) and all means by normal ones,
//! and the pessimistic ends decide; so with too few trials nothing is cut.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, ContinuousCDF, Normal};
use turnwise_core::Ending;
use turnwise_toml::Table;

use crate::{Attempts, PolicyError, rules::Keys};

/// The name under which the gate votes.
pub(crate) const MAKESPAN: &str = "makespan";

/// A gate, and what was found about the policy that it stands in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    unit: Unit,
    /// How sure each bound is, in (0, 1).
    confidence: f64,
    /// What beginning again costs, in the unit.
    restart_cost: f64,
    /// What the recorded trials say; `None` while nobody has asked them.
    #[serde(default)]
    pub finding: Option<GateFinding>,
}

/// In what costs are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    Tokens,
    Turns,
    Seconds,
}

/// What recorded trials say about cutting attempts short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateFinding {
    /// Trials with a known outcome.
    pub trials: usize,
    /// Of these, solved.
    pub solved: usize,
    /// Solved trials that would have been cut.
    pub cut_solved: usize,
    /// Other trials that would have been cut.
    pub cut_failed: usize,
    /// What cutting gains for each attempt at the pessimistic end, in the gate's unit; it pays where this is above 0. `None`
    /// where the trials are too few to say.
    pub gain: Option<f64>,
}

/// A recorded trial as the live rules of a policy would have cut it. Costs are in the gate's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rehearsal {
    /// Whether it was solved.
    pub solved: bool,
    /// What the whole of it cost.
    pub whole: f64,
    /// What it had cost when a rule would have ended it; `None` if none would have.
    pub cut: Option<f64>,
}

/// What a turn costs, in each unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TurnCost {
    pub(crate) tokens: u64,
    pub(crate) ms: u64,
}

impl Gate {
    /// Reads `[gate]`; `None` where there is no such table.
    pub(crate) fn read(document: &mut Table) -> Result<Option<Self>, PolicyError> {
        let Some(node) = document.take("gate") else { return Ok(None) };
        let mut table = Table::open("gate", node)?;
        let units = [("tokens", Unit::Tokens), ("turns", Unit::Turns), ("seconds", Unit::Seconds)];
        let gate = Self {
            unit: table.word("unit", &units)?.unwrap_or(Unit::Tokens),
            confidence: table.share("confidence", Some(0.9))?,
            restart_cost: table.real("restart_cost", (0.0, f64::MAX), Some(0.0))?,
            finding: None,
        };
        table.close()?;
        Ok(Some(gate))
    }

    /// What cutting gains, at the pessimistic end; below 0 where it is not known.
    pub(crate) fn gain(&self) -> f64 {
        self.finding.as_ref().and_then(|finding| finding.gain).unwrap_or(f64::NEG_INFINITY)
    }

    /// Whether it lets what the rules say come to pass.
    pub(crate) fn is_open(&self) -> bool {
        self.gain() > 0.0
    }

    pub(crate) fn cost(&self, turn: TurnCost) -> f64 {
        match self.unit {
            Unit::Tokens => turn.tokens as f64,
            Unit::Turns => 1.0,
            Unit::Seconds => turn.ms as f64 / 1000.0,
        }
    }

    /// Asks the recorded trials.
    pub(crate) fn judge(&mut self, trials: &[Rehearsal], attempts: &Attempts) {
        let solved: Vec<Rehearsal> = trials.iter().copied().filter(|trial| trial.solved).collect();
        let failed: Vec<Rehearsal> = trials.iter().copied().filter(|trial| !trial.solved).collect();
        let cuts = |trials: &[Rehearsal]| trials.iter().filter(|trial| trial.cut.is_some()).count();
        self.finding = Some(GateFinding {
            trials: trials.len(),
            solved: solved.len(),
            cut_solved: cuts(&solved),
            cut_failed: cuts(&failed),
            gain: self.pessimistic(&solved, &failed, attempts),
        });
    }

    fn pessimistic(&self, solved: &[Rehearsal], failed: &[Rehearsal], attempts: &Attempts) -> Option<f64> {
        let share = |of: &[Rehearsal]| Share {
            hits: of.iter().filter(|trial| trial.cut.is_some()).count(),
            of: of.len(),
        };
        let fnr = share(solved).upper(self.confidence)?;
        let tnr = share(failed).lower(self.confidence)?;
        let p = Share { hits: solved.len(), of: solved.len() + failed.len() };
        let cut: Vec<f64> = solved.iter().chain(failed).filter_map(|trial| trial.cut).collect();
        let whole = |of: &[Rehearsal]| of.iter().map(|trial| trial.whole).collect::<Vec<_>>();
        let costs = Costs {
            failed: bound(&whole(failed), -1.0, self.confidence)?,
            solved: bound(&whole(solved), -1.0, self.confidence)?,
            cut: bound(&cut, 1.0, self.confidence)?,
            again: self.restart_cost,
        };
        let retries = matches!(attempts, Attempts::Retry(_));
        let ends = [p.lower(self.confidence)?, p.upper(self.confidence)?];
        let gains =
            ends.map(|p| if retries { costs.makespan(p, fnr, tnr) } else { costs.each_solved(p, fnr, tnr) });
        Some(gains[0].min(gains[1]))
    }

    /// What it does, as a sentence.
    pub(crate) fn explain(&self, attempts: &Attempts) -> String {
        let what = match attempts {
            Attempts::Retry(_) => "the time until a task is solved, restarts included,",
            Attempts::One | Attempts::Agree(_) | Attempts::Parallel(_) => "what a solved task costs",
        };
        let unit = match self.unit {
            Unit::Tokens => "tokens",
            Unit::Turns => "turns",
            Unit::Seconds => "seconds",
        };
        format!(
            "No rule ends an attempt unless recorded unlimited trials show, at the pessimistic end of {:.0} % bounds, that this \
             lowers {what} counted in {unit}.",
            self.confidence * 100.0
        )
    }
}

/// Mean costs.
struct Costs {
    failed: f64,
    solved: f64,
    cut: f64,
    again: f64,
}

impl Costs {
    /// The two sides of the makespan's inequality, one minus the other.
    fn makespan(&self, p: f64, fnr: f64, tnr: f64) -> f64 {
        let saved = self.failed * (1.0 - p) * (tnr - fnr);
        saved - self.cut * (p * fnr + (1.0 - p) * tnr) - self.again * fnr
    }

    /// What a trial costs less than the share of solved trials that are left would allow.
    fn each_solved(&self, p: f64, fnr: f64, tnr: f64) -> f64 {
        let without = p * self.solved + (1.0 - p) * self.failed;
        let with = p * (fnr * self.cut + (1.0 - fnr) * self.solved)
            + (1.0 - p) * (tnr * self.cut + (1.0 - tnr) * self.failed);
        (1.0 - fnr) * without - with
    }
}

/// A share of a number of trials, with Clopper and Pearson's one-sided bounds.
#[derive(Clone, Copy)]
struct Share {
    hits: usize,
    of: usize,
}

impl Share {
    fn upper(self, confidence: f64) -> Option<f64> {
        match self {
            Self { of: 0, .. } => None,
            Self { hits, of } if hits == of => Some(1.0),
            Self { hits, of } => {
                Some(Beta::new(hits as f64 + 1.0, (of - hits) as f64).ok()?.inverse_cdf(confidence))
            }
        }
    }

    fn lower(self, confidence: f64) -> Option<f64> {
        match self {
            Self { of: 0, .. } => None,
            Self { hits: 0, .. } => Some(0.0),
            Self { hits, of } => {
                Some(Beta::new(hits as f64, (of - hits) as f64 + 1.0).ok()?.inverse_cdf(1.0 - confidence))
            }
        }
    }
}

/// The mean and, on one side of it, its normal bound; `None` with fewer than two values.
fn bound(values: &[f64], side: f64, confidence: f64) -> Option<f64> {
    let n = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    Some(mean + side * Normal::standard().inverse_cdf(confidence) * (variance / n).sqrt())
}

/// Whether an ending is a rule's doing.
pub(crate) fn is_cut(ending: Ending) -> bool {
    matches!(ending, Ending::Stopped | Ending::Restarted)
}

#[cfg(test)]
mod tests;
