//! Web tasks as environments: commands are a browser's, the work is what was done on a site, and the site grades it.

mod provider;
#[cfg(test)]
mod tests;

use std::time::Duration;

use turnwise_core::{BoxFuture, EnvError, Environment, Grade, Observation, Source, WorkspaceState};

pub use provider::{WebError, WebLimits, WebProvider};

use crate::act::Act;
use crate::browser::Browser;
use crate::site::{Done, Site};
use crate::work::state_of_work;

/// The environment of one trial on the web.
pub struct WebEnvironment {
    task: String,
    site: Box<dyn Site>,
    browser: Box<dyn Browser>,
    limit: Duration,
}

impl std::fmt::Debug for WebEnvironment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebEnvironment").field("task", &self.task).finish_non_exhaustive()
    }
}

impl WebEnvironment {
    /// An environment of a task, by its id; `limit` is the longest time for one command.
    pub fn new(task: &str, site: Box<dyn Site>, browser: Box<dyn Browser>, limit: Duration) -> Self {
        Self { task: task.to_owned(), site, browser, limit }
    }

    fn failed(&self, source: impl Into<Source>) -> EnvError {
        EnvError::Pages { task: self.task.clone(), source: source.into() }
    }

    async fn run(&mut self, command: &str) -> Result<Observation, EnvError> {
        let act = match Act::parse(command) {
            Ok(act) => act,
            Err(bad) => return Ok(observation(bad.to_string(), Some(1))),
        };
        match tokio::time::timeout(self.limit, self.browser.act(&act)).await {
            Ok(Ok(shown)) => Ok(observation(shown.text, Some(i32::from(!shown.ok)))),
            Ok(Err(error)) => Err(self.failed(error)),
            Err(_) => {
                let text = format!("error: the command took longer than {:?}", self.limit);
                Ok(Observation { timed_out: true, ..observation(text, None) })
            }
        }
    }

    /// The work: the site's, and the answer, which is a part of it.
    fn work(&mut self) -> Vec<String> {
        let mut lines = self.site.work();
        lines.extend(self.browser.answer().map(|answer| format!("answer: {answer}")));
        lines
    }
}

fn observation(output: String, exit_code: Option<i32>) -> Observation {
    Observation { output, exit_code, timed_out: false, elided_bytes: 0 }
}

impl Environment for WebEnvironment {
    fn execute<'a>(&'a mut self, command: &'a str) -> BoxFuture<'a, Result<Observation, EnvError>> {
        Box::pin(self.run(command))
    }

    fn state(&mut self) -> BoxFuture<'_, Result<WorkspaceState, EnvError>> {
        Box::pin(async move { Ok(state_of_work(&self.work())) })
    }

    fn patch(&mut self) -> BoxFuture<'_, Result<String, EnvError>> {
        Box::pin(async move { Ok(state_of_work(&self.work()).patch.to_string()) })
    }

    fn grade(&mut self) -> BoxFuture<'_, Result<Grade, EnvError>> {
        Box::pin(async move {
            let page = self.browser.page();
            let done = Done {
                answer: self.browser.answer(),
                url: page.map(|page| page.url.as_str()),
                lines: page.map(|page| page.lines.as_slice()).unwrap_or_default(),
            };
            let grade = self.site.grade(done).await;
            grade.map_err(|source| EnvError::Grader { task: self.task.clone(), source })
        })
    }

    fn reset(&mut self) -> BoxFuture<'_, Result<(), EnvError>> {
        Box::pin(async move {
            let site = self.site.reset().await;
            site.map_err(|source| self.failed(source))?;
            let browser = self.browser.reset().await;
            browser.map_err(|error| self.failed(error))
        })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), EnvError>> {
        Box::pin(async move {
            let Self { task, browser, .. } = *self;
            browser.close().await.map_err(|error| EnvError::Pages { task, source: error.into() })
        })
    }
}
