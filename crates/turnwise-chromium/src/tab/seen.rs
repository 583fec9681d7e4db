//! What a tab's events say: whether it loads, what it has opened, whether it crashed.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tokio::sync::Notify;

/// Notes beyond this are dropped: a page can open dialogs without end.
const MOST_NOTES: usize = 20;
/// Windows in a row that are followed.
const MOST_WINDOWS: usize = 4;

/// What a tab's events have said so far.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The page's top frame.
    frame: String,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    loading: bool,
    in_flight: usize,
    crashed: bool,
    notes: Vec<String>,
    more_notes: usize,
    windows: Vec<String>,
    status: Option<u16>,
    refused: Option<String>,
}

impl Seen {
    /// Nothing yet, of the page with this top frame.
    pub(crate) fn new(frame: &str) -> Self {
        Self { frame: frame.to_owned(), ..Self::default() }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        // Nothing that is done under the lock can leave it half done.
        let result = act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_waiters();
        result
    }

    /// Takes note of an event.
    pub(crate) fn take(&self, event: &str, params: &Value) {
        let is_top = params["frameId"].as_str() == Some(&self.frame);
        match event {
            "Page.frameStartedLoading" if is_top => self.with(|state| state.loading = true),
            "Page.frameStoppedLoading" if is_top => self.with(|state| state.loading = false),
            "Inspector.targetCrashed" => self.with(|state| state.crashed = true),
            "Page.windowOpen" => {
                let url = params["url"].as_str().unwrap_or_default().to_owned();
                self.with(|state| {
                    if state.windows.len() < MOST_WINDOWS {
                        state.windows.push(url);
                    }
                });
            }
            _ => {}
        }
    }

    /// Takes note of a dialog, which was accepted.
    pub(crate) fn dialog(&self, params: &Value) {
        let kind = params["type"].as_str().unwrap_or("alert");
        let message: String = params["message"].as_str().unwrap_or_default().chars().take(500).collect();
        let answer = params["defaultPrompt"].as_str().filter(|text| kind == "prompt" && !text.is_empty());
        self.note(match answer {
            Some(answer) => format!("The page asked ({kind}): \"{message}\"; answered \"{answer}\"."),
            None => format!("The page said ({kind}): \"{message}\"; accepted."),
        });
    }

    /// Keeps a line for the model.
    pub(crate) fn note(&self, note: String) {
        self.with(|state| match state.notes.len() < MOST_NOTES {
            true => state.notes.push(note),
            false => state.more_notes += 1,
        });
    }

    /// The lines for the model, once.
    pub(crate) fn take_notes(&self) -> Vec<String> {
        self.with(|state| {
            let mut notes = std::mem::take(&mut state.notes);
            let more = std::mem::take(&mut state.more_notes);
            if more > 0 {
                notes.push(format!("({more} more of these)"));
            }
            notes
        })
    }

    /// The windows that the page wanted to open, once.
    pub(crate) fn take_windows(&self) -> Vec<String> {
        self.with(|state| std::mem::take(&mut state.windows))
    }

    /// A request is being answered, or no longer is.
    pub(crate) fn in_flight(&self, begins: bool) {
        self.with(|state| {
            state.in_flight = match begins {
                true => state.in_flight + 1,
                false => state.in_flight.saturating_sub(1),
            };
        });
    }

    /// What came of the request for the page itself.
    pub(crate) fn document(&self, status: Option<u16>, refused: Option<String>) {
        self.with(|state| (state.status, state.refused) = (status, refused));
    }

    /// Whether this is the page's top frame.
    pub(crate) fn is_top(&self, frame: &str) -> bool {
        self.frame == frame
    }

    /// The status of the page's own response.
    pub(crate) fn status(&self) -> Option<u16> {
        self.with(|state| state.status)
    }

    /// Why the page's own request was refused.
    pub(crate) fn refused(&self) -> Option<String> {
        self.with(|state| state.refused.clone())
    }

    /// Whether nothing is being loaded.
    pub(crate) fn is_idle(&self) -> bool {
        self.with(|state| !state.loading && state.in_flight == 0)
    }

    /// Waits until nothing is being loaded.
    pub(crate) async fn idle(&self) {
        self.until(|state| !state.loading && state.in_flight == 0).await;
    }

    /// Waits until the page's process dies.
    pub(crate) async fn crash(&self) {
        self.until(|state| state.crashed).await;
    }

    async fn until(&self, reached: impl Fn(&State) -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Listens before it looks, so that no change falls in between.
            changed.as_mut().enable();
            if reached(&self.state.lock().unwrap_or_else(PoisonError::into_inner)) {
                return;
            }
            changed.await;
        }
    }
}
