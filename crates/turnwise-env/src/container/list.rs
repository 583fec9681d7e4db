//! The list of containers, asked for by hand: podman names states that Docker does not have, at which a typed answer
//! breaks, and only names and labels are wanted.

use std::{collections::BTreeMap, io, path::Path, time::Duration};

use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time::timeout,
};
use turnwise_core::Source;

use super::error::ContainerError;

const WHAT: &str = "list containers";

/// A container, as far as its removal needs it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    /// Its id.
    pub(super) id: String,
    /// Its labels.
    pub(super) labels: Option<BTreeMap<String, String>>,
}

/// All containers that have a label, whatever state they are in.
pub(super) async fn with_label(
    socket: &Path,
    label: &str,
    limit: Duration,
) -> Result<Vec<Listed>, ContainerError> {
    let failed = |error: io::Error| ContainerError::Engine { what: WHAT, source: Source::from(error) };
    let slow = |_| ContainerError::Slow { what: WHAT, seconds: limit.as_secs() };
    let answer = timeout(limit, ask(socket, label)).await.map_err(slow)?.map_err(failed)?;
    read(&answer).map_err(failed)
}

async fn ask(socket: &Path, label: &str) -> io::Result<Vec<u8>> {
    let filters = format!(r#"{{"label":["{label}"]}}"#);
    // By HTTP/1.0, so that the answer is one piece and the connection ends with it.
    let request = format!(
        "GET /v1.41/containers/json?all=1&filters={} HTTP/1.0\r\nHost: localhost\r\n\r\n",
        encoded(&filters)
    );
    let mut stream = UnixStream::connect(socket).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

fn read(answer: &[u8]) -> io::Result<Vec<Listed>> {
    const BLANK: &[u8] = b"\r\n\r\n";
    let end = answer.windows(BLANK.len()).position(|part| part == BLANK);
    let (head, body) = answer.split_at(end.unwrap_or(answer.len()));
    let head = String::from_utf8_lossy(head);
    let status = head.lines().next().unwrap_or_default();
    match status.split(' ').nth(1) {
        Some("200") => Ok(serde_json::from_slice(body.get(BLANK.len()..).unwrap_or_default())?),
        _ => Err(io::Error::other(format!("it answered `{status}`"))),
    }
}

/// A text as it may stand in a query.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let each = text.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::{encoded, read};

    #[test]
    fn states_that_docker_does_not_have_are_no_obstacle() {
        let answer = b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\n[{\"Id\":\"a\",\"State\":\"stopped\",\"Labels\":{\"k\":\"v\"}},\
            {\"Id\":\"b\",\"Labels\":null}]\n";
        let listed = read(answer).unwrap();
        assert_eq!((listed.len(), listed[0].id.as_str()), (2, "a"));
        assert_eq!(listed[0].labels.as_ref().unwrap()["k"], "v");
        assert!(read(b"HTTP/1.0 500 Internal\r\n\r\n{}").is_err());
        assert!(read(b"").is_err());
    }

    #[test]
    fn a_query_holds_any_text() {
        assert_eq!(encoded("{\"a=b ü"), "%7B%22a%3Db%20%C3%BC");
    }
}
