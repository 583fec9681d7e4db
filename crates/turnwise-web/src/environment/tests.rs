//! Web environments as the harness drives them.

use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::get as on_get;
use turnwise_core::{
    BoxFuture, BrowserKind, EnvError, EnvironmentProvider, Grade, Source, Task, TestOutcome, WebSetup,
};

use super::{WebError, WebLimits, WebProvider};
use crate::fetch::{FetchLimits, Routes};
use crate::site::{Done, Site, Sites};
use crate::testing::{dead_address, serve};

/// A site whose work is a list of what was seen.
struct Toy {
    routes: Routes,
    work: Vec<String>,
}

struct Toys(Routes);

impl Site for Toy {
    fn routes(&self) -> Routes {
        self.routes.clone()
    }

    fn start(&self) -> &'static str {
        "http://toy.test/"
    }

    fn work(&mut self) -> Vec<String> {
        self.work.clone()
    }

    fn grade<'a>(&'a mut self, done: Done<'a>) -> BoxFuture<'a, Result<Grade, Source>> {
        let passed =
            done.answer == Some("7") && done.url == Some("http://toy.test/seven") && done.lines == ["seven"];
        let tests = vec![TestOutcome { id: "seven".to_owned(), was_failing: true, passed }];
        Box::pin(async move { Ok(Grade { tests, reward: None }) })
    }

    fn reset(&mut self) -> BoxFuture<'_, Result<(), Source>> {
        Box::pin(async { Ok(()) })
    }
}

impl Sites for Toys {
    fn kind(&self) -> &'static str {
        "toy"
    }

    fn open<'a>(&'a self, task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Site>, Source>> {
        let work = task.statement.lines().map(str::to_owned).collect();
        let site = Toy { routes: self.0.clone(), work };
        Box::pin(async move { Ok(Box::new(site) as Box<dyn Site>) })
    }
}

fn task(site: &str, browser: BrowserKind) -> Task {
    let web = WebSetup { site: site.to_owned(), browser, ..WebSetup::default() };
    Task { id: "t-1".to_owned(), web: Some(web), ..Task::default() }
}

fn provider(address: std::net::SocketAddr) -> WebProvider {
    WebProvider::new(vec![Box::new(Toys(Routes::new().server("toy.test", address)))]).unwrap()
}

async fn served() -> WebProvider {
    let slow = || async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        "late"
    };
    let router = Router::new()
        .route("/", on_get(|| async { Html("<a href=/seven>Seven</a>") }))
        .route("/seven", on_get(|| async { "seven" }))
        .route("/slow", on_get(slow));
    provider(serve(router).await)
}

#[tokio::test]
async fn a_task_is_worked_on_graded_and_begun_anew() {
    let provider = served().await;
    let mut env = provider.open(&task("toy", BrowserKind::Text)).await.unwrap();
    assert_eq!(env.state().await.unwrap(), turnwise_core::WorkspaceState::default());
    assert!(!env.grade().await.unwrap().solved());

    let bad = env.execute("ls -la").await.unwrap();
    assert_eq!((bad.exit_code, bad.timed_out), (Some(1), false));
    assert!(bad.output.starts_with("error: there is no command `ls`"));
    let wrong = env.execute("click 9").await.unwrap();
    assert_eq!(
        (wrong.output.as_str(), wrong.exit_code),
        ("error: there is no [9] on this page: its numbers are 1 to 1", Some(1))
    );
    let seven = env.execute("click 1").await.unwrap();
    assert_eq!(
        (seven.output.as_str(), seven.exit_code),
        ("(no title)\nhttp://toy.test/seven\nseven", Some(0))
    );
    env.execute("answer 7").await.unwrap();

    let state = env.state().await.unwrap();
    assert_eq!((state.patch_lines, &*state.patch, state.digest.len()), (1, "+answer: 7\n", 64));
    assert_eq!(env.patch().await.unwrap(), "+answer: 7\n");
    assert!(env.grade().await.unwrap().solved());
    env.reset().await.unwrap();
    assert!(!env.grade().await.unwrap().solved());
    assert_eq!(env.state().await.unwrap().digest, "");
    env.close().await.unwrap();
}

#[tokio::test]
async fn the_work_is_the_site_s() {
    let provider = served().await;
    let task = Task { statement: "2 mugs\npaid".to_owned(), ..task("toy", BrowserKind::Text) };
    let mut env = provider.open(&task).await.unwrap();
    let state = env.state().await.unwrap();
    assert_eq!((state.patch_lines, &*state.patch), (2, "+2 mugs\n+paid\n"));
    assert_eq!(state.digest, crate::digest(b"+2 mugs\n+paid\n"));
}

#[tokio::test]
async fn a_command_has_a_time_limit_and_the_next_one_works() {
    let limits = WebLimits { command: Duration::from_millis(300), fetch: FetchLimits::default() };
    let provider = served().await.with_limits(limits);
    let mut env = provider.open(&task("toy", BrowserKind::Text)).await.unwrap();
    env.execute("scroll up").await.unwrap();
    let slow = env.execute("open /slow").await.unwrap();
    assert_eq!((slow.exit_code, slow.timed_out), (None, true));
    assert_eq!(slow.output, "error: the command took longer than 300ms");
    assert_eq!(env.execute("click 1").await.unwrap().exit_code, Some(0));
}

#[tokio::test]
async fn a_dead_site_ends_the_attempt() {
    let provider = provider(dead_address().await);
    let mut env = provider.open(&task("toy", BrowserKind::Text)).await.unwrap();
    let error = env.execute("scroll up").await.unwrap_err();
    let EnvError::Pages { task, source } = error else { panic!("{error:?}") };
    assert!(task == "t-1" && source.to_string().contains("`toy.test` does not answer"), "{source}");
}

#[tokio::test]
async fn tasks_that_cannot_be_opened_say_why() {
    let provider = served().await;
    let cases = [
        (task("shop", BrowserKind::Text), "there is no kind of site `shop`; known are: toy"),
        (task("toy", BrowserKind::Chromium), "there is no browser `chromium` in this run; there are: text"),
        (Task { id: "t-1".to_owned(), ..Task::default() }, "the task has no pages"),
    ];
    for (task, why) in cases {
        let Err(EnvError::Pages { source, .. }) = provider.open(&task).await else { panic!("{why}") };
        assert!(source.to_string().starts_with(why) && source.is::<WebError>(), "{source}");
    }
    assert!(provider.has_browser(BrowserKind::Text) && !provider.has_browser(BrowserKind::Chromium));
    let protection = provider.protection();
    assert_eq!(protection.kind, "web");
    assert!(protection.facts.contains(&("network".to_owned(), "task hosts only".to_owned())));
}
