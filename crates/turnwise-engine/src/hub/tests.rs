//! The hub imitated on this machine: its list of files, its files with and without ranges, and its refusals.

use std::{
    fs,
    future::ready,
    io,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path as UrlPath, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{Hub, HubError, HubSpec, Unwatched, Watch};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A repository: its files, and how much of a file one connection brings.
struct Repo {
    files: Vec<(&'static str, Vec<u8>)>,
    piece: usize,
    /// Whether the last byte of the weights is wrong.
    damaged: bool,
    /// Range and key of each request for a file.
    asked: Mutex<Vec<(String, String, String)>>,
}

struct Place {
    repo: Arc<Repo>,
    hub: Hub,
    _cache: TempDir,
    server: JoinHandle<()>,
}

fn repo() -> Repo {
    let files = vec![
        ("README.md", b"not needed".to_vec()),
        ("config.json", b"{}".to_vec()),
        ("tokenizer.json", b"{\"model\": 1}".to_vec()),
        ("tokenizer_config.json", b"{\"eos_token\": 1}".to_vec()),
        ("model.safetensors", (0..=255).cycle().take(10_000).collect()),
    ];
    Repo { files, piece: usize::MAX, damaged: false, asked: Mutex::default() }
}

async fn place(repo: Repo) -> Place {
    let repo = Arc::new(repo);
    let app = Router::new()
        .route("/api/models/org/name/revision/{revision}", get(list))
        .route("/org/name/resolve/{commit}/{*file}", get(file))
        .with_state(Arc::clone(&repo));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub {
        endpoint: format!("http://{address}"),
        cache: cache.path().join("hub"),
        token: Some("hf_secret".into()),
        offline: false,
    };
    Place { repo, hub, _cache: cache, server }
}

async fn list(State(repo): State<Arc<Repo>>, UrlPath(revision): UrlPath<String>) -> Response {
    if !["main", COMMIT].contains(&&*revision) {
        return (StatusCode::NOT_FOUND, Json(json!({ "error": "Invalid rev id" }))).into_response();
    }
    let files: Vec<Value> = repo
        .files
        .iter()
        .map(|(name, bytes)| {
            let sha: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            let mut entry = json!({ "rfilename": name, "size": bytes.len(), "blobId": &sha[..40] });
            if name.ends_with("safetensors") {
                entry["lfs"] = json!({ "sha256": sha, "size": bytes.len() });
            }
            entry
        })
        .collect();
    Json(json!({ "sha": COMMIT, "siblings": files })).into_response()
}

async fn file(
    State(repo): State<Arc<Repo>>,
    UrlPath((commit, name)): UrlPath<(String, String)>,
    headers: HeaderMap,
) -> Response {
    assert_eq!(commit, COMMIT);
    let text =
        |header: header::HeaderName| headers.get(header).map_or("", |it| it.to_str().unwrap()).to_owned();
    let range = text(header::RANGE);
    repo.asked.lock().unwrap().push((name.clone(), range.clone(), text(header::AUTHORIZATION)));
    let mut bytes = repo.files.iter().find(|(file, _)| **file == *name).unwrap().1.clone();
    if repo.damaged && name.ends_with("safetensors") {
        *bytes.last_mut().unwrap() ^= 1;
    }
    let from: usize = range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap_or(0);
    let rest = bytes.split_off(from);
    let status = if range.is_empty() { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
    if rest.len() <= repo.piece {
        return (status, rest).into_response();
    }
    // Less than was promised: the connection breaks.
    let first = rest[..repo.piece].to_vec();
    let broken = stream::once(ready(Ok(first))).chain(stream::once(async {
        // The bytes are on their way before the connection goes.
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(io::Error::other("cut"))
    }));
    (status, [(header::CONTENT_LENGTH, rest.len())], Body::from_stream(broken)).into_response()
}

fn spec() -> HubSpec {
    HubSpec::parse("hf:org/name").unwrap()
}

fn in_words(error: &HubError) -> String {
    error.to_string()
}

/// Counts what comes.
#[derive(Default)]
struct Count {
    total: AtomicU64,
    have: AtomicU64,
    came: AtomicU64,
}

impl Watch for Count {
    fn begin(&self, _file: &str, total: u64, have: u64) {
        self.total.fetch_add(total, Ordering::Relaxed);
        self.have.fetch_add(have, Ordering::Relaxed);
    }
    fn advance(&self, bytes: u64) {
        self.came.fetch_add(bytes, Ordering::Relaxed);
    }
    fn end(&self) {}
}

#[test]
fn specifications_are_read_and_lead_nowhere_else() {
    let of = |spec: &str| HubSpec::parse(spec).map(|spec| (spec.repo, spec.revision)).ok();
    let some = |repo: &str, revision: &str| Some((repo.to_owned(), revision.to_owned()));
    assert_eq!(of("hf:Qwen/Qwen3-0.6B"), some("Qwen/Qwen3-0.6B", "main"));
    assert_eq!(of("hf:gpt2@refs/pr/3"), some("gpt2", "refs/pr/3"));
    let file = |spec: &str| HubSpec::parse(spec).map(|spec| (spec.file, spec.revision)).unwrap();
    assert_eq!(file("hf:a/b/c.gguf"), (Some("c.gguf".to_owned()), "main".to_owned()));
    assert_eq!(file("hf:a/b/q4/c.gguf@v1"), (Some("q4/c.gguf".to_owned()), "v1".to_owned()));
    assert_eq!(HubSpec::parse("hf:a/b/q4/c-Q4_K_M.gguf").unwrap().name(), "c-Q4_K_M");
    assert_eq!(HubSpec::parse("hf:a/b-GGUF").unwrap().name(), "b-GGUF");
    for bad in [
        "hf:",
        "hf:a/b/c",
        "hf:a/b/../c.gguf",
        "hf:a/b/c.gguf/d",
        "hf:a/b:Q4_K_M",
        "hf:../b",
        "hf:a/b@",
        "hf:a/b@../../x",
        "hf:a b/c",
        "hf:a/b?x=1",
    ] {
        assert_eq!(of(bad), None, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_downloaded_once_into_the_usual_cache() {
    let place = place(repo()).await;
    let count = Count::default();
    let folder = place.hub.fetch(&spec(), &count).unwrap();
    assert_eq!(folder, place.hub.cache.join("models--org--name/snapshots").join(COMMIT));
    assert_eq!(fs::read_to_string(place.hub.cache.join("models--org--name/refs/main")).unwrap(), COMMIT);
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), place.repo.files[4].1);
    assert!(!folder.join("README.md").exists());
    let loads = |of: &AtomicU64| of.load(Ordering::Relaxed);
    assert_eq!((loads(&count.total), loads(&count.came), loads(&count.have)), (10_030, 10_030, 0));
    assert!(place.repo.asked.lock().unwrap().iter().all(|(_, _, key)| key == "Bearer hf_secret"));
    place.hub.fetch(&spec(), &Unwatched).unwrap();
    assert_eq!(place.repo.asked.lock().unwrap().len(), 4);

    // Without a connection, and without asking for one, what is there serves.
    place.server.abort();
    assert!(place.server.await.unwrap_err().is_cancelled());
    assert_eq!(place.hub.fetch(&spec(), &Unwatched).unwrap(), folder);
    let offline = Hub { offline: true, ..place.hub };
    assert_eq!(offline.fetch(&spec(), &Unwatched).unwrap(), folder);
    let pinned = HubSpec::parse(&format!("hf:org/name@{COMMIT}")).unwrap();
    assert_eq!(Hub { offline: false, ..offline }.fetch(&pinned, &Unwatched).unwrap(), folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_goes_on_where_it_broke_off() {
    let place = place(Repo { piece: 4_000, ..repo() }).await;
    let blob: String =
        Sha256::digest(&place.repo.files[4].1).iter().map(|byte| format!("{byte:02x}")).collect();
    let blobs = place.hub.cache.join("models--org--name/blobs");
    fs::create_dir_all(&blobs).unwrap();
    fs::write(blobs.join(format!("{blob}.incomplete")), &place.repo.files[4].1[..1_500]).unwrap();
    let folder = place.hub.fetch(&spec(), &Unwatched).unwrap();
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), place.repo.files[4].1);
    let asked = place.repo.asked.lock().unwrap().clone();
    let ranges: Vec<&str> =
        asked.iter().filter(|(name, ..)| name == "model.safetensors").map(|(_, range, _)| &**range).collect();
    assert_eq!(ranges[0], "bytes=1500-");
    assert!(ranges.len() >= 3, "{ranges:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sharded_weights_come_by_their_list() {
    let mut sharded = repo();
    sharded.files.truncate(4);
    let list = br#"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}"#;
    sharded.files.push(("model.safetensors.index.json", list.to_vec()));
    sharded.files.push(("model-1.safetensors", vec![1; 10]));
    let mut whole = Repo { files: sharded.files.clone(), ..repo() };
    whole.files.push(("model-2.safetensors", vec![2; 10]));
    let error = place(sharded).await.hub.fetch(&spec(), &Unwatched).unwrap_err();
    assert!(in_words(&error).contains("org/name at main has no model-2.safetensors"), "{error}");
    let place = place(whole).await;
    let folder = place.hub.fetch(&spec(), &Unwatched).unwrap();
    assert_eq!(fs::read(folder.join("model-2.safetensors")).unwrap(), [2; 10]);
    // A shard that is gone is missed where nothing may be downloaded.
    fs::remove_file(folder.join("model-2.safetensors")).unwrap();
    let offline = Hub { offline: true, ..place.hub };
    let error = in_words(&offline.fetch(&spec(), &Unwatched).unwrap_err());
    assert!(error.starts_with("model-2.safetensors of org/name at main is not in"), "{error}");
    assert!(error.contains("unset HF_HUB_OFFLINE"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_had_is_named_with_what_to_do() {
    let place = place(Repo { damaged: true, ..repo() }).await;
    let fetch =
        |hub: &Hub, spec: &str| in_words(&hub.fetch(&HubSpec::parse(spec).unwrap(), &Unwatched).unwrap_err());
    let error = fetch(&place.hub, "hf:org/name@v9");
    assert!(error.contains("404 for org/name at v9") && error.contains("HF_TOKEN"), "{error}");
    assert!(!error.contains("hf_secret"));
    let error = fetch(&place.hub, "hf:org/other");
    assert!(error.contains("404 for org/other at main"), "{error}");
    let error = fetch(&place.hub, "hf:org/name");
    assert!(error.contains("model.safetensors of org/name at main came damaged"), "{error}");
    let nowhere = Hub {
        endpoint: "http://127.0.0.1:1".into(),
        cache: place.hub.cache.clone(),
        token: None,
        offline: false,
    };
    let error = fetch(&nowhere, "hf:org/other");
    assert!(error.contains("http://127.0.0.1:1 cannot be reached for org/other"), "{error}");
    let full =
        Hub { endpoint: place.hub.endpoint.clone(), cache: Path::new("/dev/null/hub").into(), ..nowhere };
    let error = fetch(&full, "hf:org/name");
    assert!(error.contains("/dev/null") && error.contains("set HF_HOME"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gguf_file_is_downloaded_by_its_name_with_what_is_beside_it() {
    let mut ggufs = repo();
    ggufs.files.truncate(2);
    ggufs.files.push(("m-Q4_K_M.gguf", vec![4; 100]));
    ggufs.files.push(("q8/m-Q8_0.gguf", vec![8; 200]));
    ggufs.files.push(("q8/chat_template.jinja", b"{{ messages }}".to_vec()));
    let place = place(ggufs).await;
    let error = in_words(&place.hub.fetch(&spec(), &Unwatched).unwrap_err());
    assert_eq!(
        error,
        "org/name at main holds only GGUF files; name one, as in hf:org/name/m-Q4_K_M.gguf: there are \
         m-Q4_K_M.gguf, q8/m-Q8_0.gguf"
    );
    assert!(place.repo.asked.lock().unwrap().is_empty());
    let of = |file: &str| HubSpec::parse(&format!("hf:org/name/{file}")).unwrap();
    let path = place.hub.fetch(&of("q8/m-Q8_0.gguf"), &Unwatched).unwrap();
    assert!(path.ends_with(format!("snapshots/{COMMIT}/q8/m-Q8_0.gguf")));
    assert_eq!(fs::read(&path).unwrap(), [8; 200]);
    assert_eq!(fs::read_to_string(path.with_file_name("chat_template.jinja")).unwrap(), "{{ messages }}");
    // Nothing else was asked for, and nothing is asked for twice.
    assert_eq!(place.repo.asked.lock().unwrap().len(), 2);
    let error = in_words(&place.hub.fetch(&of("none.gguf"), &Unwatched).unwrap_err());
    assert!(error.contains("org/name at main has no none.gguf"), "{error}");
    let offline = Hub { offline: true, ..place.hub };
    assert_eq!(offline.fetch(&of("q8/m-Q8_0.gguf"), &Unwatched).unwrap(), path);
    let error = in_words(&offline.fetch(&of("m-Q4_K_M.gguf"), &Unwatched).unwrap_err());
    assert!(error.starts_with("m-Q4_K_M.gguf of org/name at main is not in"), "{error}");
}
