//! The real Chromium, in the sandbox, on pages of our own and on those of MiniWoB++ where `TURNWISE_MINIWOB` names them.
//! Where there is no Chromium, what needs one is skipped, and said so.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod miniwob;

use std::{env, path::PathBuf};

use turnwise_chromium::{ChromiumConfig, ChromiumError, ChromiumProvider};
use turnwise_core::EnvError;
use turnwise_env::SandboxKind;

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
#[expect(clippy::print_stderr, reason = "whoever reads the test's output wants to know")]
async fn provider() -> Option<ChromiumProvider> {
    match ChromiumProvider::new(config(SandboxKind::Namespaces), vec![]).await {
        Ok(provider) => Some(provider),
        Err(error @ ChromiumError::NotFound { .. }) => {
            eprintln!("not tested here: {error}");
            None
        }
        Err(ChromiumError::Sandbox(EnvError::SandboxUnavailable { missing, .. })) => {
            eprintln!("tested without a sandbox: {missing}");
            Some(ChromiumProvider::new(config(SandboxKind::None), vec![]).await.unwrap())
        }
        Err(error) => panic!("{error}"),
    }
}
