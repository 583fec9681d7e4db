//! What grades a trial: a site of `turnwise-web`, or a MiniWoB++ page, which keeps its own score.

use turnwise_core::{Grade, Source, TestOutcome};
use turnwise_web::{Act, Direction, Done, Page, Site};

use crate::{
    browser::{Broken, ChromiumBrowser, no_start},
    miniwob::{Episode, TEST},
    tab::Trouble,
};

/// What a trial's pages are.
pub(crate) enum Place {
    /// A site.
    Site(Box<dyn Site>),
    /// A page of MiniWoB++.
    Miniwob {
        /// The round on it.
        episode: Episode,
        /// Its lines when the round began; empty before.
        before: Vec<String>,
    },
}

impl Place {
    /// A round that has not begun.
    pub(crate) fn round(episode: Episode) -> Self {
        Self::Miniwob { episode, before: Vec::new() }
    }

    /// Opens the first page, if none is open. A site's is opened by the first command that needs it.
    pub(crate) async fn begin(&mut self, browser: &mut ChromiumBrowser) -> Result<(), Broken> {
        let Self::Miniwob { episode, before } = self else { return Ok(()) };
        if browser.tab().is_some() {
            return Ok(());
        }
        let stand = browser.stand().await?;
        let begun = match episode.begin(&stand.tab).await {
            Ok(()) => stand.tab.look().await,
            Err(trouble) => Err(trouble),
        };
        let page = begun.map_err(no_start)?;
        before.clone_from(&page.lines);
        if let Some(text) = episode.utterance(&page) {
            stand.tab.note(format!("Task: {text}"));
        }
        stand.view.update(page);
        browser.faultless()
    }

    /// What is done instead of an act that would leave a MiniWoB++ page, and with it the task.
    pub(crate) fn answer_itself(&self, act: &Act) -> Option<Act> {
        match (self, act) {
            (Self::Miniwob { .. }, Act::Open(_) | Act::Back) => Some(Act::Scroll(Direction::Up)),
            _ => None,
        }
    }

    /// Adds what the task has to say about a page.
    pub(crate) async fn comment(&mut self, browser: &ChromiumBrowser, output: &mut String) {
        let (Self::Miniwob { episode, .. }, Some(tab)) = (self, browser.tab()) else { return };
        if episode.outcome(tab).await.is_ok_and(|(done, _)| done) {
            output.push_str("\nThe task on this page is over; nothing more can be done on it.");
        }
    }

    /// What was done: by the site, or what a MiniWoB++ page shows that it did not show at first.
    pub(crate) fn work(&mut self, page: Option<&Page>) -> Vec<String> {
        match self {
            Self::Site(site) => site.work(),
            Self::Miniwob { before, .. } => {
                let lines = page.map(|page| page.lines.as_slice()).unwrap_or_default();
                lines.iter().filter(|line| !before.contains(line)).cloned().collect()
            }
        }
    }

    /// Whether the task is solved.
    pub(crate) async fn grade(&mut self, browser: &mut ChromiumBrowser) -> Result<Grade, Broken> {
        match self {
            Self::Site(site) => {
                let page = browser.seen();
                let done = Done {
                    answer: browser.last_answer(),
                    url: page.map(|page| page.url.as_str()),
                    lines: page.map(|page| page.lines.as_slice()).unwrap_or_default(),
                };
                site.grade(done).await.map_err(Broken::Fault)
            }
            Self::Miniwob { episode, .. } => {
                let (done, reward) = match browser.tab() {
                    None => (false, 0.0),
                    Some(tab) => match episode.outcome(tab).await {
                        Ok(outcome) => outcome,
                        Err(Trouble::Gone(why)) => return Err(Broken::Gone(why)),
                        // A page that was broken or left has given no reward.
                        Err(_) => (false, 0.0),
                    },
                };
                let passed = done && reward > 0.0;
                let test = TestOutcome { id: TEST.to_owned(), was_failing: true, passed };
                let reward = if done { reward.clamp(0.0, 1.0) } else { 0.0 };
                Ok(Grade { tests: vec![test], reward: Some(reward) })
            }
        }
    }

    /// Puts a site back to the start; a page is opened anew.
    pub(crate) async fn reset(&mut self) -> Result<(), Source> {
        match self {
            Self::Site(site) => site.reset().await,
            Self::Miniwob { before, .. } => {
                before.clear();
                Ok(())
            }
        }
    }
}
