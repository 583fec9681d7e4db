//! What an endpoint says about its models.

use serde::Deserialize;

use super::{
    RemoteError,
    endpoint::Endpoint,
    retry::{self, Again, Luck},
};

/// An entry of `GET /models`. Only what stays the same from one request to the next is read: some servers put
/// the time into it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub(super) struct Listed {
    id: String,
    #[serde(default)]
    owned_by: String,
    /// vLLM's name for the context.
    max_model_len: Option<usize>,
    /// What `turnwise serve` says of its model.
    turnwise: Option<Served>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct Served {
    profile: String,
    /// The text of the profile, where it is none that is shipped.
    own_profile: Option<String>,
    hash: String,
}

#[derive(Debug, Deserialize)]
struct Listing {
    data: Vec<Listed>,
}

impl Listed {
    pub(super) fn profile(&self) -> Option<&str> {
        self.turnwise.as_ref().map(|served| served.profile.as_str())
    }

    pub(super) fn own_profile(&self) -> Option<&str> {
        self.turnwise.as_ref().and_then(|served| served.own_profile.as_deref())
    }

    pub(super) fn context(&self) -> Option<usize> {
        self.max_model_len
    }

    pub(super) fn is_turnwise(&self) -> bool {
        self.turnwise.is_some()
    }

    /// Everything that tells this model from another of the same name.
    pub(super) fn identity(&self) -> String {
        let hash = self.turnwise.as_ref().map_or("", |served| served.hash.as_str());
        format!("{}\0{}\0{:?}\0{hash}", self.id, self.owned_by, self.max_model_len)
    }
}

/// The model's entry; `None` when the endpoint keeps no list or the model is not on it, as with gateways that pass
/// every name on.
pub(super) async fn fetch(endpoint: &Endpoint) -> Result<Option<Listed>, RemoteError> {
    let options = endpoint.options();
    let mut luck = Luck::new(0, 0);
    let mut tries = 1;
    loop {
        let error = match endpoint.models().await {
            Ok(body) => return Ok(entry(&body, endpoint.model())),
            Err(error) => error,
        };
        if let RemoteError::Refused(refusal) = &error
            && matches!(refusal.status, 400 | 404 | 405 | 501)
        {
            return Ok(None);
        }
        // Nobody listening is soon said, and a server that is still starting is better waited for elsewhere.
        let busy = matches!(error, RemoteError::Refused(_));
        match retry::again(&error) {
            Again::After(asked) if busy && tries <= options.retries.min(2) => {
                tokio::time::sleep(retry::wait(options.first_wait, tries, asked, &mut luck)).await;
                tries += 1;
            }
            Again::After(_) | Again::Never => return Err(error),
        }
    }
}

fn entry(body: &[u8], model: &str) -> Option<Listed> {
    let listing: Listing = serde_json::from_slice(body).ok()?;
    let found = listing.data.into_iter().find(|listed| listed.id == model);
    if found.is_none() {
        tracing::warn!(model, "the endpoint does not list this model");
    }
    found
}
