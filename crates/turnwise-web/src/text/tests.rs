//! The text browser on a small shop of a real server: what an agent sees after each command.

use axum::Router;
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::{get as on_get, post};

use super::TextBrowser;
use crate::act::Act;
use crate::browser::BrowserError;
use crate::page::Limits;
use crate::testing::{dead_address, serve, shop};

const HOME: &str = "<title>Shop</title><h1>Mugs</h1><a href=/mug>Blue mug</a><form action=/search><label>Search <input name=q></label>\
    <label>Size <select name=s><option>M<option value=big>L<option disabled>XL</select></label>\
    <label><input type=checkbox name=gift> Gift</label><label><input type=radio name=r value=1 checked>One</label>\
    <label><input type=radio name=r value=2>Two</label><button>Go</button><button type=reset>Clear</button></form>\
    <button type=button>Menu</button><a href='javascript:x()'>Script</a><a href=#end>End</a><button disabled>Off</button>\
    <input type=file aria-label=Photo><p id=end>the end";

const MUG: &str = "<title>Blue mug</title><p>9.50<form method=post action=/basket><input type=hidden name=id value=7>\
    <input name=n value=1 required aria-label=Number><button>Add to basket</button></form>";

async fn browser() -> TextBrowser {
    let search =
        |uri: Uri| async move { Html(format!("<title>Found</title>{}", uri.query().unwrap_or_default())) };
    let basket = |body: String| async move {
        let cookie = [(header::SET_COOKIE, format!("basket={body}").replace('&', "-"))];
        (cookie, Redirect::to("/basket")).into_response()
    };
    let shown = |headers: axum::http::HeaderMap| async move {
        Html(format!(
            "<title>Basket</title>{}",
            headers.get(header::COOKIE).map_or("", |it| it.to_str().unwrap())
        ))
    };
    let router = Router::new()
        .route("/", on_get(|| async { Html(HOME) }))
        .route("/mug", on_get(|| async { Html(MUG) }))
        .route("/search", on_get(search))
        .route("/basket", post(basket).get(shown))
        .route(
            "/long",
            on_get(|| async { Html((1..100).map(|n| format!("<p>line {n}")).collect::<String>()) }),
        )
        .route(
            "/large",
            on_get(|| async { Html(format!("<select>{}</select>", "<option>x".repeat(40_000))) }),
        )
        .route("/pdf", on_get(|| async { ([(header::CONTENT_TYPE, "application/pdf")], "%PDF") }))
        .route("/json", on_get(|| async { ([(header::CONTENT_TYPE, "application/json")], "{\"a\":1}") }))
        .route("/broken", on_get(|| async { (StatusCode::INTERNAL_SERVER_ERROR, Html("<p>sorry")) }));
    TextBrowser::new(shop(serve(router).await), Limits { lines: 20, characters: 200 }, "http://shop.test/")
}

async fn does(browser: &mut TextBrowser, command: &str) -> String {
    let shown = browser.act(&Act::parse(command).unwrap()).await.unwrap();
    assert!(shown.ok, "{command}: {}", shown.text);
    shown.text
}

async fn fails(browser: &mut TextBrowser, command: &str) -> String {
    let before = browser.page().map(|page| (page.url.clone(), page.lines.clone()));
    let shown = browser.act(&Act::parse(command).unwrap()).await.unwrap();
    assert!(!shown.ok && shown.text.starts_with("error: "), "{command}: {}", shown.text);
    let after = browser.page().map(|page| (page.url.clone(), page.lines.clone()));
    assert!(before.is_none() || before == after, "{command} changed the page");
    shown.text
}

#[tokio::test]
async fn an_order_is_placed() {
    let mut browser = browser().await;
    assert!(browser.page().is_none());
    let home = does(&mut browser, "open /").await;
    let lines = "Shop\nhttp://shop.test/\n# Mugs\n[1] Blue mug\n[2] (field) Search = \"\" [3] (list) Size = M; M, L \
        [4] (box) Gift = off [5] (radio) One = on [6] (radio) Two = off [7] (button) Go [8] (button) Clear\n\
        [9] (button) Menu [10] Script [11] End [12] (button, disabled) Off [13] (file) Photo\nthe end";
    assert_eq!(home, lines);
    assert!(
        does(&mut browser, "click 1")
            .await
            .starts_with("Blue mug\nhttp://shop.test/mug\n9.50\n[1] (field) Number")
    );
    assert!(fails(&mut browser, "type 2 x").await.contains("[2] is a button; try: click 2"));
    let typed = does(&mut browser, "type 1 3").await;
    assert_eq!(
        typed,
        "Blue mug\nhttp://shop.test/mug\n[1] (field) Number = \"3\" [2] (button) Add to basket"
    );
    does(&mut browser, "type 1 \"\"").await;
    assert!(fails(&mut browser, "submit 1").await.contains("[1] Number has to be filled in first"));
    does(&mut browser, "type 1 3").await;
    assert_eq!(does(&mut browser, "click 2").await, "Basket\nhttp://shop.test/basket\nbasket=id=7-n=3");
    assert!(does(&mut browser, "back").await.contains("[1] (field) Number = \"3\""));
    assert!(does(&mut browser, "back").await.starts_with("Shop\n"));
    assert!(fails(&mut browser, "back").await.contains("no page before"));
    assert_eq!(does(&mut browser, "answer \"9.50\"").await, "the answer is: 9.50");
    does(&mut browser, "answer 9.60").await;
    assert_eq!(browser.answer(), Some("9.60"));
    assert_eq!(does(&mut browser, "echo DONE").await, "DONE");
}

#[tokio::test]
async fn a_form_is_filled_in() {
    let mut browser = browser().await;
    let ticked = does(&mut browser, "click 4").await;
    assert!(ticked.contains("Gift = on") && ticked.lines().count() == 3, "{ticked}");
    assert!(does(&mut browser, "click 6").await.contains("One = off [6] (radio) Two = on"));
    assert!(does(&mut browser, "click 6").await.contains("Two = on"));
    assert!(does(&mut browser, "select 3 l").await.contains("Size = L; M, L"));
    does(&mut browser, "type 2 a&b ü").await;
    let found = does(&mut browser, "click 7").await;
    assert!(found.ends_with("\nq=a%26b+%C3%BC&s=big&gift=on&r=2"), "{found}");
    does(&mut browser, "back").await;
    assert!(
        does(&mut browser, "click 8")
            .await
            .contains("Search = \"\" [3] (list) Size = M; M, L [4] (box) Gift = off")
    );
    assert!(does(&mut browser, "submit 2").await.ends_with("\nq=&s=M&r=1"));
}

#[tokio::test]
async fn what_does_not_work_says_what_would() {
    let mut browser = browser().await;
    does(&mut browser, "scroll up").await;
    let cases = [
        ("click 99", "there is no [99] on this page: its numbers are 1 to 13"),
        ("click 0", "there is no [0]"),
        ("click 2", "[2] is a field; try: type 2 \"TEXT\""),
        ("click 3", "[3] is a list; try: select 3 \"OPTION\""),
        ("click 9", "needs scripts"),
        ("click 10", "needs scripts"),
        ("click 12", "[12] cannot be used: it is disabled"),
        ("click 13", "takes a file"),
        ("type 13 x", "takes a file"),
        ("type 1 x", "[1] is a link; try: click 1"),
        ("type 3 x", "try: select 3"),
        ("select 2 x", "[2] is a field; try: type 2 \"TEXT\""),
        ("select 3 XL", "[3] has no option \"XL\"; its options are: M, L"),
        ("submit 1", "[1] belongs to no form"),
        ("find nothing", "no line of the page holds \"nothing\""),
        ("open http://evil.test/", "is not one of this task's (shop.test)"),
        ("open file:///etc/passwd", "only http and https are"),
        ("open http://", "is not a URL"),
        ("open /pdf", "its content is `application/pdf`, not a text"),
    ];
    for (command, why) in cases {
        let said = fails(&mut browser, command).await;
        assert!(said.contains(why), "{command}: {said}");
    }
    does(&mut browser, "open /json").await;
    assert!(fails(&mut browser, "click 1").await.contains("nothing on this page has a number"));
}

#[tokio::test]
async fn long_pages_scroll_and_errors_are_pages() {
    let mut browser = browser().await;
    assert!(
        does(&mut browser, "open shop.test/long")
            .await
            .ends_with("line 20\n(lines 1-20 of 99; scroll down for more)")
    );
    assert!(does(&mut browser, "scroll down").await.contains("/long\nline 21\n"));
    assert!(does(&mut browser, "find \"LINE 50\"").await.ends_with("(1 line holds the text)\nline 50"));
    assert!(does(&mut browser, "scroll up").await.contains("/long\nline 1\n"));
    does(&mut browser, "open /large").await;
    let selected = does(&mut browser, "select 1 x").await;
    assert!(selected.chars().count() < 20 * 202 && selected.ends_with('…'), "{selected}");
    assert!(fails(&mut browser, "select 1 y").await.ends_with("x, x and 39900 more"));
    let missing = does(&mut browser, "open /nowhere").await;
    assert_eq!(missing, "(no title)\nhttp://shop.test/nowhere (status 404)\n(the page is empty)");
    assert!(
        does(&mut browser, "open /broken").await.ends_with("http://shop.test/broken (status 500)\nsorry")
    );
    assert!(does(&mut browser, "open /json").await.ends_with("{\n  \"a\": 1\n}"));
    does(&mut browser, "open /").await;
    let end = does(&mut browser, "click 11").await;
    assert!(end.starts_with("Shop\nhttp://shop.test/\n"), "{end}");
}

#[tokio::test]
async fn a_browser_needs_a_page_and_a_living_site() {
    let mut without = TextBrowser::new(shop(dead_address().await), Limits::default(), "");
    assert!(fails(&mut without, "click 1").await.contains("no page is open; open one first"));
    assert!(fails(&mut without, "open /path").await.contains("is not a URL"));
    let error = without.act(&Act::Open("http://shop.test/".to_owned())).await.unwrap_err();
    assert!(matches!(error, BrowserError::Fetch(_)), "{error:?}");
    assert!(error.to_string().contains("the task's own site `shop.test` does not answer"), "{error}");
}
