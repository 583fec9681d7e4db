//! Requests and responses, and the text in a response.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use reqwest::Method;
use url::Url;

use super::Refusal;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The URL; a fragment is kept for the response and never sent.
    pub url: Url,
    /// Headers, names in lower case. Those that belong to the connection are left out when it is sent.
    pub headers: Vec<(String, String)>,
    /// The body; empty where there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// A page.
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: Vec::new(), body: Vec::new() }
    }
}

/// What came, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The URL that it came from: after redirects another than asked for.
    pub url: Url,
    /// Headers, names in lower case; those that belong to the connection are left out.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// A response that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// An HTML page.
    Html(String),
    /// A text.
    Text(String),
}

/// How much of a page is searched for its character set.
const BEGINNING: usize = 1024;

impl Response {
    /// The first header of a name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The content type without its parameters, in lower case; empty where there is none.
    pub fn content_type(&self) -> String {
        let header = self.header("content-type").unwrap_or_default();
        header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The page or the text in the body, in the character set that it is really in.
    ///
    /// # Errors
    /// [`Refusal::NotText`] when it is neither.
    pub fn document(&self) -> Result<Document, Refusal> {
        let not_text = |content_type: String| Refusal::NotText { url: self.url.to_string(), content_type };
        if let Some(coding) = self.header("content-encoding").filter(|coding| *coding != "identity") {
            return Err(not_text(format!("compressed by {coding}")));
        }
        let kind = self.content_type();
        match kind.as_str() {
            "text/html" | "application/xhtml+xml" => Ok(Document::Html(self.html())),
            "application/json" => Ok(Document::Text(self.json())),
            "application/xml" | "application/javascript" => Ok(Document::Text(self.text())),
            "" if self.looks_like_html() => Ok(Document::Html(self.html())),
            "" if !self.body.contains(&0) => Ok(Document::Text(self.text())),
            "" => Err(not_text("unknown".to_owned())),
            _ if kind.starts_with("text/") || kind.ends_with("+xml") => Ok(Document::Text(self.text())),
            _ if kind.ends_with("+json") => Ok(Document::Text(self.json())),
            _ => Err(not_text(kind)),
        }
    }

    fn looks_like_html(&self) -> bool {
        self.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
    }

    fn json(&self) -> String {
        let text = self.text();
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(value) if !text.trim().contains('\n') => format!("{value:#}"),
            _ => text,
        }
    }

    fn text(&self) -> String {
        self.decoded(None)
    }

    fn html(&self) -> String {
        self.decoded(Some(&self.body[..self.body.len().min(BEGINNING)]))
    }

    /// The body by its byte order mark, else the header's character set, else the page's own, else UTF-8 where it is that,
    /// else what browsers take in the west.
    fn decoded(&self, beginning: Option<&[u8]>) -> String {
        let encoding = Encoding::for_bom(&self.body)
            .map(|(encoding, _)| encoding)
            .or_else(|| charset(self.header("content-type")?))
            .or_else(|| own_charset(beginning?))
            .unwrap_or_else(|| match std::str::from_utf8(&self.body) {
                Ok(_) => UTF_8,
                Err(_) => WINDOWS_1252,
            });
        encoding.decode(&self.body).0.into_owned()
    }
}

/// The character set that a content type names.
fn charset(content_type: &str) -> Option<&'static Encoding> {
    let parameters = content_type.split(';').skip(1);
    let named = parameters.filter_map(|it| it.split_once('='));
    let mut named = named.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    Encoding::for_label(named.next()?.1.trim().trim_matches(['"', '\'']).as_bytes())
}

/// The character set that an HTML page names in its beginning.
fn own_charset(beginning: &[u8]) -> Option<&'static Encoding> {
    let text: String = beginning.iter().map(|byte| char::from(*byte)).collect();
    let named = crate::page::charset_of(&text, charset)?;
    // A page whose `meta` could be read is in no encoding of two bytes a character, whatever it says.
    Some(if named.is_ascii_compatible() { named } else { UTF_8 })
}
