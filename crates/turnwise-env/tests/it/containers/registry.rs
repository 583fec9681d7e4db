//! A registry for the tests: the parts of its protocol that a pull needs, over the files of an OCI layout.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread,
};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Serves the layout in `layout`, which may come later, under any name; returns the port.
pub(super) fn serve(layout: PathBuf) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let layout = layout.clone();
            thread::spawn(move || answer(stream, &layout));
        }
    });
    port
}

fn answer(mut stream: TcpStream, layout: &Path) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    let _headers = lines.take_while(|line| !line.is_empty()).count();
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (status, kind, body) = match found(layout, path) {
        Some((kind, body)) => ("200 OK", kind, body),
        None => ("404 Not Found", "application/json", Vec::new()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let body = if method == "HEAD" { &[][..] } else { &body };
    let _gone = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn found(layout: &Path, path: &str) -> Option<(&'static str, Vec<u8>)> {
    if path == "/v2/" {
        return Some(("application/json", b"{}".to_vec()));
    }
    let blob = |digest: &str| fs::read(layout.join("blobs").join(digest.replace(':', "/"))).ok();
    if let Some((_, digest)) = path.split_once("/blobs/") {
        return Some(("application/octet-stream", blob(digest)?));
    }
    let (_, reference) = path.split_once("/manifests/")?;
    if reference.starts_with("sha256:") {
        return Some((MANIFEST, blob(reference)?));
    }
    let index: serde_json::Value = serde_json::from_slice(&fs::read(layout.join("index.json")).ok()?).ok()?;
    Some((MANIFEST, blob(index["manifests"][0]["digest"].as_str()?)?))
}
