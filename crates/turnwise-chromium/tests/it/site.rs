//! A site for the tests: the pages beside them, at `pages.test`, and a host at which nobody answers.

use std::{net::SocketAddr, path::Path};

use turnwise_core::{BoxFuture, BrowserKind, Grade, Source, Task, TestOutcome, WebSetup};
use turnwise_web::{Done, Routes, Site, Sites};

pub(crate) struct Pages;

struct Open;

impl Sites for Pages {
    fn kind(&self) -> &'static str {
        "pages"
    }

    fn open<'a>(&'a self, _task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Site>, Source>> {
        Box::pin(async { Ok(Box::new(Open) as Box<dyn Site>) })
    }
}

impl Site for Open {
    fn routes(&self) -> Routes {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/pages");
        Routes::new().folder("pages.test", folder).server("dead.test", SocketAddr::from(([127, 0, 0, 1], 1)))
    }

    fn start(&self) -> &'static str {
        "http://pages.test/"
    }

    fn work(&mut self) -> Vec<String> {
        Vec::new()
    }

    fn grade<'a>(&'a mut self, done: Done<'a>) -> BoxFuture<'a, Result<Grade, Source>> {
        let passed = done.answer == Some("42") && done.url.is_some();
        let test = TestOutcome { id: "answer".to_owned(), was_failing: true, passed };
        Box::pin(async { Ok(Grade { tests: vec![test], reward: None }) })
    }

    fn reset(&mut self) -> BoxFuture<'_, Result<(), Source>> {
        Box::pin(async { Ok(()) })
    }
}

pub(crate) fn task() -> Task {
    Task {
        id: "pages-1".to_owned(),
        suite: "test".to_owned(),
        web: Some(WebSetup {
            site: "pages".to_owned(),
            browser: BrowserKind::Chromium,
            settings: "{}".to_owned(),
            gold: Vec::new(),
        }),
        ..Task::default()
    }
}
