//! An endless, numbered sequence of expert runs, made on a thread of its own.

use super::{
    drill::drill,
    encode::{Encoded, Encoder},
};
use crate::{
    Shopping,
    expert::{Budget, Trajectory, solve},
    task::{Draw, MakeError, Oracle, OracleError, Program, Size, Stream, generator, make},
};
use rand::{Rng, RngExt as _};
use std::{
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

/// The longest run that is trained on, in tokens.
pub(super) const LONGEST: usize = 3328;

/// How many runs of small programs training begins with.
const SMALL: u64 = 3500;

/// The first number behind them.
pub(super) const FULL_SIZE: u64 = 2 * SMALL;

/// Run `index` of a stream; `None` if that number gives nothing usable.
///
/// # Errors
/// When the oracle fails for good.
pub fn training_run(
    stream: Stream,
    seed: u64,
    index: u64,
    oracle: &mut Oracle,
) -> Result<Option<(Program, Trajectory)>, MakeError> {
    let mut rng = generator(stream, seed, index);
    let size = size(stream, index);
    let n_bugs = match size {
        Size::Small => rng.random_range(1..=2),
        Size::Full => bugs(&mut rng),
    };
    let draw = Draw { bugs: n_bugs, seen: true, size };
    let program = match make(&mut rng, draw, oracle) {
        Ok(program) => program,
        Err(MakeError::Exhausted { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let budget = budget(&mut rng);
    match solve(&program, budget, &mut rng, oracle) {
        Ok(run) => Ok(Some((program, run))),
        // A wrong step made the program run for ever.
        Err(OracleError::Program { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Training begins with small programs, whose runs are short: the protocol and copying are learned there at
/// a third of the cost.
fn size(stream: Stream, index: u64) -> Size {
    let small = index < SMALL || (index < FULL_SIZE && index.is_multiple_of(2));
    if stream == Stream::Training && small { Size::Small } else { Size::Full }
}

fn bugs(rng: &mut impl Rng) -> usize {
    [1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5][rng.random_range(0..19)]
}

fn budget(rng: &mut impl Rng) -> Option<Budget> {
    if rng.random_bool(0.5) {
        return None;
    }
    let limit = rng.random_range(4..=14);
    let extended = rng.random_bool(0.4).then(|| limit + rng.random_range(2..=7));
    Some(Budget { limit, extended })
}

/// What is taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Course {
    /// What runs are drawn with.
    pub(super) seed: u64,
    /// How many of four numbers give a run of the shop's expert, too.
    pub(super) shops: u64,
}

/// What one number gives: a run, at every second a copying drill, and at some a run and a drill in the shop; or why there is no more.
pub(super) type Lessons = anyhow::Result<(u64, Vec<Encoded>)>;

/// Makes runs `first`, `first + 1`, … ahead of their use; the receiver gets each number with its run.
pub(super) fn feed(encoder: Encoder, course: Course, first: u64) -> Receiver<Lessons> {
    let Course { seed, shops } = course;
    let (sender, receiver) = sync_channel(256);
    thread::spawn(move || {
        let work = || -> anyhow::Result<()> {
            let mut oracle = Oracle::start()?;
            let shopping = (shops > 0).then(Shopping::new).transpose()?;
            for index in first.. {
                let Some((_, run)) = training_run(Stream::Training, seed, index, &mut oracle)? else {
                    continue;
                };
                let mut lessons = vec![encode(&encoder, &run)?];
                if index % 2 == 0 {
                    lessons.push(encode(&encoder, &drill(&mut generator(Stream::Drill, seed, index)))?);
                }
                if let Some(shopping) = shopping.as_ref().filter(|_| index % 4 < shops) {
                    lessons.push(encode(&encoder, &shopping.run(seed, index)?)?);
                    lessons.push(encode(&encoder, &shopping.drill(seed, index)?)?);
                }
                lessons.retain(|lesson| lesson.tokens.len() <= LONGEST);
                if sender.send(Ok((index, lessons))).is_err() {
                    return Ok(());
                }
            }
            Ok(())
        };
        if let Err(error) = work() {
            // Nobody listens any more: then nobody needs the error either.
            drop(sender.send(Err(error)));
        }
    });
    receiver
}

fn encode(encoder: &Encoder, run: &Trajectory) -> anyhow::Result<Encoded> {
    encoder.encode(run).map_err(anyhow::Error::from_boxed)
}
