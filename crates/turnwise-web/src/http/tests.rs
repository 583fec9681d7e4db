//! Tasks on pages of other people: settings, checks, and a run that is repeated without the network.

use axum::Router;
use axum::response::Html;
use turnwise_core::{EnvironmentProvider, Task, WebSetup};

use super::{HttpSite, HttpSites};
use crate::environment::WebProvider;
use crate::site::{Done, Site, Sites};
use crate::testing::serve;

fn checks(answer: &str) -> String {
    format!("{{\"start\":\"http://x.test/\",\"hosts\":[\"x.test\"],\"answer\":{answer}}}")
}

#[tokio::test]
async fn answers_are_checked() {
    let cases = [
        (r#"{"equals":"Blue  Mug"}"#, " blue mug ", true),
        (r#"{"equals":"Blue mug"}"#, "a blue mug", false),
        (r#"{"contains":"blue mug"}"#, "It is the Blue Mug.", true),
        (r#"{"matches":"^\\d{4}$"}"#, " 1984 ", true),
        (r#"{"matches":"^\\d{4}$"}"#, "19845", false),
        (r#"{"number":{"value":1234.5}}"#, "It costs $1,234.50.", true),
        (r#"{"number":{"value":0.3}}"#, "0.30000000000000004", true),
        (r#"{"number":{"value":10,"tolerance":0.5}}"#, "10.5 km", true),
        (r#"{"number":{"value":10,"tolerance":0.5}}"#, "10.6", false),
        (r#"{"number":{"value":-3}}"#, "−3 °C", true),
        (r#"{"number":{"value":3}}"#, "3 or 4", false),
        (r#"{"number":{"value":3}}"#, "three", false),
    ];
    for (settings, answer, passes) in cases {
        let mut site = HttpSite::of_settings(&checks(settings), None).unwrap();
        let done = Done { answer: Some(answer), ..Done::default() };
        let grade = site.grade(done).await.unwrap();
        assert_eq!((grade.tests[0].id.as_str(), grade.solved()), ("answer", passes), "{settings} {answer}");
        assert!(!site.grade(Done::default()).await.unwrap().solved());
    }
}

#[tokio::test]
async fn the_last_page_is_checked_too() {
    let settings =
        r#"{"start":"http://x.test/","hosts":["x.test"],"answer":{"equals":"1"},"url":"/wiki/Mug$"}"#;
    let mut site = HttpSite::of_settings(settings, None).unwrap();
    let done = Done { answer: Some("1"), url: Some("http://x.test/wiki/Mug"), lines: &[] };
    assert!(site.grade(done).await.unwrap().solved());
    let grade = site.grade(Done { url: Some("http://x.test/wiki/Mugs"), ..done }).await.unwrap();
    let outcomes: Vec<(&str, bool)> = grade.tests.iter().map(|it| (it.id.as_str(), it.passed)).collect();
    assert_eq!(outcomes, [("answer", true), ("url", false)]);
}

#[test]
fn settings_that_are_wrong_say_why() {
    let cases = [
        ("", "not valid JSON of its fields"),
        (r#"{"start":"http://x.test/","hosts":["x.test"],"awnser":{"equals":"1"}}"#, "not valid JSON"),
        (
            r#"{"start":"http://x.test/","hosts":["x.test"],"answer":{"equals":"1","contains":"2"}}"#,
            "not valid JSON",
        ),
        (r#"{"start":"http://x.test/","hosts":["x.test"]}"#, "nothing is checked"),
        (r#"{"start":"http://y.test/","hosts":["x.test"],"url":"x"}"#, "add its host there"),
        (r#"{"start":"file:///x","hosts":["x.test"],"url":"x"}"#, "no http URL"),
        (r#"{"start":"http://x.test/","hosts":["http://x.test"],"url":"x"}"#, "`http://x.test` is no host"),
        (r#"{"start":"http://x.test/","hosts":["x.test"],"url":"("}"#, "`url` is no regular expression"),
        (
            r#"{"start":"http://x.test/","hosts":["x.test"],"answer":{"matches":"("}}"#,
            "`answer.matches` is no",
        ),
    ];
    for (settings, why) in cases {
        let Err(error) = HttpSite::of_settings(settings, None) else { panic!("{settings}") };
        assert!(error.to_string().contains(why), "{settings}: {error}");
    }
}

#[tokio::test]
async fn a_run_is_repeated_from_its_recording() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pages.har");
    let address = serve(Router::new().fallback(|| async { Html("<a href=/b>on</a>") })).await;
    let settings = format!(
        "{{\"start\":\"http://{address}/\",\"private\":[\"{address}\"],\"answer\":{{\"equals\":\"on\"}},\"url\":\"/b$\"}}"
    );
    let web = WebSetup { site: "http".to_owned(), settings, ..WebSetup::default() };
    let task = Task { id: "t".to_owned(), web: Some(web), ..Task::default() };
    let mut outputs = Vec::new();
    for opened in [HttpSites::recording, HttpSites::replaying] {
        let sites = opened(&path).unwrap();
        assert_eq!(sites.kind(), "http");
        let provider = WebProvider::new(vec![Box::new(sites)]).unwrap();
        let mut env = provider.open(&task).await.unwrap();
        for command in ["click 1", "back", "click 1", "answer on"] {
            outputs.push(env.execute(command).await.unwrap());
        }
        assert!(env.grade().await.unwrap().solved());
    }
    let (first, second) = outputs.split_at(4);
    assert_eq!(first, second);
}
