//! Runs that are made up, of which it is known what can be learned.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::{Dataset, Layout, MadeFor, Run, Sample, Scalar};

/// How wide the states are.
const WIDTH: usize = 6;

/// Samples whose label a line through two of the features tells, but for some noise; one scalar is absent now
/// and then, and another says nothing. Two runs of each task.
pub(crate) fn dataset(tasks: usize, samples: usize, seed: u64) -> Dataset {
    runs(tasks, samples, seed, &mut |rng, _, features| {
        features[0] - features[3] + rng.random_range(-0.5..0.5) > 0.0
    })
}

/// Samples whose label is whether feature 1 was ever up in the run.
pub(crate) fn memory(tasks: usize, samples: usize, seed: u64) -> Dataset {
    let mut seen = false;
    runs(tasks, samples, seed, &mut |rng, at, features| {
        let up = rng.random_range(0.0..1.0) < 0.1;
        features[1] = f32::from(u8::from(up));
        seen = up || (seen && at > 0);
        seen
    })
}

/// Samples whose label is true from some sample on, which feature 1 says.
pub(crate) fn done(tasks: usize, samples: usize, seed: u64) -> Dataset {
    let mut when = 0;
    runs(tasks, samples, seed, &mut |rng, at, features| {
        if at == 0 {
            when = rng.random_range(1..samples);
        }
        features[1] = f32::from(u8::from(at >= when));
        at >= when
    })
}

/// What a made-up probe is for.
pub(crate) fn made_for() -> MadeFor {
    let word = str::to_owned;
    MadeFor {
        model_name: word("none"),
        model_hash: word("00ff"),
        profile: word("plain"),
        profile_hash: word("11ee"),
        suite: word("made-up"),
    }
}

fn runs(
    tasks: usize,
    samples: usize,
    seed: u64,
    label: &mut dyn FnMut(&mut ChaCha8Rng, usize, &mut [f32]) -> bool,
) -> Dataset {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let scalar = |name: &str| Scalar { name: name.to_owned(), version: 1 };
    let layout =
        Layout { layers: vec![1, 3], width: WIDTH / 2, scalars: vec![scalar("tests"), scalar("same")] };
    let run = |at: usize| {
        let sample = |step| {
            let mut features: Vec<f32> = (0..WIDTH).map(|_| rng.random_range(-1.0..1.0)).collect();
            let label = label(&mut rng, step, &mut features);
            let tests = if rng.random::<bool>() { f32::NAN } else { rng.random_range(0.0..9.0) };
            features.extend([tests, 4.0]);
            Sample { features, label: Some(label), tokens: rng.random_range(10.0..90.0) }
        };
        Run { task: format!("t{}", at / 2), samples: (0..samples).map(sample).collect(), outcome: 0.0 }
    };
    Dataset { layout, runs: (0..2 * tasks).map(run).collect() }
}
