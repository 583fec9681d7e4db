//! Runs as tensors: padded side by side, with what each step counts.

use candle_core::{Device, Result, Tensor};

use super::ProbeKind;
use crate::{Run, Standardiser};

/// How samples become steps.
pub(super) struct Recipe<'a> {
    pub(super) kind: ProbeKind,
    pub(super) standardiser: &'a Standardiser,
    /// What an untrue and a true sample weigh, w_c = n / (2 n_c).
    pub(super) balance: [f64; 2],
    /// A gate's λ.
    pub(super) cost: f64,
}

/// A run, or a single sample where the kind does not learn from runs.
pub(super) struct Sequence {
    /// Standardised features, `[steps, width]`.
    rows: Vec<f32>,
    steps: Vec<Step>,
}

/// What is learned at a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Step {
    /// The label, or for a gate what leaving here costs: err + λ · share of the run's tokens.
    target: f32,
    /// How much it counts; 0 without a label.
    weight: f32,
    /// 1 where a gate leaves at the latest.
    last: f32,
}

/// Sequences side by side.
pub(super) struct Batch {
    /// `[steps, runs, width]`.
    pub(super) rows: Tensor,
    /// `[steps, runs]`.
    pub(super) targets: Tensor,
    /// `[steps, runs]`.
    pub(super) weights: Tensor,
    /// `[steps, runs]`.
    pub(super) last: Tensor,
    /// How many labelled samples its loss is a sum over, or for a gate how many runs.
    pub(super) count: f64,
}

impl Recipe<'_> {
    /// What there is to learn in runs; what has no label is passed over.
    pub(super) fn sequences(&self, runs: &[&Run]) -> Vec<Sequence> {
        let sequences = runs.iter().filter(|run| run.samples.iter().any(|sample| sample.label.is_some()));
        if self.kind.over_runs() {
            return sequences.map(|run| self.sequence(run)).collect();
        }
        let samples = sequences.flat_map(|run| &run.samples);
        let single =
            |features, label| Sequence { rows: self.row(features), steps: vec![self.labelled(label)] };
        samples.filter_map(|sample| Some(single(&sample.features, sample.label?))).collect()
    }

    fn sequence(&self, run: &Run) -> Sequence {
        let rows = run.samples.iter().flat_map(|sample| self.row(&sample.features)).collect();
        let steps = match self.kind {
            ProbeKind::Gate => self.exits(run),
            ProbeKind::Logistic | ProbeKind::Mlp | ProbeKind::Recurrent => {
                let step =
                    |label: Option<bool>| label.map_or_else(Step::default, |label| self.labelled(label));
                run.samples.iter().map(|sample| step(sample.label)).collect()
            }
        };
        Sequence { rows, steps }
    }

    fn row(&self, features: &[f32]) -> Vec<f32> {
        let mut row = Vec::new();
        self.standardiser.apply(features, &mut row);
        row
    }

    #[expect(clippy::cast_possible_truncation, reason = "weights are near 1")]
    fn labelled(&self, label: bool) -> Step {
        let weight = self.balance[usize::from(label)] as f32;
        Step { target: f32::from(u8::from(label)), weight, last: 0.0 }
    }

    /// What leaving at each sample costs: 1 where it is wrong, and λ by the share of the tokens spent. No
    /// class weighs more: the costs say what weighs. Without any tokens it is the share of the samples.
    #[expect(clippy::cast_possible_truncation, reason = "costs of about 1")]
    fn exits(&self, run: &Run) -> Vec<Step> {
        let all: f64 = run.samples.iter().map(|sample| sample.tokens).sum();
        let mut spent = 0.0;
        let step = |(at, sample): (usize, &crate::Sample)| {
            spent += sample.tokens;
            let share = if all > 0.0 { spent / all } else { (at + 1) as f64 / run.samples.len() as f64 };
            sample.label.map_or_else(Step::default, |right| {
                let wrong = if right { 0.0 } else { 1.0 };
                Step { target: (wrong + self.cost * share) as f32, weight: 1.0, last: 0.0 }
            })
        };
        let mut steps: Vec<Step> = run.samples.iter().enumerate().map(step).collect();
        if let Some(last) = steps.iter_mut().rev().find(|step| step.weight > 0.0) {
            last.last = 1.0;
        }
        steps
    }
}

impl Batch {
    /// Lays sequences side by side, shorter ones filled up behind their end with steps that count nothing.
    pub(super) fn new(kind: ProbeKind, sequences: &[&Sequence], width: usize) -> Result<Self> {
        let steps = sequences.iter().map(|sequence| sequence.steps.len()).max().unwrap_or(0);
        let mut rows = vec![0.0; steps * sequences.len() * width];
        let mut each = vec![Step::default(); steps * sequences.len()];
        for (run, sequence) in sequences.iter().enumerate() {
            for (at, (row, step)) in sequence.rows.chunks_exact(width).zip(&sequence.steps).enumerate() {
                let place = at * sequences.len() + run;
                rows[place * width..][..width].copy_from_slice(row);
                each[place] = *step;
            }
        }
        let labelled = each.iter().filter(|step| step.weight > 0.0).count();
        let count = if kind == ProbeKind::Gate { sequences.len() } else { labelled } as f64;
        let shape = (steps, sequences.len());
        let column = |of: fn(&Step) -> f32| {
            Tensor::from_vec(each.iter().map(of).collect::<Vec<_>>(), shape, &Device::Cpu)
        };
        Ok(Self {
            rows: Tensor::from_vec(rows, (steps, sequences.len(), width), &Device::Cpu)?,
            targets: column(|step| step.target)?,
            weights: column(|step| step.weight)?,
            last: column(|step| step.last)?,
            count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Layout, Sample, Scalar};

    fn run(rows: &[(f32, Option<bool>, f64)]) -> Run {
        let sample = |&(value, label, tokens): &(f32, _, _)| Sample { features: vec![value], label, tokens };
        Run { task: "t".to_owned(), samples: rows.iter().map(sample).collect(), outcome: 0.0 }
    }

    fn standardiser() -> Standardiser {
        let layout =
            Layout { scalars: vec![Scalar { name: "a".to_owned(), version: 1 }], ..Layout::default() };
        // Mean 0, deviation 1.
        Standardiser::fit(&layout, [[-1.0_f32], [1.0]].iter().map(<[f32; 1]>::as_slice)).unwrap()
    }

    fn batch(kind: ProbeKind, runs: &[&Run]) -> (Vec<usize>, [Vec<f32>; 4], f64) {
        let standardiser = standardiser();
        let recipe = Recipe { kind, standardiser: &standardiser, balance: [0.5, 2.0], cost: 0.5 };
        let sequences = recipe.sequences(runs);
        let batch = Batch::new(kind, &sequences.iter().collect::<Vec<_>>(), 1).unwrap();
        let values = [&batch.rows, &batch.targets, &batch.weights, &batch.last]
            .map(|tensor| tensor.flatten_all().unwrap().to_vec1().unwrap());
        (batch.targets.dims().to_vec(), values, batch.count)
    }

    #[test]
    fn samples_and_runs_are_laid_out() {
        let long = run(&[(2.0, Some(true), 1.0), (3.0, None, 1.0), (4.0, Some(false), 2.0)]);
        let short = run(&[(5.0, Some(true), 1.0)]);
        let runs = [&long, &short, &run(&[(9.0, None, 1.0)])];

        let (dims, [rows, targets, weights, _], count) = batch(ProbeKind::Mlp, &runs);
        assert_eq!((dims, count), (vec![1, 3], 3.0));
        assert_eq!((rows, targets, weights), (vec![2.0, 4.0, 5.0], vec![1.0, 0.0, 1.0], vec![2.0, 0.5, 2.0]));

        let (dims, [rows, targets, weights, _], count) = batch(ProbeKind::Recurrent, &runs);
        assert_eq!((dims, count), (vec![3, 2], 3.0));
        assert_eq!(rows, [2.0, 5.0, 3.0, 0.0, 4.0, 0.0]);
        assert_eq!(targets, [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(weights, [2.0, 2.0, 0.0, 0.0, 0.5, 0.0]);
    }

    #[test]
    fn leaving_costs_what_is_wrong_and_what_is_spent() {
        // Of 4 tokens 1, 2 and 4 are spent; λ = 0.5. The last sample has no label: the run is left before it.
        let one = run(&[(0.0, Some(false), 1.0), (0.0, Some(true), 1.0), (0.0, None, 2.0)]);
        let (_, [_, costs, offered, last], count) = batch(ProbeKind::Gate, &[&one]);
        assert_eq!(costs, [1.125, 0.25, 0.0]);
        assert_eq!((offered, last, count), (vec![1.0, 1.0, 0.0], vec![0.0, 1.0, 0.0], 1.0));
        let untold = run(&[(0.0, Some(true), 0.0), (0.0, Some(true), 0.0)]);
        assert_eq!(batch(ProbeKind::Gate, &[&untold]).1[1], [0.25, 0.5]);
    }
}
