//! What the threads of the processor back end can do at most, measured: the figures that speeds are shares of.

use std::{hint::black_box, time::Instant};

use super::cpu::Cpu;
use crate::kernels::{Additions, LANES, Reading};

/// Long enough to be measured, short enough not to be waited for: some ten milliseconds.
const ROUNDS: u32 = 4_000_000;

/// How often something is measured; the best counts.
const TIMES: usize = 5;

/// The smallest amount that is read, in numbers.
const LEAST: usize = 1 << 18;

/// The largest, in numbers: a gibibyte.
const MOST: usize = 1 << 28;

/// What a device can do at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Floating-point operations in single precision, a second.
    pub operations: f64,
    /// Bytes read, a second, from where as many bytes as were asked for have their place.
    pub bytes: f64,
}

impl Cpu {
    /// Measures what its threads together can do, reading `bytes` again and again.
    pub fn limits(&self, bytes: u64) -> Limits {
        let threads = self.threads();
        let operations = self.fastest(vec![(); threads], |()| {
            let mut out = [black_box(0.5); LANES];
            self.isa().run(Additions { rounds: ROUNDS, out: &mut out });
            black_box(out);
        });
        let count = usize::try_from(bytes / 4).unwrap_or(MOST).clamp(LEAST, MOST);
        let numbers = vec![1.0_f32; count];
        let pieces: Vec<&[f32]> = numbers.chunks(count.div_ceil(4 * threads)).collect();
        let reading = self.fastest(pieces, |numbers| {
            let mut out = [0.0; LANES];
            self.isa().run(Reading { numbers, out: &mut out });
            black_box(out);
        });
        Limits {
            operations: threads as f64 * Additions::operations(ROUNDS) / operations,
            bytes: (count * size_of::<f32>()) as f64 / reading,
        }
    }

    /// The shortest time that the pieces of some work take, in seconds.
    fn fastest<T: Clone + Send>(&self, pieces: Vec<T>, work: impl Fn(T) + Sync) -> f64 {
        let time = |_| {
            let began = Instant::now();
            self.share(pieces.clone(), &work);
            began.elapsed().as_secs_f64()
        };
        (0..TIMES).map(time).fold(f64::INFINITY, f64::min)
    }
}
