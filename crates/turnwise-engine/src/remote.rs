//! A model behind an OpenAI-style endpoint: chat completions, streamed.
//!
//! What is measured there is less than in the process: no hidden states, no token ids, and an entropy
//! that is only a lower bound (see [`RemoteModel`]). How the model's earlier replies stand in its prompt is in the end
//! up to the endpoint's chat template; it is sent what the profile says.

mod answer;
mod calls;
mod conversation;
mod dialect;
mod endpoint;
mod error;
mod events;
mod listing;
mod prices;
mod retry;
mod thinking;

use std::{sync::Arc, time::Duration};

use sha2::{Digest, Sha256};
use turnwise_core::{Conversation, Model, ModelError, ModelInfo, SessionSpec};

use self::{conversation::RemoteConversation, endpoint::Endpoint, listing::Listed};
use crate::wait::wait_for;

pub use self::{
    endpoint::ApiKey,
    error::{Refusal, RemoteError},
    prices::{Prices, PricesError},
};

/// The profile of endpoints that do not name another: nearly all of them know calls of tools.
const TOOL_PROFILE: &str = "mini-tool";

/// How an endpoint is dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteOptions {
    /// How long a reply may take, with everything that is tried again. An endpoint that sends nothing for a
    /// fifth of it is given up.
    pub reply_timeout: Duration,
    /// How often a request is made again after one that failed for a reason that may pass.
    pub retries: u32,
    /// The wait before the first of them; it doubles each time, up to half a minute.
    pub first_wait: Duration,
}

impl RemoteOptions {
    /// Ten minutes a reply, five more tries, half a second before the first.
    pub fn standard() -> Self {
        Self { reply_timeout: Duration::from_secs(600), retries: 5, first_wait: Duration::from_millis(500) }
    }
}

/// A model behind an OpenAI-style endpoint.
///
/// `TokenStats` holds the mean log-probability of the tokens written where the endpoint gives
/// log-probabilities. Its entropy is a lower bound: that of the five likeliest tokens and of all others taken
/// as one. Usage is the endpoint's own count, cached prompt tokens not being counted as prefill; an endpoint
/// that counts nothing leaves 0.
#[derive(Debug)]
pub struct RemoteModel {
    info: ModelInfo,
    own_profile: Option<String>,
    endpoint: Arc<Endpoint>,
    /// Whether it has a role for what the environment says. Elsewhere that role belongs to answers to calls.
    knows_tool_role: bool,
}

impl RemoteModel {
    /// Asks the endpoint that `spec` (`openai:BASE_URL#MODEL`) names what it serves.
    ///
    /// # Errors
    /// When the specification is no address, or nothing there answers or lets us in. An endpoint that keeps no list
    /// of models is no error.
    pub fn connect(spec: &str, key: Option<ApiKey>, options: &RemoteOptions) -> Result<Self, RemoteError> {
        let endpoint = Endpoint::new(spec, key, options)?;
        let listed = wait_for(listing::fetch(&endpoint))
            .map_err(|source| RemoteError::Threads { source })??
            .unwrap_or_default();
        let info = ModelInfo {
            name: endpoint.model().to_owned(),
            spec: spec.to_owned(),
            hash: hash(&endpoint, &listed),
            device: "remote".to_owned(),
            context: listed.context(),
            profile: listed.profile().unwrap_or(TOOL_PROFILE).to_owned(),
        };
        let own_profile = listed.own_profile().map(str::to_owned);
        Ok(Self { info, own_profile, endpoint: Arc::new(endpoint), knows_tool_role: listed.is_turnwise() })
    }
}

/// A hash over what is known of a model whose files are elsewhere, in hex.
fn hash(endpoint: &Endpoint, listed: &Listed) -> String {
    let mut sha = Sha256::new();
    for part in [endpoint.base().as_str(), endpoint.model(), &listed.identity()] {
        sha.update((part.len() as u64).to_le_bytes());
        sha.update(part);
    }
    sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Model for RemoteModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn own_profile(&self) -> Option<&str> {
        self.own_profile.as_deref()
    }

    fn open(&self, spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError> {
        Ok(Box::new(RemoteConversation::new(Arc::clone(&self.endpoint), self.knows_tool_role, &spec)))
    }
}

#[cfg(test)]
mod tests;
