//! Recordings: the same bytes again, and what is said of files that are none.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::http::header;
use axum::routing::{any, get as on_get};
use proptest::prelude::{Strategy, any as anything, prop_assert_eq, proptest};

use super::{Key, Tape, TapeError, har};
use crate::fetch::{Access, Fault, FetchError, Fetcher, Method, Network, Refusal, Request, Response};
use crate::testing::{dead_address, get, outside, quick, serve};

fn taped(address: std::net::SocketAddr, tape: Tape) -> Fetcher {
    outside(address).with_tape(Arc::new(tape))
}

async fn server() -> std::net::SocketAddr {
    let times = Arc::new(AtomicU64::new(0));
    let count = move || async move { times.fetch_add(1, Ordering::Relaxed).to_string() };
    let bytes =
        || async { ([(header::CONTENT_TYPE, "text/html; charset=latin1")], b"\xff\x00\xfe".to_vec()) };
    let router = Router::new()
        .route("/count", any(count))
        .route("/bytes", on_get(bytes))
        .route("/echo", any(|body: String| async move { body }));
    serve(router).await
}

async fn visit(fetcher: &Fetcher, address: std::net::SocketAddr) -> Vec<Result<Response, String>> {
    let post = |body: &str| Request {
        method: Method::POST,
        body: body.into(),
        ..get(&format!("http://{address}/echo"))
    };
    let requests = [
        get(&format!("http://{address}/count")),
        get(&format!("http://{address}/count#part")),
        get(&format!("http://{address}/bytes")),
        get(&format!("http://{address}/gone")),
        post("a=1"),
        post("a=2"),
    ];
    let mut seen = Vec::new();
    for request in requests {
        seen.push(fetcher.fetch(request).await.map_err(|error| error.to_string()));
    }
    seen
}

#[tokio::test]
async fn a_run_repeats_without_its_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pages.har");
    let address = server().await;
    let first = visit(&taped(address, Tape::record(&path).unwrap()), address).await;
    let bodies: Vec<&[u8]> = first.iter().map(|it| it.as_ref().unwrap().body.as_slice()).collect();
    assert_eq!(bodies, [&b"0"[..], b"1", b"\xff\x00\xfe", b"", b"a=1", b"a=2"]);
    let file = std::fs::read(&path).unwrap();

    // Another trial while recording, and one after an interruption, see the same, and add nothing.
    let again = visit(&taped(address, Tape::record(&path).unwrap()), address).await;
    assert_eq!(again, first);
    assert_eq!(std::fs::read(&path).unwrap(), file);

    let dead = taped(address, Tape::replay(&path).unwrap());
    assert_eq!(visit(&dead, address).await, first);
    // A third time was never recorded: the last response stands for it.
    assert_eq!(dead.fetch(get(&format!("http://{address}/count"))).await.unwrap().body, b"1");
    dead.forget();
    assert_eq!(visit(&dead, address).await, first);

    let missing = dead.fetch(get(&format!("http://{address}/new"))).await.unwrap_err();
    let FetchError::Fault(Fault::Tape(TapeError::Missing { .. })) = &missing else { panic!("{missing:?}") };
    let text = missing.to_string();
    assert!(
        text.contains(&format!("GET http://{address}/new is not in the recording"))
            && text.contains("pages.har")
    );
}

#[tokio::test]
async fn refusals_are_recorded_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pages.har");
    let dead = dead_address().await;
    let mut texts = Vec::new();
    for opened in [Tape::record, Tape::replay] {
        let tape = opened(&path).unwrap();
        let error = taped(dead, tape).fetch(get(&format!("http://{dead}/"))).await.unwrap_err();
        assert!(matches!(error, FetchError::Refused(Refusal::NoAnswer { .. })), "{error:?}");
        texts.push(error.to_string());
    }
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test]
async fn what_one_task_may_not_reach_another_may() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pages.har");
    let address = server().await;
    let hosts = vec![address.to_string().parse().unwrap()];
    let barred = |tape: Arc<Tape>| {
        let access = Access { hosts: hosts.clone(), ..Access::default() };
        Fetcher::new(&Network::new().unwrap(), access, quick()).with_tape(tape)
    };
    for opened in [Tape::record, Tape::replay] {
        let tape = Arc::new(opened(&path).unwrap());
        for _ in 0..2 {
            let url = format!("http://{address}/count");
            let error = barred(Arc::clone(&tape)).fetch(get(&url)).await.unwrap_err();
            assert!(matches!(error, FetchError::Refused(Refusal::PrivateAddress { .. })), "{error:?}");
            let free = outside(address).with_tape(Arc::clone(&tape));
            assert_eq!(free.fetch(get(&url)).await.unwrap().body, b"0");
        }
    }
    // A recording of another program's says nothing of permissions: what it has serves any task.
    let plain = std::fs::read_to_string(&path)
        .unwrap()
        .replace(",\"_private\":true", "")
        .replace("_refusal", "_none");
    std::fs::write(&path, plain).unwrap();
    let free = taped(address, Tape::replay(&path).unwrap());
    assert!(free.fetch(get(&format!("http://{address}/count"))).await.is_ok());
}

#[test]
fn files_that_are_no_recordings_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.har");
    let whole = format!("{}{}", har::start().trim_end_matches(har::END), har::END);
    let broken = |path: &Path| match Tape::replay(path) {
        Err(error @ TapeError::Broken { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let entry = |url: &str, content: &str| {
        format!(
            "{{\"log\":{{\"entries\":[{{\"request\":{{\"method\":\"GET\",\"url\":\"{url}\"}},\"response\":{{\"status\":200,\"headers\":[],\"content\":{content}}}}}]}}}}"
        )
    };
    let cases = [
        (whole[..whole.len() - 5].to_owned(), "EOF while parsing"),
        (String::new(), "EOF while parsing"),
        ("<html>".to_owned(), "expected value at line 1"),
        ("{\"a\":1}".to_owned(), "missing field `log`"),
        ("[1]".to_owned(), "invalid"),
        (entry("nonsense", "{}"), "entry 1: its URL"),
        (entry("http://x.test/", "{\"text\":\"?\",\"encoding\":\"base64\"}"), "entry 1: its content"),
        (entry("http://x.test/", "{\"text\":\"?\",\"encoding\":\"rot13\"}"), "encoded as `rot13`"),
    ];
    for (text, why) in cases {
        std::fs::write(&path, &text).unwrap();
        let said = broken(&path);
        assert!(said.contains("x.har is not a whole recording") && said.contains(why), "{text}: {said}");
        assert!(matches!(Tape::record(&path), Err(TapeError::Broken { .. })));
    }
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(Tape::replay(&path), Err(TapeError::File { .. })));
}

#[test]
fn recordings_of_browsers_are_played() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.har");
    let text = r#"{"log":{"version":"1.2","pages":[],"entries":[{"request":{"method":"POST","url":"http://x.test/a#b","postData":{"mimeType":"x","text":"q=1"}},
        "response":{"status":200,"headers":[{"name":"Content-Type","value":"text/html"},{"name":"Content-Encoding","value":"br"}],"content":{"size":2,"text":"aGk=","encoding":"base64"}}}]}}"#;
    std::fs::write(&path, text).unwrap();
    let tape = Tape::replay(&path).unwrap();
    let request = Request { method: Method::POST, body: b"q=1".to_vec(), ..get("http://x.test/a") };
    let key = Key::new(&request.method, &request.url, &crate::digest(&request.body), false);
    let response = tape.find(&key, 0, &request).unwrap().unwrap().unwrap();
    assert_eq!((response.body.as_slice(), response.headers.len()), (&b"hi"[..], 1));
    let added = Tape::record(&path).unwrap_err().to_string();
    assert!(added.contains("another program wrote it"), "{added}");
}

fn responses() -> impl Strategy<Value = Response> {
    let headers = proptest::collection::vec(("[a-z]{1,8}", "[ -~]{0,20}"), 0..4);
    (100_u16..600, headers, anything::<Vec<u8>>()).prop_map(|(status, headers, body)| Response {
        status,
        url: "http://x.test/a".parse().unwrap(),
        headers,
        body,
    })
}

proptest! {
    #[test]
    fn every_entry_reads_back(response in responses(), sent in anything::<Vec<u8>>(), is_private in anything::<bool>()) {
        let request = Request { method: Method::POST, body: sent, ..get("http://x.test/a") };
        let entry = har::written(&request, is_private, &Ok(response.clone()));
        prop_assert_eq!(entry.lines().count(), 1);
        let file = har::start().replace(har::END, &format!("\n{entry}{}", har::END));
        let entries = har::entries(file.as_bytes()).unwrap();
        let hash = if request.body.is_empty() { String::new() } else { crate::digest(&request.body) };
        prop_assert_eq!(&entries[&Key::new(&request.method, &request.url, &hash, is_private)], &vec![Ok(response)]);
    }

    #[test]
    fn no_file_breaks_the_reader(bytes in anything::<Vec<u8>>(), cut in 0_usize..2000) {
        let _read = har::entries(&bytes);
        let request = get("http://x.test/a");
        let response = Response { status: 200, url: request.url.clone(), headers: Vec::new(), body: bytes };
        let file = har::start().replace(har::END, &format!("\n{}{}", har::written(&request, false, &Ok(response)), har::END));
        let file = file.as_bytes();
        prop_assert_eq!(har::entries(&file[..cut.min(file.len() - 2)]).is_err(), true);
    }
}
