//! The contract of a site: what a task's pages are, what was done on them, and whether that is right.

use std::sync::Arc;

use turnwise_core::{BoxFuture, Grade, Source, Task};

use crate::fetch::{Access, Routes};
use crate::record::Tape;

/// What a site grades by, beside what it knows itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done<'a> {
    /// The last answer that was given.
    pub answer: Option<&'a str>,
    /// The URL of the page that is open; `None` when none was ever.
    pub url: Option<&'a str>,
    /// The lines of that page.
    pub lines: &'a [String],
}

/// A task's site while one trial works on it. What it serves ends when it is dropped.
pub trait Site: Send {
    /// Where the task's own hosts are. They stay there when the site is reset.
    fn routes(&self) -> Routes;

    /// Everything that the task may reach: its own hosts, and others where it names some.
    fn access(&self) -> Access {
        Access { routes: self.routes(), ..Access::default() }
    }

    /// The recording of what comes from other hosts, where there is one.
    fn tape(&self) -> Option<Arc<Tape>> {
        None
    }

    /// The URL that is open at the beginning.
    fn start(&self) -> &str;

    /// The state of the work as lines (basket, order …); empty at the start.
    fn work(&mut self) -> Vec<String>;

    /// Says whether the task is solved.
    fn grade<'a>(&'a mut self, done: Done<'a>) -> BoxFuture<'a, Result<Grade, Source>>;

    /// Puts everything back to the start, for another attempt.
    fn reset(&mut self) -> BoxFuture<'_, Result<(), Source>>;
}

/// Opens the sites of one kind.
pub trait Sites: Send + Sync {
    /// The kind: `WebSetup.site` of the tasks that want it.
    fn kind(&self) -> &'static str;

    /// What is enforced by sites of this kind, as named facts.
    fn facts(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Grades work from its record, the lines that [`Site::work`] gave then, without opening any page; `None` where this kind of site cannot.
    ///
    /// # Errors
    /// When the task's settings are not this kind's.
    fn regrade(&self, _task: &Task, _work: &[&str]) -> Result<Option<Grade>, Source> {
        Ok(None)
    }

    /// The site of one trial, as the task's settings say.
    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Site>, Source>>;
}
