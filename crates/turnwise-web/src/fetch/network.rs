//! The HTTP clients: one for this machine's own servers, and one for each trial that goes out, which connects only to
//! addresses that were checked.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use url::{Host, Url};

use super::hosts::is_public;
use super::{Fault, FetchError, Refusal, locked};

/// What sites see of the browser, and what robots.txt can name.
pub(super) const AGENT: &str = concat!("turnwise/", env!("CARGO_PKG_VERSION"));

/// What all trials share: connections to servers of this machine. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Network {
    pub(super) own: Client,
}

impl Network {
    /// A network.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new() -> Result<Self, Fault> {
        Ok(Self { own: builder().build().map_err(Fault::Client)? })
    }
}

fn builder() -> ClientBuilder {
    // Another part of the process may have chosen its cryptography first, and then that one serves.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    // No proxy: it would look names up by itself, and go where the check does not see it.
    Client::builder().user_agent(AGENT).redirect(Policy::none()).no_proxy()
}

/// The client of one trial for hosts that are not the task's own; made when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Outside {
    client: OnceLock<Client>,
    checked: Checked,
}

/// The addresses of hosts that were checked, by name: the only ones that are connected to, so that a name which changes
/// its address between check and connection gains nothing.
#[derive(Clone, Debug, Default)]
struct Checked(Arc<Mutex<BTreeMap<String, Vec<SocketAddr>>>>);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let known = locked(&self.0).get(name.as_str()).cloned();
        Box::pin(async move {
            match known {
                Some(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                None => Err("the name was not looked up before".into()),
            }
        })
    }
}

impl Outside {
    /// The client, after the host's addresses were looked up and found to be allowed.
    pub(super) async fn client_for(&self, url: &Url, private: bool) -> Result<&Client, FetchError> {
        let forbidden = |host: &str| Refusal::PrivateAddress { host: host.to_owned() };
        match url.host() {
            Some(Host::Ipv4(address)) if !private && !is_public(IpAddr::V4(address)) => {
                return Err(forbidden(&address.to_string()).into());
            }
            Some(Host::Ipv6(address)) if !private && !is_public(IpAddr::V6(address)) => {
                return Err(forbidden(&address.to_string()).into());
            }
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => {}
            Some(Host::Domain(name)) => {
                let found = tokio::net::lookup_host((name, 0)).await.map_err(|_| Refusal::NoAnswer {
                    host: name.to_owned(),
                    why: "there is no such host".to_owned(),
                })?;
                let addresses: Vec<SocketAddr> = found.collect();
                if !private && !addresses.iter().all(|address| is_public(address.ip())) {
                    return Err(forbidden(name).into());
                }
                locked(&self.checked.0).insert(name.to_owned(), addresses);
            }
            None => return Err(Refusal::BadUrl { url: url.to_string() }.into()),
        }
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = builder().dns_resolver(Arc::new(self.checked.clone())).build();
        let client = client.map_err(Fault::Client)?;
        Ok(self.client.get_or_init(|| client))
    }
}
