//! One round on a page: begun by its seed, ended by the page, which says what it was worth.

use std::{path::PathBuf, time::Duration};

use serde_json::{Value, json};
use turnwise_web::{Access, Page, Routes};

use crate::tab::{Tab, Trouble};

/// The host that the pages are shown at.
const HOST: &str = "miniwob.test";
const SHORT: Duration = Duration::from_secs(5);
/// What begins a round: no clock that runs out, nothing on the page but the task, and no new round after it.
const BEGIN: &str = include_str!("begin.js");
/// What a page draws lots by while it loads: any plain generator, as long as it is the same each time.
const EARLY: &str =
    "(()=>{let s=(SEED+1)%2147483647||1;Math.random=()=>(s=s*48271%2147483647)/2147483647})()";

/// A round on a page.
#[derive(Debug)]
pub(crate) struct Episode {
    page: String,
    seed: u64,
    folder: PathBuf,
    utterance: String,
}

/// How a round stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage<'a> {
    /// The page's name.
    pub(crate) name: &'a str,
    /// What the page asks for.
    pub(crate) utterance: &'a str,
    /// What is on it now.
    pub(crate) page: &'a Page,
}

impl Episode {
    /// On this page of the folder, drawn by this seed.
    pub(crate) fn new(page: String, seed: u64, folder: PathBuf) -> Self {
        Self { page, seed, folder, utterance: String::new() }
    }

    /// What the page may reach: the folder.
    pub(crate) fn access(&self) -> Access {
        Access { routes: Routes::new().folder(HOST, &self.folder), ..Access::default() }
    }

    /// Opens the page and begins the round.
    pub(crate) async fn begin(&mut self, tab: &Tab) -> Result<(), Trouble> {
        // Some pages draw lots while they load, before they can be given a seed.
        let early = EARLY.replace("SEED", &self.seed.to_string());
        tab.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": early }), SHORT).await?;
        tab.go(&format!("http://{HOST}/miniwob/{}.html", self.page)).await?;
        let begin = BEGIN.replace("SEED", &self.seed.to_string());
        let utterance = tab.evaluate(&begin, SHORT).await?;
        self.utterance = utterance.as_str().unwrap_or_default().to_owned();
        tab.settle_after_act().await
    }

    /// Whether the round is over, and what the page says it was worth, in [-1, 1].
    pub(crate) async fn outcome(&self, tab: &Tab) -> Result<(bool, f64), Trouble> {
        let ask = "[typeof WOB_DONE_GLOBAL!=='undefined'&&WOB_DONE_GLOBAL,\
                   typeof WOB_RAW_REWARD_GLOBAL!=='undefined'?WOB_RAW_REWARD_GLOBAL:0]";
        let answer = tab.evaluate(ask, SHORT).await?;
        Ok((answer[0] == Value::Bool(true), answer[1].as_f64().unwrap_or(0.0)))
    }

    /// What the page asks for, where that is not to be read on it.
    pub(crate) fn utterance(&self, page: &Page) -> Option<&str> {
        let shown = page.lines.join(" ");
        (!shown.contains(&self.utterance)).then_some(&self.utterance)
    }

    /// How the round stands.
    pub(crate) fn stage<'a>(&'a self, page: &'a Page) -> Stage<'a> {
        Stage { name: &self.page, utterance: &self.utterance, page }
    }
}
