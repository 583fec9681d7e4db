//! An endpoint on this machine that gives the answers it was told to, in their order, and notes what it was
//! asked.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::ready,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// What a server does with a request.
#[derive(Clone)]
pub(super) enum Answers {
    /// Server-sent events.
    Stream(Vec<String>),
    /// JSON in one piece, or what calls itself so.
    Whole(String),
    /// A refusal.
    Status { status: u16, body: String, retry_after: Option<&'static str> },
    /// A stream that begins with this word and whose connection breaks then.
    Cut(&'static str),
    /// A stream of words with a pause before each.
    Slow(&'static str, Duration),
}

impl Answers {
    /// A good answer, with usage and log-probabilities.
    pub(super) fn stream(text: &str) -> Self {
        let (a, b) = text.split_at(text.len() / 2);
        let logprobs = json!({ "content": [{ "token": text, "logprob": -0.25, "top_logprobs": [] }] });
        let usage = json!({ "prompt_tokens": 20, "completion_tokens": 3, "prompt_tokens_details": { "cached_tokens": 12 } });
        Self::stream_of(&[
            &json!({ "choices": [{ "delta": { "role": "assistant" } }] }).to_string(),
            &json!({ "choices": [{ "delta": { "content": a }, "logprobs": logprobs }] }).to_string(),
            &json!({ "choices": [{ "delta": { "content": b }, "finish_reason": "stop" }] }).to_string(),
            &json!({ "choices": [], "usage": usage }).to_string(),
            "[DONE]",
        ])
    }

    pub(super) fn stream_of(events: &[&str]) -> Self {
        Self::Stream(events.iter().map(|event| format!("data: {event}\n\n")).collect())
    }

    pub(super) fn status(status: u16, body: &str) -> Self {
        Self::Status { status, body: body.to_owned(), retry_after: None }
    }

    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "text/event-stream")];
        let word =
            |word: &str| format!("data: {}\n\n", json!({ "choices": [{ "delta": { "content": word } }] }));
        match self {
            Self::Stream(events) => (kind, events.concat()).into_response(),
            Self::Whole(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
            Self::Status { status, body, retry_after } => {
                let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
                if let Some(after) = retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, after.parse().unwrap());
                }
                response
            }
            Self::Cut(begin) => {
                let broken = stream::once(ready(Ok(word(begin)))).chain(stream::once(async {
                    // The word is on its way before the connection goes.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    Err(io::Error::other("cut"))
                }));
                (kind, Body::from_stream(broken)).into_response()
            }
            Self::Slow(text, pause) => {
                let words = text.split_inclusive(' ').map(word).chain(["data: [DONE]\n\n".to_owned()]);
                let words = stream::iter(words).then(move |word| async move {
                    tokio::time::sleep(pause).await;
                    Ok::<_, Infallible>(word)
                });
                (kind, Body::from_stream(words)).into_response()
            }
        }
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) key: String,
    pub(super) body: Value,
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Answers>,
    asked: Vec<Asked>,
}

pub(super) struct Server {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    task: JoinHandle<()>,
}

impl Server {
    /// A server that lists the model `m` and gives these answers.
    pub(super) async fn start(answers: Vec<Answers>) -> Self {
        let list = json!({ "object": "list", "data": [{ "id": "m", "object": "model" }] });
        Self::with(200, &list.to_string(), answers).await
    }

    /// A server that answers so when it is asked for its models.
    pub(super) async fn listing(status: u16, list: &str) -> Self {
        Self::with(status, list, Vec::new()).await
    }

    async fn with(status: u16, list: &str, answers: Vec<Answers>) -> Self {
        let script = Arc::new(Mutex::new(Script { answers: answers.into(), asked: Vec::new() }));
        let list = (StatusCode::from_u16(status).unwrap(), list.to_owned());
        let app = Router::new()
            .route("/v1/models", get(move || ready(list.clone())))
            .route("/v1/chat/completions", post(answer))
            .with_state(Arc::clone(&script));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, script, task }
    }

    pub(super) fn base(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub(super) fn spec(&self) -> String {
        format!("openai:{}#m", self.base())
    }

    pub(super) fn requests(&self) -> Vec<Asked> {
        self.script.lock().unwrap().asked.clone()
    }

    /// Stops listening.
    pub(super) async fn stop(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, headers: HeaderMap, body: Bytes) -> Response {
    let key = headers.get(header::AUTHORIZATION).map_or("", |key| key.to_str().unwrap()).to_owned();
    let body = serde_json::from_slice(&body).unwrap();
    let mut script = script.lock().unwrap();
    script.asked.push(Asked { key, body });
    script.answers.pop_front().unwrap_or_else(|| Answers::status(500, "no more answers")).into_response()
}
