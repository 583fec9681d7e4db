//! Pages from a folder of files.

use std::io;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use reqwest::Method;

use super::{Fault, FetchError, Request, Response};

/// Content types by a file name's end; other files are bytes.
const TYPES: [(&str, &str); 16] = [
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("gif", "image/gif"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
    ("xml", "application/xml"),
];

/// The file that a request means. What is not in the folder is a page with status 404.
pub(super) async fn read(folder: &Path, request: &Request) -> Result<Response, FetchError> {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return Ok(page(request, 405, "Nothing can be sent to this page."));
    }
    let Some(mut path) = path_in(folder, request.url.path()) else { return Ok(missing(request)) };
    let fault = |path: &Path, source| Fault::SiteFile { path: path.to_owned(), source };
    if tokio::fs::metadata(&path).await.is_ok_and(|it| it.is_dir()) {
        if !request.url.path().ends_with('/') {
            let mut response = page(request, 301, "");
            let location = format!("{}/", request.url.path());
            response.headers.push(("location".to_owned(), location));
            return Ok(response);
        }
        path.push("index.html");
    }
    if !is_inside(folder, &path).await {
        return Ok(missing(request));
    }
    match tokio::fs::read(&path).await {
        Ok(body) => {
            let headers = vec![("content-type".to_owned(), content_type(&path).to_owned())];
            Ok(Response { status: 200, url: request.url.clone(), headers, body })
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(missing(request))
        }
        Err(error) => Err(fault(&path, error).into()),
    }
}

/// The path of a URL under the folder, if it stays there.
fn path_in(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut file = folder.to_owned();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let part = percent_decode_str(part).decode_utf8().ok()?;
        if matches!(&*part, "." | "..") || part.contains(['/', '\\', '\0']) {
            return None;
        }
        file.push(&*part);
    }
    Some(file)
}

/// Whether a file is in the folder when links are followed; a file that is not there is.
async fn is_inside(folder: &Path, path: &Path) -> bool {
    match (tokio::fs::canonicalize(folder).await, tokio::fs::canonicalize(path).await) {
        (Ok(folder), Ok(path)) => path.starts_with(folder),
        _ => true,
    }
}

fn content_type(path: &Path) -> &'static str {
    let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default().to_ascii_lowercase();
    TYPES.iter().find(|(name, _)| *name == end).map_or("application/octet-stream", |(_, kind)| kind)
}

fn missing(request: &Request) -> Response {
    page(request, 404, "There is no such page.")
}

fn page(request: &Request, status: u16, text: &str) -> Response {
    let headers = vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
    Response { status, url: request.url.clone(), headers, body: text.as_bytes().to_vec() }
}
