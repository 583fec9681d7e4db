//! Holds the training graph against the engine: what was trained is what runs.

use super::{
    checkpoint::{self, Progress},
    encode::{Batch, Encoder},
    feed::training_run,
    network::Network,
};
use crate::task::{Oracle, Stream};
use anyhow::{Context as _, Result};
use candle_core::{DType, Device, Tensor};
use std::{fs, path::Path};
use tokenizers::Tokenizer;
use turnwise_engine::{
    ArtifactBytes, Decoder, NoTap, Workspace,
    backend::{Cpu, Span, Want},
};

/// The largest difference between the logits of the training graph and of the engine on `n` expert runs, for
/// the model that training left in `dir`. Both compute with the exported bf16 weights.
///
/// # Errors
/// When a file cannot be read, or no run can be made.
pub fn agreement(dir: &Path, n: u64) -> Result<f32> {
    let json = fs::read_to_string(dir.join("checkpoint/progress.json")).context("no checkpoint yet")?;
    let progress: Progress = serde_json::from_str(&json)?;
    let network = Network::new(progress.shape, 0, &Device::Cpu)?;
    checkpoint::load(&dir.join("checkpoint"), &network, &Device::Cpu)?.context("no checkpoint yet")?;
    for var in network.vars.values() {
        var.set(&var.as_tensor().to_dtype(DType::BF16)?.to_dtype(DType::F32)?)?;
    }
    let tokenizer = Tokenizer::from_file(dir.join("tokenizer.json")).map_err(anyhow::Error::from_boxed)?;
    let encoder = Encoder::new(tokenizer).map_err(anyhow::Error::from_boxed)?;
    let decoder = Decoder::load(&ArtifactBytes::from_dir(dir)?, Cpu::new)?;
    let mut oracle = Oracle::start()?;
    let mut largest = 0.0f32;
    let mut workspace = Workspace::default();
    for index in 0..n {
        let Some((_, run)) = training_run(Stream::Validation, 1, index, &mut oracle)? else { continue };
        let batch = Batch::pack(&[encoder.encode(&run).map_err(anyhow::Error::from_boxed)?]);
        let graph = network.logits(&batch)?;
        let mut cache = decoder.cache();
        let mut span = [Span { tokens: &batch.tokens, cache: &mut cache, want: Want::All }];
        let engine = decoder.step(&mut span, &mut workspace, &mut NoTap)?;
        let engine = Tensor::from_vec(engine.to_vec(), graph.shape(), &Device::Cpu)?;
        largest = largest.max((graph - engine)?.abs()?.flatten_all()?.max(0)?.to_scalar()?);
    }
    Ok(largest)
}
