//! Runs that are made up, whose turns are known to have brought what they brought.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::random::normal;
use crate::{Dataset, Layout, Run, Sample, Scalar};

/// What to make up.
pub(super) struct Recipe {
    pub(super) tasks: usize,
    /// Runs of each task.
    pub(super) seeds: usize,
    /// The width of each of four layers' states.
    pub(super) width: usize,
    /// Turns of a run, at least and at most.
    pub(super) turns: (usize, usize),
    /// The standard deviation of what no feature tells.
    pub(super) noise: f64,
    pub(super) seed: u64,
}

/// Runs, and what each of their turns really brought. Every turn brings progress or none or takes some back;
/// a fixed direction of its state says which, among as much that says nothing. Steps forward are likelier in
/// easy tasks, and a run whose progress is complete ends. The outcome is the sum of what the turns brought,
/// as eighths between 0 and 1.
pub(super) fn make_up(recipe: &Recipe) -> (Dataset, Vec<Vec<f64>>) {
    let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed);
    let layout = Layout {
        layers: vec![1, 2, 3, 4],
        width: recipe.width,
        scalars: ["turn", "entropy", "exit_code"]
            .map(|name| Scalar { name: name.to_owned(), version: 1 })
            .to_vec(),
    };
    let direction: Vec<f32> = (0..layout.states()).map(|_| normal(&mut rng)).collect();
    let (mut runs, mut truths) = (Vec::new(), Vec::new());
    for task in 0..recipe.tasks {
        let easy = rng.random_range(0.1..0.7);
        for _ in 0..recipe.seeds {
            let turns = rng.random_range(recipe.turns.0..=recipe.turns.1);
            let (mut samples, mut truth) = (Vec::new(), Vec::new());
            let mut sum = 0.0;
            while samples.len() < turns && sum < 1.0 {
                let brought =
                    if rng.random_bool(easy) { 0.25 } else { f64::from(rng.random_range(-1..=0)) / 8.0 };
                let brought = brought.max(-sum);
                sum += brought;
                samples.push(sample(&direction, brought, samples.len(), &mut rng));
                truth.push(brought);
            }
            let outcome = (sum + f64::from(normal(&mut rng)) * recipe.noise).clamp(0.0, 1.0);
            runs.push(Run { task: format!("task {task}"), samples, outcome: (outcome * 8.0).round() / 8.0 });
            truths.push(truth);
        }
    }
    (Dataset { layout, runs }, truths)
}

fn sample(direction: &[f32], brought: f64, turn: usize, rng: &mut ChaCha8Rng) -> Sample {
    #[expect(clippy::cast_possible_truncation, reason = "features are f32")]
    let told = brought as f32 * 16.0 / (direction.len() as f32).sqrt();
    let mut features: Vec<f32> = direction.iter().map(|towards| towards * told + normal(rng)).collect();
    features.push(turn as f32);
    features.push(normal(rng).abs());
    features.push(if rng.random_bool(0.3) { f32::NAN } else { f32::from(u8::from(brought < 0.0)) });
    Sample { features, label: None, tokens: 100.0 }
}
