//! What is served: the list of models, and replies. A client that goes away abandons its reply.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use turnwise_agent::ProfileSource;
use turnwise_core::{Clock, Finish, Model, Reply, SharedWatcher};

use super::{
    api::{ChatRequest, Wanted},
    conversations::Conversations,
    listener::listener,
    outlet::Outlet,
    refusal::Refusal,
    streaming::{Extras, Streaming},
    telling::{Heading, told},
};
use crate::{clock::SystemClock, profiles};

/// The longest request, in bytes: a history of some million tokens.
const LONGEST_REQUEST: usize = 64 << 20;

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
    async fn reply(
        self: Arc<Self>,
        wanted: Wanted,
        watcher: Option<SharedWatcher>,
    ) -> Result<Reply, Refusal> {
        let mut conversation = self.held().open(&*self.model, &wanted)?;
        let is_watched = conversation.watch(watcher);
        if wanted.logprobs.is_some() && !is_watched {
            return Err(Refusal::no_logprobs());
        }
        let whole = conversation.reply().await?;
        conversation.watch(None);
        if whole.finish == Finish::ContextFull && whole.text.is_empty() {
            return Err(Refusal::context_full(self.model.info().context));
        }
        let told = told(&whole, &wanted.style.stop);
        self.held().keep(&wanted, conversation, whole, &told);
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
    let extras = Extras { logprobs: wanted.logprobs.is_some(), usage: wanted.usage_in_stream };
    let (watcher, mut tokens) = listener(wanted.logprobs.unwrap_or(0));
    if wanted.stream {
        let outlet = Outlet::new(&wanted.style.stop, !wanted.style.tools.is_empty());
        let reply = Box::pin(service.reply(wanted, Some(watcher)));
        return Streaming { heading, reply, tokens, outlet, extras }.respond().await;
    }
    let reply = service.reply(wanted, Some(watcher).filter(|_| extras.logprobs)).await?;
    let mut told = Vec::new();
    while let Ok(token) = tokens.try_recv() {
        told.push(token);
    }
    let told = extras.logprobs.then_some(told);
    Ok(Json(heading.whole(&reply, told.as_deref())).into_response())
}

#[cfg(test)]
mod tests;
