//! Answers a tab's requests: what the harness serves goes to the page, everything else is blocked.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::Post;
use crate::serve::{Asked, Served};

/// Headers that are about how a body was sent, not what it is.
const OF_THE_WIRE: [&str; 4] = ["content-encoding", "content-length", "transfer-encoding", "connection"];
/// How long an answer may take; whoever serves has limits of its own.
const LONGEST: Duration = Duration::from_secs(60);

impl Post {
    /// Answers a request, whenever that is done.
    pub(crate) fn answer(&self, params: Value) {
        let (browser, session) = (Arc::clone(&self.browser), self.session.clone());
        let (server, seen) = (Arc::clone(&self.server), Arc::clone(&self.seen));
        let asked = asked(&params);
        let is_page = asked.is_document && seen.is_top(params["frameId"].as_str().unwrap_or_default());
        let id = params["requestId"].clone();
        seen.in_flight(true);
        tokio::spawn(async move {
            let served = match asked.url.split(':').next() {
                Some("http" | "https") => tokio::time::timeout(LONGEST, server.serve(asked)).await,
                scheme => {
                    Ok(Served::Refused { why: format!("there are no {} pages", scheme.unwrap_or_default()) })
                }
            };
            let served = served
                .unwrap_or_else(|_| Served::Refused { why: "there was no answer for a minute".to_owned() });
            if is_page {
                match &served {
                    Served::Response { status, .. } => seen.document(Some(*status), None),
                    Served::Refused { why } => seen.document(None, Some(why.clone())),
                }
            }
            let (method, params) = reply(id, served);
            // A request that the page has given up meanwhile needs no answer.
            drop(browser.wire.call(&session, method, params, LONGEST).await);
            seen.in_flight(false);
        });
    }
}

fn asked(params: &Value) -> Asked {
    let request = &params["request"];
    let string = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let headers = request["headers"].as_object().into_iter().flatten();
    let entries = request["postDataEntries"].as_array().into_iter().flatten();
    let mut body: Vec<u8> = entries
        .filter_map(|entry| STANDARD.decode(entry["bytes"].as_str().unwrap_or_default()).ok())
        .flatten()
        .collect();
    if body.is_empty() {
        body = string(&request["postData"]).into_bytes();
    }
    Asked {
        method: string(&request["method"]),
        url: string(&request["url"]),
        headers: headers.map(|(name, value)| (name.clone(), string(value))).collect(),
        body,
        is_document: params["resourceType"] == "Document",
    }
}

fn reply(id: Value, served: Served) -> (&'static str, Value) {
    match served {
        Served::Refused { .. } => {
            ("Fetch.failRequest", json!({ "requestId": id, "errorReason": "BlockedByClient" }))
        }
        Served::Response { status, headers, body } => {
            let headers: Vec<_> = headers
                .into_iter()
                .filter(|(name, _)| !OF_THE_WIRE.contains(&name.to_ascii_lowercase().as_str()))
                .map(|(name, value)| json!({ "name": name, "value": value }))
                .collect();
            let body = STANDARD.encode(body);
            let params =
                json!({ "requestId": id, "responseCode": status, "responseHeaders": headers, "body": body });
            ("Fetch.fulfillRequest", params)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{asked, reply};
    use crate::serve::Served;

    #[test]
    fn a_form_arrives_with_its_body_and_cookies() {
        let params = json!({
            "resourceType": "Document",
            "request": {
                "url": "http://shop.test/buy", "method": "POST", "headers": { "Cookie": "a=b" },
                "postDataEntries": [{ "bytes": "eD0x" }, { "bytes": "Jnk9Mg==" }],
            },
        });
        let asked = asked(&params);
        assert_eq!(asked.body, b"x=1&y=2");
        assert_eq!(asked.headers, [("Cookie".to_owned(), "a=b".to_owned())]);
        assert!(asked.is_document);
    }

    #[test]
    fn what_is_not_served_is_blocked_and_what_is_loses_its_wire_headers() {
        let (method, params) = reply(Value::Null, Served::Refused { why: String::new() });
        assert_eq!((method, &params["errorReason"]), ("Fetch.failRequest", &json!("BlockedByClient")));
        let headers = [("Content-Encoding", "gzip"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let served = Served::Response { status: 200, headers: headers.to_vec(), body: b"x".to_vec() };
        let (_, params) = reply(Value::Null, served);
        assert_eq!(params["responseHeaders"].as_array().unwrap().len(), 2);
        assert_eq!(params["body"], "eA==");
    }
}
