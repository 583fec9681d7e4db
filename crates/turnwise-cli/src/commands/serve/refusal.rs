//! Errors in the shape that clients of the OpenAI API expect.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use turnwise_core::ModelError;
use turnwise_engine::ChatError;

use crate::error::in_words;

/// A request that is not answered with a reply.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
    kind: &'static str,
    code: Option<&'static str>,
}

impl Refusal {
    /// The request cannot be carried out as it is.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message, None)
    }

    /// The model shows no single tokens.
    pub(super) fn no_logprobs() -> Self {
        Self::bad("this model shows no single tokens; leave `logprobs` out")
    }

    /// There is nothing of this name.
    pub(super) fn missing(message: impl Into<String>, code: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, message, Some(code))
    }

    /// The conversation is longer than the context.
    pub(super) fn context_full(context: Option<usize>) -> Self {
        let limit = context.map_or("its limit".to_owned(), |tokens| format!("{tokens} tokens"));
        let message = format!("the conversation does not fit the model's maximum context length of {limit}");
        Self::new(StatusCode::BAD_REQUEST, message, Some("context_length_exceeded"))
    }

    fn new(status: StatusCode, message: impl Into<String>, code: Option<&'static str>) -> Self {
        Self { status, message: message.into(), kind: "invalid_request_error", code }
    }

    /// The error as JSON.
    pub(super) fn body(&self) -> Value {
        json!({ "error": { "message": self.message, "type": self.kind, "param": null, "code": self.code } })
    }
}

impl From<ModelError> for Refusal {
    fn from(error: ModelError) -> Self {
        if let ModelError::Failed { source, .. } = &error
            && let Some(refused) = source.downcast_ref::<ChatError>()
        {
            return Self::bad(in_words(refused));
        }
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { status, message: in_words(&error), kind: "server_error", code: None }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.body())).into_response()
    }
}
