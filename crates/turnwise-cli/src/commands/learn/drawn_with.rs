//! What a recorded run's replies were drawn with: its model, its profile and how tokens were chosen, loaded again; another model is refused.

use std::sync::Arc;

use serde::Deserialize;
use turnwise_agent::Profile;
use turnwise_core::{Model, Sampling};
use turnwise_store::RunRow;

use crate::{
    error::Failure, model, options::ModelOptions, printer::Printer, profiles, run::config::SamplingConfig,
};

/// What a run's replies were drawn with.
pub(super) struct DrawnWith {
    pub(super) model: Arc<dyn Model>,
    pub(super) profile: Arc<Profile>,
    pub(super) sampling: Sampling,
}

/// What a run's configuration says of how its replies were drawn.
#[derive(Deserialize)]
struct Config {
    sampling: SamplingConfig,
    model: ModelConfig,
}

#[derive(Deserialize)]
struct ModelConfig {
    profile: ProfileConfig,
}

#[derive(Deserialize)]
struct ProfileConfig {
    hash: String,
}

impl DrawnWith {
    /// Loads what the options name, and refuses what is not what the run was run with.
    pub(super) fn of(run: &RunRow, options: &ModelOptions, printer: &Printer) -> Result<Self, Failure> {
        let config: Config = serde_json::from_str(&run.config).map_err(|_| Failure::Nothing {
            message: format!(
                "run {} does not say how its replies were drawn, as it was imported or is too old",
                run.run_id
            ),
        })?;
        let model = model::load(options, printer)?;
        let profile = profiles::of_model(options, &*model)?;
        let (info, recorded) = (model.info(), &run.model);
        let mut wrong = Vec::new();
        if info.hash != recorded.hash {
            wrong.push(format!(
                "model `{}` ({:.12}), not `{}` ({:.12})",
                recorded.name, recorded.hash, info.name, info.hash
            ));
        }
        if profile.hash != config.model.profile.hash {
            wrong.push(format!("profile `{}` as it was then, not as it is now", run.model.profile));
        }
        if !wrong.is_empty() {
            let what = format!("run {} was run with {}", run.run_id, wrong.join(" and "));
            return Err(Failure::NotMadeFor { what, advice: "name that model with `--model`".to_owned() });
        }
        Ok(Self { model, profile, sampling: config.sampling.into() })
    }
}
