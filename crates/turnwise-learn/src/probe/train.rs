//! Training a probe.

use candle_core::Tensor;
use candle_nn::{AdamW, Optimizer as _, ParamsAdamW};
use rand::{SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use super::{
    Epoch, Net, Probe, ProbeKind, TrainOptions,
    batch::{Batch, Recipe, Sequence},
    figures::figures,
    model::Model,
    split::{Parts, split},
};
use crate::{Card, Dataset, LearnError, LearnedFrom, Run, Standardiser, file};

/// Adam with the weight decay that the published code has as its L2 penalty (papers.md A2).
const ADAM: ParamsAdamW = ParamsAdamW { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 1e-4 };

/// How many samples make a batch.
const SAMPLES: usize = 200;

/// How many runs make a batch where runs are learned from: fewer, or there would be hardly a step an epoch.
const RUNS: usize = 16;

/// After how many epochs without a gain it stops.
const PATIENCE: u32 = 10;

/// By how much a loss must be smaller to be a gain.
const GAIN: f64 = 1e-4;

/// Trains a probe. By task, a fifth of the data is kept for the figures on its card and another says when to
/// stop; same data, options and seed give the same bits on one machine. `progress` hears of each epoch.
///
/// # Errors
/// [`LearnError::Options`]; for the data what [`Dataset::check`] says, [`LearnError::OneClass`],
/// [`LearnError::TooFew`] with under five tasks, [`LearnError::Constant`]; [`LearnError::Diverged`] when a
/// loss is no finite number.
pub fn train(
    dataset: &Dataset,
    options: &TrainOptions,
    progress: &mut dyn FnMut(Epoch),
) -> Result<Probe, LearnError> {
    options.check()?;
    dataset.check()?;
    let parts = split(dataset, options.seed)?;
    let samples = parts.train.iter().flat_map(|run| &run.samples).map(|sample| sample.features.as_slice());
    let standardiser = Standardiser::fit(&dataset.layout, samples)?;
    let recipe = Recipe {
        kind: options.kind,
        standardiser: &standardiser,
        balance: balance(&parts.train)?,
        cost: options.cost,
    };
    let net = learn(&recipe, &parts, options, progress)?;
    let weights = file::to_safetensors(&net, standardiser.width())?;
    let card = Card {
        format: file::FORMAT.to_owned(),
        kind: options.kind,
        predicts: options.predicts,
        made_for: options.made_for.clone(),
        learned_from: learned_from(dataset, &parts, options.seed),
        figures: crate::Figures::default(),
        weights_sha256: file::pair::sha256(&weights),
        layout: dataset.layout.clone(),
        standardiser,
    };
    let probe = Probe::new(card, net);
    let figures = figures(&probe, &parts.held_out, options.seed);
    Ok(Probe::new(Card { figures, ..probe.card().clone() }, probe.net().clone()))
}

/// The weights with the least loss on the runs that validate.
fn learn(
    recipe: &Recipe<'_>,
    parts: &Parts<'_>,
    options: &TrainOptions,
    progress: &mut dyn FnMut(Epoch),
) -> Result<Net, LearnError> {
    // Not the numbers that the split was drawn with.
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    rng.set_stream(1);
    let width = recipe.standardiser.width();
    let model = Model::new(recipe.kind, width, &mut rng)?;
    let mut adam = AdamW::new(model.vars(), ADAM)?;
    let sequences = recipe.sequences(&parts.train);
    let mut order: Vec<&Sequence> = sequences.iter().collect();
    let validation = batches(recipe.kind, &recipe.sequences(&parts.validation), width)?;

    let (mut best, mut least, mut idle) = (model.net()?, f64::INFINITY, 0);
    let samples = parts.train.iter().map(|run| run.samples.len()).sum();
    for number in 1..=options.most_epochs(samples, model.weights()) {
        order.shuffle(&mut rng);
        let mut mean = Mean::default();
        for sequences in order.chunks(batch_size(recipe.kind)) {
            let batch = Batch::new(recipe.kind, sequences, width)?;
            let loss = model.loss(&batch)?;
            mean.add(&loss, batch.count)?;
            adam.backward_step(&(loss / batch.count)?)?;
        }
        let train_loss = mean.finite("training", number)?;
        let mut mean = Mean::default();
        for batch in &validation {
            mean.add(&model.loss(batch)?, batch.count)?;
        }
        let validation_loss = mean.finite("validation", number)?;
        let gained = validation_loss < least - GAIN;
        progress(Epoch { number, train_loss, validation_loss, best: gained });
        if gained {
            (best, least, idle) = (model.net()?, validation_loss, 0);
        } else {
            idle += 1;
            if idle == PATIENCE {
                break;
            }
        }
    }
    Ok(best)
}

/// A mean loss over batches.
#[derive(Default)]
struct Mean {
    sum: f64,
    count: f64,
}

impl Mean {
    fn add(&mut self, sum: &Tensor, count: f64) -> Result<(), LearnError> {
        self.sum += f64::from(sum.to_scalar::<f32>()?);
        self.count += count;
        Ok(())
    }

    fn finite(&self, what: &'static str, epoch: u32) -> Result<f64, LearnError> {
        let value = self.sum / self.count;
        if value.is_finite() { Ok(value) } else { Err(LearnError::Diverged { what, epoch, value }) }
    }
}

fn batch_size(kind: ProbeKind) -> usize {
    if kind.over_runs() { RUNS } else { SAMPLES }
}

fn batches(kind: ProbeKind, sequences: &[Sequence], width: usize) -> Result<Vec<Batch>, LearnError> {
    let batch = |part: &[Sequence]| Batch::new(kind, &part.iter().collect::<Vec<_>>(), width);
    Ok(sequences.chunks(batch_size(kind)).map(batch).collect::<Result<_, _>>()?)
}

/// What an untrue and a true sample weigh, w_c = n / (2 n_c) (papers.md A2).
fn balance(runs: &[&Run]) -> Result<[f64; 2], LearnError> {
    let labels = || runs.iter().flat_map(|run| &run.samples).filter_map(|sample| sample.label);
    let (count, positive) = (labels().count(), labels().filter(|label| *label).count());
    if positive == 0 || positive == count {
        return Err(LearnError::OneClass { count, label: positive > 0 });
    }
    Ok([count - positive, positive].map(|of| count as f64 / (2.0 * of as f64)))
}

fn learned_from(dataset: &Dataset, parts: &Parts<'_>, seed: u64) -> LearnedFrom {
    let labelled = |run: &&Run| run.samples.iter().any(|sample| sample.label.is_some());
    let labels = || dataset.runs.iter().flat_map(|run| &run.samples).filter_map(|sample| sample.label);
    LearnedFrom {
        runs: dataset.runs.iter().filter(labelled).count(),
        tasks: parts.tasks.train + parts.tasks.validation + parts.tasks.held_out,
        samples: labels().count(),
        positive: labels().filter(|label| *label).count(),
        seed,
        split: parts.tasks,
    }
}

#[cfg(test)]
mod tests;
