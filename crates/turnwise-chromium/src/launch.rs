//! Finds Chromium and starts it once for many trials, in a sandbox without any network, driven over two named pipes.

mod find;

use std::{path::PathBuf, sync::Mutex, time::Duration};

use serde_json::json;
use tokio::{net::unix::pipe::OpenOptions, task::JoinHandle};
use turnwise_core::{EnvError, Protection, Source};
use turnwise_env::{Limits, Resident, SandboxConfig, SandboxKind};

use crate::pipe::{CallError, Wire};

pub use find::find_chromium;

/// How long a browser may take to start; a loaded machine needs several seconds.
const START_LIMIT: Duration = Duration::from_secs(60);
/// As good as for ever, in milliseconds.
const A_MONTH_MS: u64 = 30 * 24 * 3600 * 1000;
const FROM_HARNESS: &str = "to-browser";
const TO_HARNESS: &str = "from-browser";

/// What a browser is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChromiumConfig {
    /// The executable that calls [`turnwise_env::serve_if_asked`] first thing: for the command, itself.
    pub launcher: PathBuf,
    /// How the browser is kept apart from the machine.
    pub sandbox: SandboxKind,
    /// Chromium's program; `None` looks for it ([`find_chromium`]).
    pub program: Option<PathBuf>,
    /// Where the profile is made; `None` is `$TMPDIR` or `/tmp`.
    pub temp: Option<PathBuf>,
    /// The folder in which a picture of the page is kept after each act: `TASK.TRIAL/001.png`.
    pub pictures: Option<PathBuf>,
}

/// Why there is no browser.
#[derive(Debug, thiserror::Error)]
pub enum ChromiumError {
    /// There is none on this machine.
    #[error(
        "Chromium was not found ({looked}); install the package chromium, or name its program by TURNWISE_CHROMIUM"
    )]
    NotFound {
        /// Where it was looked for.
        looked: String,
    },
    /// Its sandbox cannot be had.
    #[error("Chromium has no sandbox to run in")]
    Sandbox(#[source] EnvError),
    /// The harness's own HTTP client cannot be made.
    #[error("pages cannot be fetched for Chromium; check the system's certificates")]
    Network(#[source] Source),
    /// It was started and did not answer.
    #[error(
        "Chromium ({program}) was started and did not answer: {said}; try it by hand with --headless --version"
    )]
    NoAnswer {
        /// Its program.
        program: String,
        /// What it wrote, or what was noticed.
        said: String,
    },
}

impl From<ChromiumError> for EnvError {
    fn from(error: ChromiumError) -> Self {
        match error {
            ChromiumError::Sandbox(error) => error,
            ChromiumError::NotFound { looked } => Self::SandboxUnavailable {
                missing: format!("Chromium was not found ({looked})"),
                hint: "install the package chromium, or name its program by TURNWISE_CHROMIUM".to_owned(),
            },
            ChromiumError::Network(source) => Self::Pages { task: "(none)".to_owned(), source },
            error @ ChromiumError::NoAnswer { .. } => Self::SandboxUnavailable {
                missing: error.to_string(),
                hint: "look whether memory or disk space ran out, and run the same command again".to_owned(),
            },
        }
    }
}

/// A running browser. Dropping it ends all its processes.
#[derive(Debug)]
pub(crate) struct Browser {
    /// The connection to it.
    pub(crate) wire: Wire,
    /// What is really enforced.
    pub(crate) protection: Protection,
    life: JoinHandle<()>,
}

impl Browser {
    /// Starts a browser and waits until it answers.
    pub(crate) async fn start(config: &ChromiumConfig) -> Result<Self, ChromiumError> {
        let program = match &config.program {
            Some(program) => program.clone(),
            None => find_chromium()?,
        };
        let sandbox = SandboxConfig {
            launcher: config.launcher.clone(),
            kind: config.sandbox,
            limits: Limits::browser(),
            read_only: find::folders_of(&program),
        };
        let pipes = [FROM_HARNESS, TO_HARNESS];
        let mut resident = Resident::start(&sandbox, config.temp.as_deref(), &pipes)
            .await
            .map_err(ChromiumError::Sandbox)?;
        let no_answer =
            |said: String| ChromiumError::NoAnswer { program: program.display().to_string(), said };
        // Both ends open for both directions: that waits for nobody. The end of the browser is noticed by its process.
        let open = || OpenOptions::new().read_write(true).clone();
        let to = open().open_sender(resident.folder().join(FROM_HARNESS));
        let from = open().open_receiver(resident.folder().join(TO_HARNESS));
        let (to, from) =
            to.and_then(|to| Ok((to, from?))).map_err(|error| no_answer(format!("its pipes: {error}")))?;
        let wire = Wire::new(from, to);
        let mut protection = resident.protection().clone();
        add_facts(&mut protection, config.sandbox);
        let command = command(&program.display().to_string());
        let (said, closing) = (std::sync::Arc::new(Mutex::new(String::new())), wire.clone());
        let words = std::sync::Arc::clone(&said);
        let life = tokio::spawn(async move {
            let why = match resident.run(&command, A_MONTH_MS).await {
                Ok(seen) => {
                    let last = seen.output.lines().rev().take(3).collect::<Vec<_>>().join("; ");
                    format!("its process ended with {:?}: {last}", seen.exit_code)
                }
                Err(error) => error.to_string(),
            };
            if let Ok(mut words) = words.lock() {
                words.clone_from(&why);
            }
            closing.close(&why);
        });
        let browser = Self { wire, protection, life };
        let version = browser.wire.call("", "Browser.getVersion", json!({}), START_LIMIT).await;
        let version = version.map_err(|error| no_answer(error.to_string()))?;
        let discover = json!({ "discover": true });
        browser.close_windows();
        browser
            .call("Target.setDiscoverTargets", discover)
            .await
            .map_err(|error| no_answer(error.to_string()))?;
        let product = version["product"].as_str().unwrap_or_default();
        tracing::debug!(product, "a browser was started");
        Ok(browser)
    }

    /// Asks the browser itself, not one of its tabs.
    pub(crate) async fn call(
        &self,
        method: &str,
        params: serde_json::Value,
    ) -> Result<serde_json::Value, CallError> {
        self.wire.call("", method, params, Duration::from_secs(20)).await
    }

    /// Closes every window that a page opens: its tab goes to the window's URL itself.
    fn close_windows(&self) {
        let (wire, mut events) = (self.wire.clone(), self.wire.listen(""));
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                let info = &event.params["targetInfo"];
                if event.method == "Target.targetCreated" && info["openerId"].is_string() {
                    wire.tell("", "Target.closeTarget", &json!({ "targetId": info["targetId"] }));
                }
            }
        });
    }

    /// Ends it, whoever still holds it.
    pub(crate) fn end(&self) {
        self.wire.close("the harness ended it");
        // The sandbox goes with the task that holds it, and everything in it.
        self.life.abort();
    }

    /// Whether it still answers.
    pub(crate) async fn is_well(&self) -> bool {
        let limit = Duration::from_secs(10);
        !self.wire.is_closed() && self.wire.call("", "Browser.getVersion", json!({}), limit).await.is_ok()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.end();
    }
}

/// The shell command that starts the browser in its sandbox.
fn command(program: &str) -> String {
    let program = program.replace('\'', r"'\''");
    format!(
        "mkdir -p profile cache && export XDG_CONFIG_HOME=$PWD/profile XDG_CACHE_HOME=$PWD/cache XDG_RUNTIME_DIR=$PWD \
         && exec '{program}' {} --user-data-dir=$PWD/profile 3<{FROM_HARNESS} 4>{TO_HARNESS}",
        FLAGS.join(" ")
    )
}

const FLAGS: [&str; 23] = [
    "--headless",
    "--remote-debugging-pipe",
    // Its own sandbox needs namespaces inside ours; ours holds the browser and its renderers alike.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-sync",
    "--disable-extensions",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-default-apps",
    "--no-first-run",
    "--mute-audio",
    "--hide-scrollbars",
    "--lang=en-US",
    // One process a tab, frames of other sites included, so that one session sees all its requests.
    "--disable-features=IsolateOrigins,site-per-process,BackForwardCache,ProactivelySwapBrowsingInstance,SpareRendererForSitePerProcess,Translate,MediaRouter,OptimizationHints",
    // Where there is a network after all (no namespaces): names lead nowhere, and neither does what is not a request.
    "'--host-resolver-rules=MAP * ~NOTFOUND'",
    "--proxy-server=http://127.0.0.1:9 '--proxy-bypass-list=<-loopback>' --force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    // A page cannot take all memory.
    "--js-flags=--max-old-space-size=512",
];

fn add_facts(protection: &mut Protection, kind: SandboxKind) {
    let network = match kind {
        SandboxKind::Namespaces => "none; every request is answered by the harness",
        SandboxKind::None => "cut by the browser's own settings; every request is answered by the harness",
    };
    for (name, value) in &mut protection.facts {
        if name == "network" {
            network.clone_into(value);
        }
    }
    protection.facts.push(("browser".to_owned(), "chromium, a context of its own for each trial".to_owned()));
}
