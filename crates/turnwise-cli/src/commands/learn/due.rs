//! Learning anew while runs arrive: only when there are twice as many as a file was made from, so that a growing database is learned from
//! log2(n) times, and at least half of its runs are always in what was learned.

use std::{fs, path::Path};

use clap::Args;
use serde::{Deserialize, de::IgnoredAny};
use turnwise_policy::calibration;

use crate::{
    error::Failure,
    learned::{self, Learned},
    printer::{Printer, plural},
};

/// Whether a file that is there stays as it is for now.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct DueOption {
    /// Leave FILE as it is until there are twice as many runs as it was made from
    #[arg(long)]
    if_due: bool,
}

/// What of a calibration file says how many runs it was made from.
#[derive(Default, Deserialize)]
struct Calibrated {
    #[serde(default)]
    made_for: CalibratedFor,
    /// Of a probe.
    #[serde(default)]
    runs: Vec<IgnoredAny>,
    /// Of a progress estimator: one for each solved run.
    #[serde(default)]
    scores: Vec<IgnoredAny>,
}

#[derive(Default, Deserialize)]
struct CalibratedFor {
    probe: Option<String>,
}

impl DueOption {
    /// Whether the file stays: it was made from `then` runs, if it is there, and `now` says how many there are. Says so. Nobody is asked
    /// where every file is made anew.
    pub(super) fn keeps(
        self,
        file: &Path,
        then: impl FnOnce(&Path) -> Option<usize>,
        now: impl FnOnce() -> Result<usize, Failure>,
        printer: &Printer,
    ) -> Result<bool, Failure> {
        let Some(then) = self.if_due.then(|| then(file)).flatten() else { return Ok(false) };
        let now = now()?;
        if calibration::due(then, now) {
            return Ok(false);
        }
        let text = format!(
            "{}, made from {}; there are {now} now, and it is made anew from {} on",
            file.display(),
            plural(then, "run"),
            2 * then
        );
        printer.say("Kept", &text);
        Ok(true)
    }
}

/// How many runs a calibration file of the learned file with this hash was made from; `None` where there is no such file.
pub(super) fn calibrated_on(file: &Path, hash: &str) -> Option<usize> {
    let found: Calibrated = toml::from_str(&fs::read_to_string(file).ok()?).ok()?;
    let own = found.made_for.probe.as_deref() == Some(hash);
    own.then(|| found.runs.len().max(found.scores.len()))
}

/// How many runs a learned file was learned from; `None` where there is none.
pub(super) fn learned_on(file: &Path) -> Option<usize> {
    Some(match learned::open(file).ok()? {
        Learned::Probe(probe) => probe.card().learned_from.runs,
        Learned::Progress(estimator) => estimator.fit().runs,
    })
}
