//! The file of a recording: HAR 1.2, one entry a line.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{Entries, Key, Outcome};
use crate::fetch::{Refusal, Request, Response};

/// What stands behind the last entry.
pub(super) const END: &str = "\n]}}\n";

/// HAR wants a date; a recording that is made again shall be the same.
const NO_DATE: &str = "1970-01-01T00:00:00Z";

/// A file without entries.
pub(super) fn start() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "{{\"log\":{{\"version\":\"1.2\",\"creator\":{{\"name\":\"turnwise\",\"version\":\"{version}\"}},\"entries\":[{END}"
    )
}

/// An entry in one line.
pub(super) fn written(request: &Request, is_private: bool, outcome: &Outcome) -> String {
    let (response, refusal) = match outcome {
        Ok(response) => (Some(response), None),
        Err(refusal) => (None, Some(refusal)),
    };
    let mut url = request.url.clone();
    url.set_fragment(None);
    let mut entry = json!({
        "startedDateTime": NO_DATE,
        "time": 0,
        "request": {
            "method": request.method.as_str(),
            "url": url.as_str(),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": pairs(&request.headers),
            "queryString": [],
            "headersSize": -1,
            "bodySize": request.body.len(),
            "_bodySha256": hash(&request.body),
        },
        "response": {
            "status": response.map_or(0, |it| it.status),
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": response.map_or(json!([]), |it| pairs(&it.headers)),
            "content": response.map_or(json!({"size": 0, "mimeType": ""}), content),
            "redirectURL": response.and_then(|it| it.header("location")).unwrap_or_default(),
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
    });
    if is_private {
        entry["request"]["_private"] = true.into();
    }
    if let Some(refusal) = refusal {
        entry["_refusal"] = json!(refusal);
    }
    entry.to_string()
}

fn pairs(headers: &[(String, String)]) -> Value {
    headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

fn content(response: &Response) -> Value {
    let size = response.body.len();
    let kind = response.header("content-type").unwrap_or_default();
    match std::str::from_utf8(&response.body) {
        Ok(text) => json!({"size": size, "mimeType": kind, "text": text}),
        Err(_) => {
            json!({"size": size, "mimeType": kind, "text": STANDARD.encode(&response.body), "encoding": "base64"})
        }
    }
}

fn hash(body: &[u8]) -> String {
    if body.is_empty() { String::new() } else { crate::digest(body) }
}

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Asked,
    response: Came,
    #[serde(rename = "_refusal")]
    refusal: Option<Refusal>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    method: String,
    url: String,
    /// The body, where a browser wrote the file.
    post_data: Option<Text>,
    #[serde(rename = "_bodySha256")]
    body_sha256: Option<String>,
    #[serde(default, rename = "_private")]
    is_private: bool,
}

#[derive(Deserialize)]
struct Came {
    status: u16,
    headers: Vec<Header>,
    content: Text,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    text: String,
    encoding: Option<String>,
}

/// The entries of a file by their keys, or what is wrong with it.
pub(super) fn entries(file: &[u8]) -> Result<Entries, String> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let har: Har = serde_json::from_slice(file).map_err(|error| error.to_string())?;
    let mut entries: Entries = Entries::new();
    for (number, entry) in har.log.entries.into_iter().enumerate() {
        let (key, outcome) = entry.read().map_err(|why| format!("entry {}: {why}", number + 1))?;
        entries.entry(key).or_default().push(outcome);
    }
    Ok(entries)
}

impl Entry {
    fn read(self) -> Result<(Key, Outcome), String> {
        let method: Method = self.request.method.parse().map_err(|_| "its method is none".to_owned())?;
        let mut url = Url::parse(&self.request.url).map_err(|error| format!("its URL: {error}"))?;
        url.set_fragment(None);
        let body = match (self.request.body_sha256, self.request.post_data) {
            (Some(hash), _) => hash,
            (None, Some(data)) => hash(&data.bytes()?),
            (None, None) => String::new(),
        };
        let key = Key::new(&method, &url, &body, self.request.is_private);
        if let Some(refusal) = self.refusal {
            return Ok((key, Err(refusal)));
        }
        let headers = self.response.headers.into_iter().map(|it| (it.name.to_ascii_lowercase(), it.value));
        // The content of an entry is unpacked, and its length is its own.
        let headers = headers.filter(|(name, _)| {
            !matches!(name.as_str(), "content-encoding" | "content-length" | "transfer-encoding")
                && !name.starts_with(':')
        });
        let body = self.response.content.bytes()?;
        Ok((key, Ok(Response { status: self.response.status, url, headers: headers.collect(), body })))
    }
}

impl Text {
    fn bytes(self) -> Result<Vec<u8>, String> {
        match self.encoding.as_deref() {
            None | Some("") => Ok(self.text.into_bytes()),
            Some("base64") => STANDARD.decode(&self.text).map_err(|error| format!("its content: {error}")),
            Some(other) => Err(format!("its content is encoded as `{other}`")),
        }
    }
}
