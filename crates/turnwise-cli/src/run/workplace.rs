//! Where actions run: the sandbox as the options ask for it.

use std::sync::Arc;

use turnwise_core::EnvironmentProvider;
use turnwise_env::{Limits, LocalConfig, LocalProvider, NullProvider, SandboxConfig};

use crate::{error::Failure, options::SandboxOption, run::EnvironmentChoice};

/// Environments on this machine, with this kind of sandbox.
pub(crate) fn sandbox(kind: SandboxOption) -> Result<LocalConfig, Failure> {
    let launcher = std::env::current_exe().map_err(|source| Failure::Internal {
        what: "find its own executable".to_owned(),
        source: source.into(),
    })?;
    let sandbox =
        SandboxConfig { launcher, kind: kind.into(), limits: Limits::standard(), read_only: Vec::new() };
    Ok(LocalConfig { sandbox, temp: None })
}

/// Opens what was chosen.
pub(crate) async fn open(choice: &EnvironmentChoice) -> Result<Arc<dyn EnvironmentProvider>, Failure> {
    Ok(match choice {
        EnvironmentChoice::Local(sandbox) => {
            Arc::new(LocalProvider::new(LocalConfig { sandbox: sandbox.clone(), temp: None }).await?)
        }
        EnvironmentChoice::Nowhere(observation) => Arc::new(NullProvider::new(observation.clone())),
    })
}
