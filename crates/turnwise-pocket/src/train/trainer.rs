//! The training loop.

use super::{
    checkpoint::{self, Progress},
    encode::{Batch, Encoded, Encoder},
    export,
    feed::{self, Course, Lessons, feed},
    network::{Network, gradients},
    optimiser::{Moment, Optimiser, clip},
    shape::Shape,
};
use crate::task::{Oracle, Stream};
use anyhow::{Context as _, Result};
use candle_core::{D, Device, Tensor};
use std::{
    collections::BTreeMap,
    iter,
    path::PathBuf,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::Receiver,
    },
    thread,
    time::Instant,
};
use tokenizers::Tokenizer;

/// What a training run is asked for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The model's dimensions.
    pub shape: Shape,
    /// Where the model and its checkpoint go.
    pub out: PathBuf,
    /// How many tokens to train on in all.
    pub tokens: u64,
    /// Stop after this many steps, to go on another time.
    pub sitting: Option<u64>,
    /// Tokens a step, over all workers.
    pub step_tokens: usize,
    /// Workers; each computes the gradients of some of a step's batches on one thread.
    pub workers: usize,
    /// The learning rate of the hidden matrices.
    pub rate: f64,
    /// The share of the tokens, at the end, over which the learning rate falls to nothing.
    pub decay: f64,
    /// A model whose weights to begin with; `None` draws them.
    pub from: Option<PathBuf>,
    /// How many of four runs are followed by one in the shop.
    pub shops: u64,
    /// The seed of the weights and of the runs.
    pub seed: u64,
    /// Where to compute.
    pub device: Device,
}

/// Tokens a batch, unless a single run is longer.
const BATCH: usize = 1024;
/// Steps between checkpoints.
const SAVE_EVERY: u64 = 50;
/// Steps between lines of the log.
const LOG_EVERY: u64 = 10;
/// Steps over which the learning rate rises.
const WARM_UP: f64 = 60.0;

/// Trains, from the last checkpoint in `plan.out` if there is one. `log` gets a line now and then.
///
/// # Errors
/// When a file cannot be read or written, or the oracle fails.
pub fn train(plan: &Plan, log: &mut dyn FnMut(&str)) -> Result<()> {
    let path = plan.out.join("tokenizer.json");
    let tokenizer =
        || Tokenizer::from_file(&path).map_err(anyhow::Error::from_boxed).context("reading tokenizer.json");
    let encoder = || -> Result<Encoder> { Encoder::new(tokenizer()?).map_err(anyhow::Error::from_boxed) };
    let network = Network::new(plan.shape.clone(), plan.seed, &plan.device)?;
    let checkpoints = plan.out.join("checkpoint");
    let fresh = || Progress { shape: plan.shape.clone(), step: 0, tokens: 0, next: 0 };
    let (mut optimiser, mut progress) = match checkpoint::load(&checkpoints, &network, &plan.device)? {
        Some(found) => found,
        None => {
            if let Some(from) = &plan.from {
                export::read(&network, from, &plan.device)?;
            }
            (Optimiser::default(), fresh())
        }
    };
    log(&format!("{} parameters, from step {}", plan.shape.parameters(), progress.step));
    let held_out = held_out(&encoder()?, plan.seed)?;
    if plan.from.is_some() {
        // A model that has been trained needs no small programs to begin with.
        progress.next = progress.next.max(feed::FULL_SIZE);
    }
    let runs = feed(encoder()?, Course { seed: plan.seed, shops: plan.shops }, progress.next);
    let (clock, first_tokens) = (Instant::now(), progress.tokens);
    let rest = plan.sitting.map(|steps| progress.step + steps);
    while progress.tokens < plan.tokens && rest != Some(progress.step) {
        let batches = batches(&runs, plan, &mut progress)?;
        let (loss, mut gradient) = share_out(&network, &batches, plan.workers)?;
        progress.step += 1;
        progress.tokens += batches.iter().map(|batch| batch.tokens.len() as u64).sum::<u64>();
        let norm = clip(&mut gradient, 1.0)?;
        let rate = plan.rate * schedule(plan, &progress);
        let moment = Moment { step: progress.step, rate };
        optimiser.step(&network, &gradient, moment, plan.workers)?;
        let last = progress.tokens >= plan.tokens || rest == Some(progress.step);
        if progress.step % LOG_EVERY == 0 || last {
            let speed = (progress.tokens - first_tokens) as f64 / clock.elapsed().as_secs_f64();
            let mut line = format!(
                "step {} tokens {:.2}M loss {loss:.4} gradient {norm:.2} rate {rate:.4} {speed:.0} tokens/s",
                progress.step,
                progress.tokens as f64 / 1e6
            );
            if progress.step % SAVE_EVERY == 0 || last {
                let (loss, right) = measure(&network, &held_out)?;
                line = format!("{line} | held out: loss on actions {loss:.4}, right {:.2} %", right * 100.0);
                checkpoint::save(&checkpoints, &network, &optimiser, &progress)?;
                export::write(&network, &path, &plan.out)?;
            }
            log(&line);
        }
    }
    Ok(())
}

/// The learning rate's factor: up, level, down to nothing.
fn schedule(plan: &Plan, progress: &Progress) -> f64 {
    let up = (progress.step as f64 / WARM_UP).min(1.0);
    let left = 1.0 - progress.tokens as f64 / plan.tokens as f64;
    up * (left / plan.decay).clamp(0.0, 1.0)
}

/// The next step's runs, in batches of about [`BATCH`] tokens, the largest first.
fn batches(runs: &Receiver<Lessons>, plan: &Plan, progress: &mut Progress) -> Result<Vec<Batch>> {
    let mut drawn = Vec::new();
    let mut n_tokens = 0;
    while n_tokens < plan.step_tokens {
        let (index, lessons) = runs.recv().context("the thread that makes expert runs ended")??;
        progress.next = index + 1;
        n_tokens += length(&lessons);
        drawn.extend(lessons);
    }
    drawn.sort_by_key(|run| std::cmp::Reverse(run.tokens.len()));
    let mut batches = Vec::new();
    let mut open: Vec<Encoded> = Vec::new();
    for run in drawn {
        if !open.is_empty() && length(&open) + run.tokens.len() > BATCH {
            batches.push(Batch::pack(&open));
            open.clear();
        }
        open.push(run);
    }
    if !open.is_empty() {
        batches.push(Batch::pack(&open));
    }
    Ok(batches)
}

fn length(runs: &[Encoded]) -> usize {
    runs.iter().map(|run| run.tokens.len()).sum()
}

/// A batch's loss and gradients.
type Lesson = (f64, BTreeMap<String, Tensor>);

/// The mean loss of a step and its gradient. Workers take the next batch when they are free, so that one on a
/// busy core holds nobody up; the sum is taken in the order of the batches, so that it does not depend on who
/// took which.
fn share_out(network: &Network, batches: &[Batch], workers: usize) -> Result<Lesson> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mine = iter::from_fn(|| {
            let k = next.fetch_add(1, Ordering::Relaxed);
            batches.get(k).map(|batch| gradients(network, batch).map(|lesson| (k, lesson)))
        });
        mine.collect::<candle_core::Result<Vec<_>>>()
    };
    let mut lessons: Vec<(usize, Lesson)> = Vec::new();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let panicked = || anyhow::anyhow!("a training worker panicked");
        for thread in threads {
            lessons.extend(thread.join().map_err(|_| panicked())??);
        }
        anyhow::Ok(())
    })?;
    lessons.sort_by_key(|(k, _)| *k);
    let weight: f64 = batches.iter().map(Batch::weight).sum();
    let mut total = 0.0;
    let mut sum = BTreeMap::new();
    for (_, (loss, gradient)) in lessons {
        total += loss;
        add(&mut sum, gradient)?;
    }
    for gradient in sum.values_mut() {
        *gradient = (&*gradient / weight)?;
    }
    Ok((total / weight, sum))
}

fn add(sum: &mut BTreeMap<String, Tensor>, more: BTreeMap<String, Tensor>) -> Result<()> {
    for (name, gradient) in more {
        let new = match sum.get(&name) {
            Some(old) => (old + gradient)?,
            None => gradient,
        };
        sum.insert(name, new);
    }
    Ok(())
}

/// Runs that are never trained on.
fn held_out(encoder: &Encoder, seed: u64) -> Result<Vec<Batch>> {
    let mut oracle = Oracle::start()?;
    let mut batches = Vec::new();
    for index in 0..24 {
        if let Some((_, run)) = feed::training_run(Stream::Validation, seed, index, &mut oracle)? {
            let encoded = encoder.encode(&run).map_err(anyhow::Error::from_boxed)?;
            if encoded.tokens.len() <= feed::LONGEST {
                batches.push(Batch::pack(&[encoded]));
            }
        }
    }
    Ok(batches)
}

/// The mean loss on the tokens of right steps, and the share of them that is the likeliest.
fn measure(network: &Network, batches: &[Batch]) -> Result<(f64, f64)> {
    let (mut loss, mut right, mut n) = (0.0, 0, 0);
    for batch in batches {
        let logits = network.logits(batch)?.detach();
        let best = logits.argmax(D::Minus1)?.to_vec1::<u32>()?;
        let logs = candle_nn::ops::log_softmax(&logits, D::Minus1)?;
        let targets = Tensor::new(batch.targets.as_slice(), logits.device())?.unsqueeze(1)?;
        let logs = logs.gather(&targets, 1)?.squeeze(1)?.to_vec1::<f32>()?;
        for k in (0..logs.len()).filter(|&k| batch.imitated[k]) {
            loss -= f64::from(logs[k]);
            right += usize::from(best[k] == batch.targets[k]);
            n += 1;
        }
    }
    Ok((loss / f64::from(n), right as f64 / f64::from(n)))
}
