//! What a run is, resolved: two commands with the same configuration are the same run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use turnwise_core::{Price, RunId, Sampling, Task};
use turnwise_policy::{Caps, PolicySpec};

use crate::hex::hex;
use crate::run::RunRequest;

/// The resolved configuration of a run. How it is gone about (workers, database, output) is no part of it.
#[derive(Debug, Serialize)]
pub(crate) struct RunConfig<'a> {
    suites: Vec<SuiteConfig<'a>>,
    policies: &'a [PolicySpec],
    /// Of policies that choose, by their places.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    arms: &'a BTreeMap<usize, Vec<PolicySpec>>,
    model: ModelConfig<'a>,
    seeds: &'a [u64],
    sampling: SamplingConfig,
    caps: Caps,
    sandbox: &'static str,
}

#[derive(Debug, Serialize)]
struct SuiteConfig<'a> {
    name: &'a str,
    tasks: Vec<&'a str>,
    /// A hash over all that the tasks consist of.
    digest: String,
}

#[derive(Debug, Serialize)]
struct ModelConfig<'a> {
    spec: &'a str,
    hash: &'a str,
    profile: ProfileConfig<'a>,
    /// Only where an ending depends on it: other runs are the same whether they have a price or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<PriceConfig>,
}

#[derive(Debug, Serialize)]
struct PriceConfig {
    input: f64,
    cached_input: Option<f64>,
    output: f64,
}

#[derive(Debug, Serialize)]
struct ProfileConfig<'a> {
    name: &'a str,
    hash: &'a str,
}

/// How replies are drawn, as a run's configuration holds it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct SamplingConfig {
    temperature: f64,
    top_k: usize,
    top_p: f64,
    min_p: f64,
    repetition_penalty: f64,
    max_tokens: usize,
}

impl From<&Sampling> for SamplingConfig {
    fn from(sampling: &Sampling) -> Self {
        let &Sampling { temperature, top_k, top_p, min_p, repetition_penalty, max_tokens } = sampling;
        Self { temperature, top_k, top_p, min_p, repetition_penalty, max_tokens }
    }
}

impl From<SamplingConfig> for Sampling {
    fn from(config: SamplingConfig) -> Self {
        let SamplingConfig { temperature, top_k, top_p, min_p, repetition_penalty, max_tokens } = config;
        Self { temperature, top_k, top_p, min_p, repetition_penalty, max_tokens }
    }
}

impl<'a> RunConfig<'a> {
    /// The configuration of what is requested.
    pub(crate) fn of(request: &'a RunRequest) -> Self {
        let info = request.model.info();
        let sampling = &request.sampling;
        let profile = ProfileConfig { name: &request.profile.name, hash: &request.profile.hash };
        let limited = request
            .policies
            .with_turns()
            .any(|(_, _, policy)| policy.limits.cost.or(request.caps.cost).is_some());
        let price = request
            .price
            .filter(|_| limited)
            .map(|Price { input, cached_input, output }| PriceConfig { input, cached_input, output });
        Self {
            suites: request
                .suites
                .iter()
                .map(|suite| SuiteConfig {
                    name: &suite.name,
                    tasks: suite.tasks.iter().map(|task| task.id.as_str()).collect(),
                    digest: digest(suite.tasks.iter().map(AsRef::as_ref)),
                })
                .collect(),
            policies: &request.policies.named,
            arms: &request.policies.arms,
            model: ModelConfig { spec: &info.spec, hash: &info.hash, profile, price },
            seeds: &request.seeds,
            sampling: SamplingConfig::from(sampling),
            caps: request.caps,
            sandbox: request.environment.name(),
        }
    }

    /// As JSON, with its keys in a fixed order.
    pub(crate) fn to_json(&self) -> String {
        // Plain structs of numbers and texts: nothing in them can fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A hash of the configuration, in hex.
    pub(crate) fn fingerprint(&self) -> String {
        hex(&Sha256::digest(self.to_json()))
    }

    /// The run's id: the beginning of the fingerprint, so that the same command goes on with the same run.
    pub(crate) fn run_id(&self) -> RunId {
        let mut id = self.fingerprint();
        id.truncate(8);
        RunId::new(id)
    }
}

/// A hash over the parts of tasks that decide what happens in a trial, in hex.
pub(crate) fn digest<'a>(tasks: impl Iterator<Item = &'a Task>) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    for task in tasks {
        for text in [&task.id, &task.statement, &task.repo, &task.base_commit, &task.test_command] {
            part(text);
        }
        for file in task.files.iter().chain(&task.hidden_files) {
            part(&file.path);
            part(&file.content);
        }
        task.fail_to_pass.iter().chain(&task.pass_to_pass).for_each(|test| part(test));
        // What a task does not have adds nothing, so that runs from before there was such a thing are still recognised.
        let of_images = [&task.image, &task.eval_script, &task.workdir];
        let optional = [&task.test_patch, &task.version, &task.setup_commit].into_iter().chain(of_images);
        optional.filter(|text| !text.is_empty()).for_each(|text| part(text));
        for asset in &task.test_assets {
            part(&asset.path);
            part(&asset.digest);
        }
        if let Some(python) = &task.python {
            python.packages.iter().chain(&python.install).for_each(|text| part(text));
        }
        if let Some(web) = &task.web {
            [&*web.site, web.browser.as_str(), &*web.settings].into_iter().for_each(&mut part);
        }
    }
    hex(&hash.finalize())
}
