//! How far runs that were solved fell behind their like, at worst: what the rule `progress_stop` is calibrated with.

use std::path::Path;

use serde_json::json;
use turnwise_learn::progress::{Estimator, cumulative, lower_envelope};
use turnwise_policy::{MadeFor, quantile::per_run};

use crate::{
    commands::learn::{
        datasets::{Features, dataset},
        material::Material,
        measure::part,
    },
    error::Failure,
    printer::Printer,
};

/// Medians of solved runs by turn, and the lowest score of each other solved run.
pub(super) struct Envelope {
    medians: Vec<f64>,
    scores: Vec<f64>,
}

/// Medians from one half of the tasks, scores from the other.
pub(super) fn of(estimator: &Estimator, material: &Material) -> Result<Envelope, Failure> {
    let layout = estimator.layout();
    let scalars = layout.scalars.iter().map(|scalar| scalar.name.clone()).collect();
    let features = Features { states: !layout.layers.is_empty(), scalars };
    let data = dataset(material, turnwise_learn::Predicts::Pass, &features)?;
    let mut halves = [Vec::new(), Vec::new()];
    for ((half, trial), run) in part(material, 0, 2).into_iter().zip(&data.runs) {
        if trial.solved {
            halves[usize::from(half == 1)].push(cumulative(&estimator.credits(&run.samples)));
        }
    }
    let found = lower_envelope(&halves[0], &halves[1]);
    let (reference, scores) = found.ok_or_else(|| Failure::Nothing {
        message:
            "there are too few solved runs to calibrate on: ten are the least, half of them for the medians"
                .to_owned(),
    })?;
    Ok(Envelope { medians: reference.medians().to_vec(), scores })
}

impl Envelope {
    /// The file that the rule names.
    pub(super) fn to_toml(&self, made_for: &MadeFor) -> String {
        let numbers = |numbers: &[f64]| {
            let numbers: Vec<String> = numbers.iter().map(|number| format!("{number:?}")).collect();
            numbers.join(", ")
        };
        format!(
            "signal = \"progress\"\nmedians = [{}]\nscores = [{}]\n{}",
            numbers(&self.medians),
            numbers(&self.scores),
            made_for.to_toml()
        )
    }

    /// How many solved runs its scores are of.
    pub(super) fn successes(&self) -> usize {
        self.scores.len()
    }

    /// What it comes to.
    pub(super) fn report(&self, output: &Path, printer: &Printer) -> Result<(), Failure> {
        let turned: Vec<f64> = self.scores.iter().map(|score| -score).collect();
        let bound = |delta| -per_run(&turned, delta);
        if printer.json() {
            return printer.json_data(&json!({
                "file": output.display().to_string(), "signal": "progress", "medians": self.medians,
                "runs": self.scores.len(),
            }));
        }
        for delta in super::DELTAS {
            let bound = bound(delta);
            let at =
                if bound.is_finite() { format!("{bound:.4} below the median") } else { "never".to_owned() };
            printer.data(&format!("at {delta}: {at}, from {} solved runs", self.scores.len()));
        }
        Ok(())
    }
}
