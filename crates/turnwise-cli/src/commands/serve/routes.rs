//! What is served: the list of models, and replies.
//!
//! A reply is computed whole before its text is sent, also when it is streamed: the contract of a conversation gives
//! whole replies. While it is computed, a stream is kept open by comments.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use futures_util::{StreamExt, future::BoxFuture, stream};
use serde_json::{Value, json};
use turnwise_agent::ProfileSource;
use turnwise_core::{Clock, Finish, Model, Reply};

use super::{
    api::{ChatRequest, Heading, Wanted, told},
    conversations::{Conversations, history_with},
    refusal::Refusal,
};
use crate::{clock::SystemClock, profiles};

/// The longest request, in bytes: a history of some million tokens.
const LONGEST_REQUEST: usize = 64 << 20;
/// How long a stream may wait for its reply before it is begun. A request that is refused by then gets a status.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a comment keeps a stream open.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// The model, and what was said to it.
pub(super) struct Service {
    model: Arc<dyn Model>,
    profile: ProfileSource,
    /// Held for moments: never while a reply is computed.
    conversations: Mutex<Conversations>,
    clock: SystemClock,
    next_id: AtomicU64,
}

impl Service {
    pub(super) fn new(model: Arc<dyn Model>, profile: ProfileSource) -> Arc<Self> {
        let (conversations, next_id) = (Mutex::default(), AtomicU64::new(1));
        Arc::new(Self { model, profile, conversations, clock: SystemClock::new(), next_id })
    }

    fn heading(&self) -> Heading {
        Heading {
            id: format!("chatcmpl-{}", self.next_id.fetch_add(1, Ordering::Relaxed)),
            created: self.clock.now_ms() / 1000,
            model: self.model.info().name.clone(),
        }
    }

    /// The reply as it is told. The conversation goes on from what the model wrote, which may be more: the stop that
    /// ended it, and its calls in its own words.
    async fn reply(self: Arc<Self>, wanted: Wanted) -> Result<Reply, Refusal> {
        let mut conversation = self.held().open(&*self.model, &wanted)?;
        let whole = conversation.reply().await?;
        if whole.finish == Finish::ContextFull && whole.text.is_empty() {
            return Err(Refusal::context_full(self.model.info().context));
        }
        let told = told(&whole, &wanted.style.stop);
        self.held().keep(history_with(&wanted, &told), conversation, whole);
        Ok(told)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Conversations> {
        self.conversations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The addresses and what answers there.
pub(super) fn app(service: Arc<Service>) -> Router {
    Router::new()
        .route("/v1/models", get(models))
        .route("/v1/chat/completions", post(chat))
        .fallback(nothing_here)
        .method_not_allowed_fallback(nothing_here)
        .layer(DefaultBodyLimit::max(LONGEST_REQUEST))
        .with_state(service)
}

async fn models(State(service): State<Arc<Service>>) -> Json<Value> {
    let info = service.model.info();
    let own_profile = Some(&service.profile.text).filter(|_| !profiles::is_shipped(&service.profile));
    Json(json!({
        "object": "list",
        "data": [{
            "id": info.name, "object": "model", "created": 0, "owned_by": "turnwise", "max_model_len": info.context,
            "turnwise": { "profile": service.profile.name, "own_profile": own_profile, "hash": info.hash },
        }],
    }))
}

async fn nothing_here() -> Refusal {
    Refusal::missing("there are GET /v1/models and POST /v1/chat/completions", "not_found")
}

async fn chat(
    State(service): State<Arc<Service>>,
    request: Result<Json<ChatRequest>, JsonRejection>,
) -> Result<Response, Refusal> {
    let Json(request) = request.map_err(|rejection| Refusal::bad(rejection.body_text()))?;
    let wanted = request.understand(&service.model.info().name)?;
    let heading = service.heading();
    let (streamed, usage) = (wanted.stream, wanted.usage_in_stream);
    let mut reply: BoxFuture<'static, _> = Box::pin(service.reply(wanted));
    if !streamed {
        return Ok(Json(heading.whole(&reply.await?)).into_response());
    }
    if let Ok(soon) = tokio::time::timeout(PATIENCE, &mut reply).await {
        let soon = soon?;
        reply = Box::pin(std::future::ready(Ok(soon)));
    }
    let first = data(&heading.first());
    let rest = stream::once(reply).flat_map(move |reply| {
        let pieces = match reply {
            Ok(reply) => heading.rest(&reply, usage),
            Err(refusal) => vec![refusal.body()],
        };
        let done = Event::default().data("[DONE]");
        stream::iter(pieces.iter().map(data).chain([done]).collect::<Vec<_>>())
    });
    let events = stream::iter([first]).chain(rest).map(Ok::<_, Infallible>);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

fn data(value: &Value) -> Event {
    Event::default().data(value.to_string())
}
