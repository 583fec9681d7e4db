//! The real Chromium, in the sandbox, on pages of our own and on those of MiniWoB++ where `TURNWISE_MINIWOB` names them.
//! Where there is no Chromium, what needs one is skipped, and said so.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod acts;
mod lives;
mod miniwob;
mod site;

use std::path::PathBuf;

use turnwise_chromium::{ChromiumConfig, ChromiumError, ChromiumProvider};
use turnwise_core::EnvError;
use turnwise_env::SandboxKind;
use turnwise_web::Sites;

use site::Pages;

fn config(sandbox: SandboxKind) -> ChromiumConfig {
    ChromiumConfig {
        launcher: PathBuf::from(env!("CARGO_BIN_EXE_turnwise-chromium-sandbox")),
        sandbox,
        program: None,
        temp: None,
        pictures: None,
    }
}

/// A provider with a browser of its own, where this machine has one; in the sandbox, where it has that.
async fn provider() -> Option<ChromiumProvider> {
    provider_of(config(SandboxKind::Namespaces)).await
}

#[expect(clippy::print_stderr, reason = "whoever reads the test's output wants to know")]
async fn provider_of(config: ChromiumConfig) -> Option<ChromiumProvider> {
    let sites = || vec![Box::new(Pages) as Box<dyn Sites>];
    match ChromiumProvider::new(config.clone(), sites()).await {
        Ok(provider) => Some(provider),
        Err(error @ ChromiumError::NotFound { .. }) => {
            eprintln!("not tested here: {error}");
            None
        }
        Err(ChromiumError::Sandbox(EnvError::SandboxUnavailable { missing, .. })) => {
            eprintln!("tested without a sandbox: {missing}");
            let config = ChromiumConfig { sandbox: SandboxKind::None, ..config };
            Some(ChromiumProvider::new(config, sites()).await.unwrap())
        }
        Err(error) => panic!("{error}"),
    }
}
