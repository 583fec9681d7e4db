//! The environment of one trial in Chromium: its browser, and the site or the MiniWoB++ page that grades it.

mod pictures;
mod place;

use std::{fmt, time::Duration};

use turnwise_core::{BoxFuture, EnvError, Environment, Grade, Observation, WorkspaceState};
use turnwise_web::{Act, state_of_work};

use crate::{
    browser::{Broken, ChromiumBrowser},
    miniwob::Stage,
};

pub(crate) use pictures::Pictures;
pub(crate) use place::Place;

/// The environment of a trial in Chromium.
pub struct ChromiumEnvironment {
    task: String,
    browser: ChromiumBrowser,
    place: Place,
    limit: Duration,
    pictures: Option<Pictures>,
}

impl fmt::Debug for ChromiumEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChromiumEnvironment").field("task", &self.task).finish_non_exhaustive()
    }
}

impl ChromiumEnvironment {
    pub(crate) fn new(
        task: &str,
        browser: ChromiumBrowser,
        place: Place,
        limit: Duration,
        pictures: Option<Pictures>,
    ) -> Self {
        Self { task: task.to_owned(), browser, place, limit, pictures }
    }

    /// Opens the task's page, if that is not done.
    pub(crate) async fn begin(&mut self) -> Result<(), EnvError> {
        let begun = self.place.begin(&mut self.browser).await;
        begun.map_err(|broken| broken.into_env(&self.task))
    }

    /// How a MiniWoB task stands, for who writes solutions; `None` when there is nothing more to do.
    pub(crate) async fn stage(&mut self) -> Result<Option<Stage<'_>>, EnvError> {
        self.begin().await?;
        let Place::Miniwob { episode, .. } = &self.place else { return Ok(None) };
        let (Some(tab), Some(page)) = (self.browser.tab(), self.browser.seen()) else { return Ok(None) };
        let done = episode.outcome(tab).await.map_or(true, |(done, _)| done);
        Ok((!done).then(|| episode.stage(page)))
    }

    async fn run(&mut self, command: &str) -> Result<Observation, EnvError> {
        let act = match Act::parse(command) {
            Ok(act) => act,
            Err(bad) => return Ok(observation(bad.to_string(), false)),
        };
        let seen = match tokio::time::timeout(self.limit, self.obey(&act)).await {
            Ok(seen) => seen.map_err(|broken| broken.into_env(&self.task))?,
            Err(_) => {
                let text = format!("error: the command took longer than {:?}", self.limit);
                Observation { exit_code: None, timed_out: true, ..observation(text, false) }
            }
        };
        if let (Some(pictures), Some(tab)) = (&mut self.pictures, self.browser.tab()) {
            // A picture is for looking back at; a page that gives none is no failure.
            if let Ok(picture) = tab.picture().await {
                let kept = pictures.keep(&picture);
                kept.map_err(|why| EnvError::Pages { task: self.task.clone(), source: why.into() })?;
            }
        }
        Ok(seen)
    }

    async fn obey(&mut self, act: &Act) -> Result<Observation, Broken> {
        let outcome = match self.place.answer_itself(act) {
            Some(act) => {
                let text = "This task has one page, and it stays open.\n".to_owned();
                let mut outcome = self.browser.carry_out(&act).await?;
                outcome.text.insert_str(0, &text);
                outcome
            }
            None => self.browser.carry_out(act).await?,
        };
        let mut seen = observation(outcome.text, outcome.ok);
        if outcome.stuck {
            (seen.exit_code, seen.timed_out) = (None, true);
        }
        self.place.comment(&self.browser, &mut seen.output).await;
        Ok(seen)
    }

    fn work(&mut self) -> Vec<String> {
        let mut lines = self.place.work(self.browser.seen());
        lines.extend(self.browser.last_answer().map(|answer| format!("answer: {answer}")));
        lines
    }
}

fn observation(output: String, ok: bool) -> Observation {
    Observation { output, exit_code: Some(i32::from(!ok)), timed_out: false, elided_bytes: 0 }
}

impl Environment for ChromiumEnvironment {
    fn execute<'a>(&'a mut self, command: &'a str) -> BoxFuture<'a, Result<Observation, EnvError>> {
        Box::pin(self.run(command))
    }

    fn state(&mut self) -> BoxFuture<'_, Result<WorkspaceState, EnvError>> {
        Box::pin(async { Ok(state_of_work(&self.work())) })
    }

    fn patch(&mut self) -> BoxFuture<'_, Result<String, EnvError>> {
        Box::pin(async { Ok(state_of_work(&self.work()).patch.to_string()) })
    }

    fn grade(&mut self) -> BoxFuture<'_, Result<Grade, EnvError>> {
        Box::pin(async {
            let graded = self.place.grade(&mut self.browser).await;
            graded.map_err(|broken| match broken {
                Broken::Fault(source) => EnvError::Grader { task: self.task.clone(), source },
                other @ (Broken::Gone(_) | Broken::NoBrowser(_) | Broken::NoStart(_)) => {
                    other.into_env(&self.task)
                }
            })
        })
    }

    fn reset(&mut self) -> BoxFuture<'_, Result<(), EnvError>> {
        Box::pin(async {
            self.browser.stop().await;
            let reset = self.place.reset().await;
            reset.map_err(|source| EnvError::Pages { task: self.task.clone(), source })?;
            self.begin().await
        })
    }

    fn close(mut self: Box<Self>) -> BoxFuture<'static, Result<(), EnvError>> {
        Box::pin(async move {
            self.browser.stop().await;
            Ok(())
        })
    }
}
