//! One trial's page: a browser context of its own, with its own cookies, whose every request the harness answers.

mod hand;
mod intercept;
mod load;
mod seen;

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{
    launch::Browser,
    pipe::{CallError, Event},
    serve::Serve,
};

use seen::Seen;

/// The script that every page runs first.
const PAGE_SCRIPT: &str = include_str!("observe/page.js");
/// What a page may take to answer a question that needs no work.
const SHORT: Duration = Duration::from_secs(8);

/// Why something could not be done in a tab.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The browser is gone: the trial ends.
    #[error("the browser is gone: {0}")]
    Gone(String),
    /// The page does not answer.
    #[error("the page is stuck in a script and was closed; an empty page is open now: open a URL")]
    Stuck,
    /// The page's process died.
    #[error("the page crashed; an empty page is open now: open a URL")]
    Crashed,
    /// The page went away while it was asked; the next one can be.
    #[error("the page changed while it was looked at; look again")]
    Moved,
    /// Something that the model can do something about.
    #[error("{0}")]
    Said(String),
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Closed { why } => Self::Gone(why),
            CallError::TimedOut { .. } => Self::Stuck,
            CallError::Refused { message, .. }
                if [
                    "context was destroyed",
                    "Cannot find context",
                    "navigated or closed",
                    "find default execution",
                ]
                .iter()
                .any(|part| message.contains(part)) =>
            {
                Self::Moved
            }
            CallError::Refused { message, .. } if message.contains("crashed") => Self::Crashed,
            error @ CallError::Refused { .. } => Self::Said(error.to_string()),
        }
    }
}

/// A trial's page. Dropping it removes all that the trial left in the browser.
pub(crate) struct Tab {
    browser: Arc<Browser>,
    context: String,
    server: Arc<dyn Serve>,
    target: String,
    session: String,
    seen: Arc<Seen>,
    events: JoinHandle<()>,
}

impl Tab {
    /// Opens an empty page in a context of its own.
    pub(crate) async fn open(browser: Arc<Browser>, server: Arc<dyn Serve>) -> Result<Self, CallError> {
        let made = browser.call("Target.createBrowserContext", json!({ "disposeOnDetach": true })).await?;
        let context = text(&made, "browserContextId");
        let deny = json!({ "behavior": "deny", "browserContextId": context });
        browser.wire.tell("", "Browser.setDownloadBehavior", &deny);
        let opened = attach(&browser, &context, &server).await;
        match opened {
            Ok((target, session, seen, events)) => {
                Ok(Self { browser, context, server, target, session, seen, events })
            }
            Err(error) => {
                dispose(&browser, &context);
                Err(error)
            }
        }
    }

    /// Puts an empty page in place of one that is stuck or crashed; cookies stay.
    pub(crate) async fn replace(&mut self) -> Result<(), CallError> {
        let wire = &self.browser.wire;
        // A stuck script is ended first, so that the new page does not wait for its process.
        drop(wire.call(&self.session, "Runtime.terminateExecution", json!({}), Duration::from_secs(1)).await);
        wire.tell("", "Target.closeTarget", &json!({ "targetId": self.target }));
        wire.forget(&self.session);
        self.events.abort();
        (self.target, self.session, self.seen, self.events) =
            attach(&self.browser, &self.context, &self.server).await?;
        Ok(())
    }

    /// Asks the page.
    pub(crate) async fn call(&self, method: &str, params: Value, limit: Duration) -> Result<Value, Trouble> {
        tokio::select! {
            answer = self.browser.wire.call(&self.session, method, params, limit) => Ok(answer?),
            () = self.seen.crash() => Err(Trouble::Crashed),
        }
    }

    /// The value of an expression in the page's top frame, awaited if it is a promise.
    pub(crate) async fn evaluate(&self, expression: &str, limit: Duration) -> Result<Value, Trouble> {
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true });
        let answer = self.call("Runtime.evaluate", params, limit).await?;
        match answer["exceptionDetails"]["exception"]["description"].as_str() {
            Some(complaint) if complaint.contains("__turnwise") => Err(Trouble::Moved),
            Some(complaint) => Err(Trouble::Said(format!("a script of the page failed: {complaint}"))),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// Calls a function of the page script.
    pub(crate) async fn script(&self, function: &str, arguments: &[&str]) -> Result<Value, Trouble> {
        let arguments: Vec<_> = arguments.iter().map(|argument| json!(argument).to_string()).collect();
        self.evaluate(&format!("__turnwise.{function}({})", arguments.join(",")), SHORT).await
    }

    /// What dialogs and windows the page has opened since the last question, as lines for the model.
    pub(crate) fn take_notes(&self) -> Vec<String> {
        self.seen.take_notes()
    }

    /// Keeps a line for the model, shown with the next look.
    pub(crate) fn note(&self, note: String) {
        self.seen.note(note);
    }

    /// The status of the page's own response, where it has one.
    pub(crate) fn status(&self) -> Option<u16> {
        self.seen.status()
    }

    /// A picture of what is in sight, as PNG.
    pub(crate) async fn picture(&self) -> Result<Vec<u8>, Trouble> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let answer = self.call("Page.captureScreenshot", json!({ "format": "png" }), SHORT).await?;
        STANDARD
            .decode(answer["data"].as_str().unwrap_or_default())
            .map_err(|error| Trouble::Said(format!("the picture cannot be read: {error}")))
    }

    /// Removes all that the trial left in the browser, and waits for it.
    pub(crate) async fn close(self) {
        let params = json!({ "browserContextId": self.context });
        // A browser that is gone has nothing left.
        drop(self.browser.call("Target.disposeBrowserContext", params).await);
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.events.abort();
        self.browser.wire.forget(&self.session);
        dispose(&self.browser, &self.context);
    }
}

fn dispose(browser: &Browser, context: &str) {
    browser.wire.tell("", "Target.disposeBrowserContext", &json!({ "browserContextId": context }));
}

async fn attach(
    browser: &Arc<Browser>,
    context: &str,
    server: &Arc<dyn Serve>,
) -> Result<(String, String, Arc<Seen>, JoinHandle<()>), CallError> {
    let params = json!({ "url": "about:blank", "browserContextId": context });
    let target = text(&browser.call("Target.createTarget", params).await?, "targetId");
    let params = json!({ "targetId": target, "flatten": true });
    let session = text(&browser.call("Target.attachToTarget", params).await?, "sessionId");
    let wire = &browser.wire;
    let mut incoming = wire.listen(&session);
    let seen = Arc::new(Seen::new(&target));
    let start = |method: &'static str, params: Value| {
        let session = session.clone();
        async move { wire.call(&session, method, params, Duration::from_secs(20)).await.map(drop) }
    };
    let screen = json!({ "width": 1024, "height": 768, "deviceScaleFactor": 1, "mobile": false });
    tokio::try_join!(
        start("Page.enable", json!({})),
        start("Inspector.enable", json!({})),
        start("Fetch.enable", json!({ "patterns": [{ "urlPattern": "*" }] })),
        start("Page.addScriptToEvaluateOnNewDocument", json!({ "source": PAGE_SCRIPT })),
        start("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })),
        start("Emulation.setDeviceMetricsOverride", screen),
    )?;
    let post = Post {
        browser: Arc::clone(browser),
        session: session.clone(),
        server: Arc::clone(server),
        seen: Arc::clone(&seen),
    };
    let events = tokio::spawn(async move {
        while let Some(event) = incoming.recv().await {
            post.handle(event);
        }
    });
    Ok((target, session, seen, events))
}

/// Who reads a tab's events.
struct Post {
    browser: Arc<Browser>,
    session: String,
    server: Arc<dyn Serve>,
    seen: Arc<Seen>,
}

impl Post {
    fn handle(&self, event: Event) {
        match event.method.as_str() {
            "Fetch.requestPaused" => self.answer(event.params),
            "Page.javascriptDialogOpening" => {
                let params = json!({ "accept": true, "promptText": event.params["defaultPrompt"] });
                self.browser.wire.tell(&self.session, "Page.handleJavaScriptDialog", &params);
                self.seen.dialog(&event.params);
            }
            other => self.seen.take(other, &event.params),
        }
    }
}

fn text(answer: &Value, key: &str) -> String {
    answer[key].as_str().unwrap_or_default().to_owned()
}
