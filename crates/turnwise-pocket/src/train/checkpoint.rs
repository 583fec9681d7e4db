//! Saves and loads the state of a training run, so that it can go on after anything.

use super::{network::Network, optimiser::Optimiser, shape::Shape};
use anyhow::{Context as _, Result};
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fs, path::Path};

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// The model's dimensions.
    pub(super) shape: Shape,
    /// Steps taken.
    pub(super) step: u64,
    /// Tokens seen.
    pub(super) tokens: u64,
    /// The next expert run to be trained on.
    pub(super) next: u64,
}

/// Writes `state.safetensors` and `progress.json`, the second last, so that a broken save is never read.
pub(super) fn save(dir: &Path, network: &Network, optimiser: &Optimiser, progress: &Progress) -> Result<()> {
    fs::create_dir_all(dir)?;
    let mut all: BTreeMap<&str, Tensor> = BTreeMap::new();
    for (name, var) in &network.vars {
        all.insert(name, var.as_tensor().detach());
    }
    for (name, tensor) in &optimiser.state {
        all.insert(name, tensor.clone());
    }
    let name = format!("state-{}.safetensors", progress.step);
    let tmp = dir.join("state.tmp");
    safetensors::serialize_to_file(all, None, &tmp).context("saving the checkpoint")?;
    fs::rename(&tmp, dir.join(&name))?;
    let json = dir.join("progress.tmp");
    fs::write(&json, serde_json::to_string_pretty(progress)?)?;
    fs::rename(&json, dir.join("progress.json"))?;
    for entry in fs::read_dir(dir)?.flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        if file.starts_with("state-") && file != name {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Reads the last checkpoint into `network`; `None` if there is none.
pub(super) fn load(dir: &Path, network: &Network, device: &Device) -> Result<Option<(Optimiser, Progress)>> {
    let Ok(json) = fs::read_to_string(dir.join("progress.json")) else { return Ok(None) };
    let progress: Progress = serde_json::from_str(&json).context("reading progress.json")?;
    anyhow::ensure!(
        progress.shape == network.shape,
        "the checkpoint in {} has another shape; give another --out",
        dir.display()
    );
    let path = dir.join(format!("state-{}.safetensors", progress.step));
    let mut state: BTreeMap<String, Tensor> = candle_core::safetensors::load(&path, device)
        .context("reading the checkpoint")?
        .into_iter()
        .collect();
    for (name, var) in &network.vars {
        var.set(&state.remove(name).with_context(|| format!("the checkpoint lacks `{name}`"))?)?;
    }
    Ok(Some((Optimiser { state }, progress)))
}
