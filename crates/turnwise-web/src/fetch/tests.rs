//! Fetching from real sockets: what is let through, what is refused, and whose fault it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{any, get as on_get};

use super::{
    Access, Document, Fault, FetchError, Fetcher, Method, Network, Refusal, Request, Response, Routes,
};
use crate::testing::{dead_address, get, outside, quick, serve, shop};

fn refusal(result: Result<Response, FetchError>) -> Refusal {
    match result {
        Err(FetchError::Refused(refusal)) => refusal,
        other => panic!("no refusal: {other:?}"),
    }
}

fn body(response: &Response) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}

#[tokio::test]
async fn a_route_hides_its_port() {
    let seen = |headers: HeaderMap, uri: Uri| async move { format!("{:?} {uri}", headers[header::HOST]) };
    let fetcher = shop(serve(Router::new().fallback(seen)).await);
    let response = fetcher.fetch(get("http://Shop.test./a%20b?c=d#e")).await.unwrap();
    assert_eq!(body(&response), "\"shop.test.\" /a%20b?c=d");
    assert_eq!(response.url.as_str(), "http://shop.test./a%20b?c=d#e");
}

#[tokio::test]
async fn a_dead_site_is_the_harness_fault_and_a_dead_host_is_not() {
    let dead = dead_address().await;
    let error = shop(dead).fetch(get("http://shop.test/")).await.unwrap_err();
    assert!(matches!(error, FetchError::Fault(Fault::SiteGone { .. })), "{error:?}");
    let refused = refusal(outside(dead).fetch(get(&format!("http://{dead}/"))).await);
    assert!(matches!(&refused, Refusal::NoAnswer { host, .. } if *host == dead.to_string()), "{refused}");
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_that_address_is_used() {
    let address = serve(Router::new().fallback(|| async { "page" })).await;
    let name = format!("localhost:{}", address.port());
    let access = Access { private: vec![name.parse().unwrap()], ..Access::default() };
    let fetcher = Fetcher::new(&Network::new().unwrap(), access, quick());
    assert_eq!(body(&fetcher.fetch(get(&format!("http://{name}/"))).await.unwrap()), "page");
    let access = Access { hosts: vec!["nothing.invalid".parse().unwrap()], ..Access::default() };
    let fetcher = Fetcher::new(&Network::new().unwrap(), access, quick());
    let refused = refusal(fetcher.fetch(get("https://nothing.invalid/")).await);
    assert!(matches!(refused, Refusal::NoAnswer { .. } | Refusal::TooSlow { .. }), "{refused}");
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_secs(60)).await;
    "late"
}

#[tokio::test]
async fn slow_pages_end_at_the_limit() {
    let address = serve(Router::new().route("/", on_get(slow))).await;
    let began = Instant::now();
    let error = shop(address).fetch(get("http://shop.test/")).await.unwrap_err();
    assert!(matches!(error, FetchError::Fault(Fault::SiteSlow { .. })), "{error:?}");
    let refused = refusal(outside(address).fetch(get(&format!("http://{address}/"))).await);
    assert!(matches!(refused, Refusal::TooSlow { .. }), "{refused}");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn what_a_task_does_not_name_is_refused() {
    let address = serve(Router::new().route("/", on_get(|| async { "secret" }))).await;
    let port = address.port();
    let hosts = ["example.org".to_owned(), format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let hosts = hosts.iter().map(|host| host.parse().unwrap()).collect();
    let access = Access { routes: Routes::new().server("shop.test", address), hosts, private: Vec::new() };
    let fetcher = Fetcher::new(&Network::new().unwrap(), access, quick());
    let cases = [
        ("file:///etc/passwd".to_owned(), "is not a URL that can be opened"),
        ("ftp://example.org/".to_owned(), "is not a URL that can be opened"),
        ("data:text/html,x".to_owned(), "is not a URL that can be opened"),
        (
            "http://evil.test/".to_owned(),
            "the host `evil.test` is not one of this task's (shop.test, example.org,",
        ),
        ("http://shop.test@evil.test/".to_owned(), "the host `evil.test` is not"),
        ("http://example.org:8080/".to_owned(), "the host `example.org:8080` is not"),
        (format!("http://[::1]:{port}/"), "is not one of this task's"),
        (format!("http://shop.test:{port}/"), "does not answer: it is only at http://shop.test/"),
        ("https://shop.test/".to_owned(), "does not answer"),
        (format!("http://127.0.0.1:{port}/"), "has a private address"),
        (format!("http://0x7f000001:{port}/"), "has a private address"),
        (format!("http://localhost:{port}/"), "the host `localhost` has a private address"),
    ];
    for (url, why) in cases {
        let refused = refusal(fetcher.fetch(get(&url)).await).to_string();
        assert!(refused.contains(why), "{url}: {refused}");
    }
}

#[tokio::test]
async fn every_hop_of_a_redirect_is_checked() {
    let private = serve(Router::new().fallback(|| async { "secret" })).await;
    let to_private = format!("http://{private}/");
    let router = Router::new()
        .route("/loop", on_get(|| async { Redirect::to("/pool") }))
        .route("/pool", on_get(|| async { Redirect::to("/loop") }))
        .route("/evil", on_get(|| async { Redirect::to("http://evil.test/") }))
        .route("/file", on_get(|| async { Redirect::to("file:///etc/passwd") }))
        .route("/private", on_get(|| async move { Redirect::to(&to_private) }))
        .route("/fine", on_get(|| async { Redirect::temporary("../end?a=b") }))
        .route("/end", any(|method: Method, body: String| async move { format!("{method} {body}") }))
        .route("/posted", any(|| async { Redirect::to("/end") }))
        .route("/kept", any(|| async { Redirect::temporary("/end") }));
    let access = Access {
        routes: Routes::new().server("shop.test", serve(router).await),
        hosts: vec![private.to_string().parse().unwrap()],
        private: Vec::new(),
    };
    let fetcher = Fetcher::new(&Network::new().unwrap(), access, quick());
    let cases = [
        ("loop", "leads from one redirect to the next"),
        ("evil", "`evil.test` is not one of"),
        ("file", "`file:///etc/passwd` is not a URL"),
        ("private", "has a private address"),
    ];
    for (path, why) in cases {
        let refused = refusal(fetcher.fetch(get(&format!("http://shop.test/{path}"))).await).to_string();
        assert!(refused.contains(why), "{path}: {refused}");
    }
    let response = fetcher.fetch(get("http://shop.test/fine#x")).await.unwrap();
    assert_eq!((body(&response), response.url.as_str()), ("GET ", "http://shop.test/end?a=b#x"));
    for (path, sent) in [("posted", "GET "), ("kept", "POST a=1")] {
        let mut request = get(&format!("http://shop.test/{path}"));
        (request.method, request.body) = (Method::POST, b"a=1".to_vec());
        assert_eq!(body(&fetcher.fetch(request).await.unwrap()), sent);
    }
    let once = fetcher.fetch_once(&get("http://shop.test/evil")).await.unwrap();
    assert_eq!((once.status, once.header("location")), (303, Some("http://evil.test/")));
}

#[tokio::test]
async fn a_page_of_100_megabytes_is_cut_off_as_it_comes() {
    let sent = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&sent);
    let endless = move || async move {
        let parts = (0..1600).map(move |_| {
            counter.fetch_add(1 << 16, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 1 << 16]))
        });
        ([(header::CONTENT_TYPE, "text/html")], Body::from_stream(futures_util::stream::iter(parts)))
    };
    let whole = || async { ([(header::CONTENT_TYPE, "text/html")], vec![b'x'; 6_000_000]) };
    let router = Router::new().route("/endless", on_get(endless)).route("/whole", on_get(whole));
    let fetcher = shop(serve(router).await);
    let began = Instant::now();
    for path in ["endless", "whole"] {
        let refused = refusal(fetcher.fetch(get(&format!("http://shop.test/{path}"))).await);
        assert!(matches!(refused, Refusal::TooLarge { limit: 5_000_000, .. }), "{refused}");
    }
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    // What is beyond the limit is only what the sockets hold.
    assert!(sent.load(Ordering::Relaxed) < 30_000_000, "{}", sent.load(Ordering::Relaxed));
}

#[tokio::test]
async fn errors_of_servers_are_pages() {
    let router =
        Router::new().route("/broken", on_get(|| async { (StatusCode::INTERNAL_SERVER_ERROR, "oh") }));
    let fetcher = shop(serve(router).await);
    let broken = fetcher.fetch(get("http://shop.test/broken")).await.unwrap();
    assert_eq!((broken.status, body(&broken)), (500, "oh"));
    assert_eq!(fetcher.fetch(get("http://shop.test/gone")).await.unwrap().status, 404);
}

#[tokio::test]
async fn cookies_are_kept_for_one_trial() {
    let shown = |headers: HeaderMap| async move {
        headers.get(header::COOKIE).map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let set = || async {
        let set = |value: &'static str| (header::SET_COOKIE, value);
        let headers =
            [set("id=7; Path=/"), set("b=2; Path=/shown"), set("gone=1; Max-Age=0"), set("a=1; Path=/")];
        (axum::response::AppendHeaders(headers), Redirect::to("/shown")).into_response()
    };
    let router = Router::new().route("/set", on_get(set)).fallback(shown);
    let address = serve(router).await;
    let fetcher = shop(address);
    assert_eq!(body(&fetcher.fetch(get("http://shop.test/set")).await.unwrap()), "b=2; a=1; id=7");
    assert_eq!(body(&fetcher.fetch(get("http://shop.test/x")).await.unwrap()), "a=1; id=7");
    assert_eq!(body(&fetcher.fetch_once(&get("http://shop.test/x")).await.unwrap()), "");
    assert_eq!(body(&shop(address).fetch(get("http://shop.test/x")).await.unwrap()), "");
    fetcher.forget();
    assert_eq!(body(&fetcher.fetch(get("http://shop.test/x")).await.unwrap()), "");
}

#[tokio::test]
async fn robots_are_asked_once_and_obeyed() {
    let asked = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&asked);
    let robots = move || async move {
        counter.fetch_add(1, Ordering::Relaxed);
        "User-agent: *\nDisallow: /private\n"
    };
    let router = Router::new().route("/robots.txt", on_get(robots)).fallback(|| async { "page" });
    let address = serve(router).await;
    let fetcher = outside(address);
    for path in ["", "a", "b?c"] {
        assert_eq!(body(&fetcher.fetch(get(&format!("http://{address}/{path}"))).await.unwrap()), "page");
    }
    let refused = refusal(fetcher.fetch(get(&format!("http://{address}/private/x"))).await);
    assert!(refused.to_string().ends_with("the site's robots.txt asks programs not to"), "{refused}");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(body(&shop(address).fetch(get("http://shop.test/private/x")).await.unwrap()), "page");

    let failing = Router::new().fallback(|| async { StatusCode::SERVICE_UNAVAILABLE });
    let address = serve(failing).await;
    let refused = refusal(outside(address).fetch(get(&format!("http://{address}/"))).await);
    assert!(refused.to_string().contains("could not be read (status 503)"), "{refused}");
}

#[tokio::test]
async fn a_folder_is_a_host() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    std::fs::create_dir(folder.path().join("a b")).unwrap();
    std::fs::write(folder.path().join("index.html"), "home").unwrap();
    std::fs::write(folder.path().join("a b/index.html"), "inner").unwrap();
    std::fs::write(folder.path().join("a b/x.js"), "x()").unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
    let access = Access { routes: Routes::new().folder("files.test", folder.path()), ..Access::default() };
    let fetcher = Fetcher::new(&Network::new().unwrap(), access, quick());
    let cases = [
        ("", 200, "home", "text/html"),
        ("?q=1", 200, "home", "text/html"),
        ("a%20b", 200, "inner", "text/html"),
        ("a%20b/x.js", 200, "x()", "text/javascript"),
        ("nothing", 404, "There is no such page.", "text/plain"),
        ("index.html/x", 404, "There is no such page.", "text/plain"),
        ("..%2f..%2fetc%2fpasswd", 404, "There is no such page.", "text/plain"),
        ("%2e%2e/%2e%2e/etc/passwd", 404, "There is no such page.", "text/plain"),
        ("link", 404, "There is no such page.", "text/plain"),
    ];
    for (path, status, text, kind) in cases {
        let response = fetcher.fetch(get(&format!("http://files.test/{path}"))).await.unwrap();
        assert_eq!(
            (response.status, body(&response), response.content_type().as_str()),
            (status, text, kind),
            "{path}"
        );
    }
    let mut request = get("http://files.test/");
    request.method = Method::POST;
    assert_eq!(fetcher.fetch(request).await.unwrap().status, 405);
}

fn response(content_type: &str, body: &[u8]) -> Response {
    let mut headers = vec![("content-type".to_owned(), content_type.to_owned())];
    headers.retain(|(_, value)| !value.is_empty());
    Response {
        status: 200,
        url: Request::get("http://x.test/".parse().unwrap()).url,
        headers,
        body: body.to_vec(),
    }
}

#[test]
fn texts_are_read_in_the_character_set_that_they_are_in() {
    let html = |text: &str| Ok(Document::Html(text.to_owned()));
    let text = |text: &str| Ok(Document::Text(text.to_owned()));
    let cases: Vec<(&str, &[u8], Result<Document, ()>)> = vec![
        ("text/html; charset=utf-8", "é".as_bytes(), html("é")),
        ("TEXT/HTML; a=b; Charset=\"ISO-8859-1\"", b"\xe9", html("é")),
        ("text/html; charset=latin1", "\u{feff}é".as_bytes(), html("é")),
        ("text/html", b"<meta charset=shift_jis>\x83\x65", html("<meta charset=shift_jis>テ")),
        (
            "text/html; charset=nonsense",
            b"<META http-equiv=Content-Type content='text/html;charset=windows-1251'>\xc4",
            html("<META http-equiv=Content-Type content='text/html;charset=windows-1251'>Д"),
        ),
        (
            "text/html",
            b"<!-- <meta charset=windows-1251> -->\xe9",
            html("<!-- <meta charset=windows-1251> -->é"),
        ),
        ("text/html", b"<meta charset=utf-16>\xc3\xa9", html("<meta charset=utf-16>é")),
        ("text/html", b"\xff\xfeA\x00", html("A")),
        ("text/html; charset=utf-8", b"a\xffb", html("a\u{fffd}b")),
        ("text/html", "é".as_bytes(), html("é")),
        ("text/html", b"\xe9\x80", html("é€")),
        ("", b" <p>", html(" <p>")),
        ("", b"plain", text("plain")),
        ("application/json", b"{\"b\":1,\"a\":[2]}", text("{\n  \"b\": 1,\n  \"a\": [\n    2\n  ]\n}")),
        ("application/ld+json", b"{", text("{")),
        ("text/csv", b"a,b", text("a,b")),
        ("", b"\x00\x01", Err(())),
        ("image/png", b"\x89PNG", Err(())),
        ("application/pdf", b"%PDF", Err(())),
    ];
    for (content_type, bytes, document) in cases {
        let read = response(content_type, bytes).document();
        assert_eq!(read.map_err(drop), document, "{content_type} {bytes:?}");
    }
    let refused = response("application/pdf", b"").document().unwrap_err().to_string();
    assert!(refused.ends_with("its content is `application/pdf`, not a text"), "{refused}");
    let mut packed = response("text/html", b"\x1f\x8b");
    packed.headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
    assert!(packed.document().unwrap_err().to_string().contains("compressed by gzip"));
}
