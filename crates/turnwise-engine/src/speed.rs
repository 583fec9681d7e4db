//! How fast a checkpoint reads and writes on this machine, and what share of the machine's limit that is.
//!
//! It measures the decoder's steps alone: no sampling, no text, no workers. Reading is held against the floating-point
//! operations that the machine can do, writing against the bytes that it can read, as every step reads all weights.

use std::time::Instant;

use crate::{
    ArtifactBytes, DecodeError, Decoder, EngineOptions, LoadError, NoTap, Workspace,
    backend::{Backend, Cpu, Limits, Span, Want},
    device::{DecoderTask, with_decoder},
};

/// Tokens of a prompt that are read in one step.
const CHUNK: usize = 512;

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeedTest {
    /// How many conversations there are at once; each number is measured.
    pub batches: Vec<usize>,
    /// How long prompts are, in tokens, from 1.
    pub prompt: usize,
    /// How many tokens each conversation writes behind its prompt, from 1.
    pub steps: usize,
    /// How often everything is done; the best counts.
    pub rounds: usize,
}

/// How fast so many conversations are together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    /// How many conversations.
    pub batch: usize,
    /// Prompt tokens read, a second.
    pub prefill: f64,
    /// Tokens written, a second.
    pub decode: f64,
    /// Floating-point operations while reading, a second.
    pub operations: f64,
    /// Bytes of weights, keys and values read while writing, a second.
    pub bytes: f64,
}

/// What was found out.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeedReport {
    /// Where it was computed: `cpu` or `cuda:N`.
    pub device: String,
    /// How many threads computed.
    pub threads: usize,
    /// The bytes that every step reads: the weights as they lie in memory.
    pub weight_bytes: u64,
    /// What the device can do at most, where that can be measured.
    pub limits: Option<Limits>,
    /// The speeds, in the order in which they were asked for.
    pub speeds: Vec<Speed>,
}

/// Why nothing can be measured.
#[derive(Debug, thiserror::Error)]
pub enum SpeedError {
    /// The checkpoint cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A step cannot be computed.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// Measures a checkpoint.
///
/// # Errors
/// When it cannot be loaded, or prompt and steps do not fit its context.
pub fn measure_speed(
    artifacts: &ArtifactBytes,
    options: &EngineOptions,
    test: &SpeedTest,
) -> Result<SpeedReport, SpeedError> {
    let threads = options.threads.max(1);
    with_decoder(options.device, artifacts, threads, Measuring { test, threads })
}

/// Measures a decoder.
struct Measuring<'a> {
    test: &'a SpeedTest,
    /// How many threads compute on the processor.
    threads: usize,
}

impl DecoderTask for Measuring<'_> {
    type Outcome = SpeedReport;
    type Error = SpeedError;

    fn on_processor(self, decoder: Decoder<Cpu>) -> Result<SpeedReport, SpeedError> {
        let (speeds, weight_bytes) = (speeds(&decoder, self.test)?, weight_bytes(&decoder));
        let limits = Some(decoder.backend().limits(weight_bytes));
        Ok(SpeedReport { device: "cpu".to_owned(), threads: self.threads, weight_bytes, limits, speeds })
    }

    fn on_gpu<B: Backend>(self, decoder: Decoder<B>, device: String) -> Result<SpeedReport, SpeedError> {
        let (speeds, weight_bytes) = (speeds(&decoder, self.test)?, weight_bytes(&decoder));
        Ok(SpeedReport { device, threads: 1, weight_bytes, limits: None, speeds })
    }
}

/// The bytes of weights that a step reads which writes a token.
fn weight_bytes<B: Backend>(decoder: &Decoder<B>) -> u64 {
    decoder.layers_size().bytes + decoder.output_size().bytes
}

fn speeds<B: Backend>(decoder: &Decoder<B>, test: &SpeedTest) -> Result<Vec<Speed>, DecodeError> {
    let mut workspace = Workspace::default();
    test.batches.iter().map(|&batch| speed(decoder, batch, test, &mut workspace)).collect()
}

fn speed<B: Backend>(
    decoder: &Decoder<B>,
    batch: usize,
    test: &SpeedTest,
    workspace: &mut Workspace<B>,
) -> Result<Speed, DecodeError> {
    let &SpeedTest { prompt, steps, rounds, .. } = test;
    let config = decoder.config();
    let vocabulary = u32::try_from(config.vocab_size).unwrap_or(u32::MAX);
    let tokens: Vec<u32> = (0_u32..).map(|i| i.wrapping_mul(7919) % vocabulary).take(prompt).collect();
    let (mut reading, mut writing) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..rounds.max(1) {
        let mut caches: Vec<_> = (0..batch).map(|_| decoder.cache()).collect();
        let began = Instant::now();
        for cache in &mut caches {
            for tokens in tokens.chunks(CHUNK) {
                decoder.step(&mut [Span { tokens, cache, want: Want::Last }], workspace, &mut NoTap)?;
            }
        }
        reading = reading.min(began.elapsed().as_secs_f64());
        let began = Instant::now();
        for step in 0..steps {
            let token = [tokens[step % prompt]];
            let span = |cache| Span { tokens: &token, cache, want: Want::Last };
            let mut spans: Vec<_> = caches.iter_mut().map(span).collect();
            decoder.step(&mut spans, workspace, &mut NoTap)?;
        }
        writing = writing.min(began.elapsed().as_secs_f64());
    }
    // Scores and weighted values, on average over half of the prompt.
    let attention = 2 * config.num_hidden_layers * config.query_width() * prompt / 2;
    let operations = 2.0 * (decoder.layers_size().multiplications + attention as u64) as f64;
    let cached = decoder.cache_bytes(prompt + steps / 2);
    let prefill = (batch * prompt) as f64 / reading;
    Ok(Speed {
        batch,
        prefill,
        decode: (batch * steps) as f64 / writing,
        operations: prefill * operations,
        bytes: (weight_bytes(decoder) + (batch * cached) as u64) as f64 * steps as f64 / writing,
    })
}

#[cfg(test)]
mod tests {
    use super::{SpeedTest, measure_speed};
    use crate::{
        EngineOptions, Family,
        fixture::{checkpoint, config},
    };

    #[test]
    fn every_batch_is_measured_and_held_against_the_machine() {
        let test = SpeedTest { batches: vec![1, 3], prompt: 20, steps: 3, rounds: 1 };
        let options = EngineOptions { threads: 2, ..EngineOptions::cpu() };
        for family in [Family::Qwen3, Family::Mamba] {
            let report = measure_speed(&checkpoint(&config(family)), &options, &test).unwrap();
            assert_eq!(report.speeds.iter().map(|speed| speed.batch).collect::<Vec<_>>(), [1, 3]);
            let limits = report.limits.unwrap();
            for speed in report.speeds {
                assert!(speed.prefill > 0.0 && speed.decode > 0.0);
                assert!(speed.operations > 0.0 && speed.operations < limits.operations);
                assert!(speed.bytes > 0.0);
            }
        }
        let long = SpeedTest { prompt: 1 << 20, ..test };
        assert!(measure_speed(&checkpoint(&config(Family::Llama)), &options, &long).is_err());
    }
}
