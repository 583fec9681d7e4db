//! What a task on the web starts from.

/// Which browser an agent sees pages by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BrowserKind {
    /// Pages as text, fetched by the harness itself; no scripts.
    #[default]
    Text,
    /// Chromium, with scripts, in the sandbox.
    Chromium,
}

impl BrowserKind {
    /// The kind's name in task files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Chromium => "chromium",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Text, Self::Chromium].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A task's pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebSetup {
    /// The kind of site that the pages come from: `shop`, `miniwob`, `http`.
    pub site: String,
    /// The browser.
    pub browser: BrowserKind,
    /// What the site has to know, as a JSON object that only the site reads.
    pub settings: String,
    /// The commands of the suite's own solution, one a turn, without the hand-in; empty where it has none.
    pub gold: Vec<String>,
}
