//! robots.txt of the hosts that are not the task's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use robotxt::Robots;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::network::AGENT;
use super::{FetchError, Fetcher, Refusal, Request, redirected};

/// RFC 9309 asks for at least so many.
const REDIRECTS: usize = 5;

/// What was read, by origin.
#[derive(Debug, Default)]
pub(super) struct RobotsCache(Mutex<BTreeMap<String, Arc<Rules>>>);

#[derive(Debug)]
enum Rules {
    Read(Robots),
    /// The server failed: then nothing may be fetched, says RFC 9309.
    Unreadable(u16),
}

impl RobotsCache {
    /// Whether the site lets a program fetch the page.
    pub(super) async fn check(
        &self,
        fetcher: &Fetcher,
        url: &Url,
        deadline: Instant,
    ) -> Result<(), FetchError> {
        let origin = url.origin().ascii_serialization();
        let rules = {
            // Held while it is read, so that pages which are asked for at once read it once.
            let known = timeout_at(deadline, self.0.lock()).await;
            let slow = Refusal::TooSlow { url: url.to_string(), limit: fetcher.limits().total };
            let mut known = known.map_err(|_| slow)?;
            match known.get(&origin) {
                Some(rules) => Arc::clone(rules),
                None => {
                    let rules = Arc::new(read(fetcher, url, deadline).await?);
                    known.insert(origin, Arc::clone(&rules));
                    rules
                }
            }
        };
        let why = match &*rules {
            Rules::Read(robots) if robots.is_url_allowed(url) => return Ok(()),
            Rules::Read(_) => "the site's robots.txt asks programs not to".to_owned(),
            Rules::Unreadable(status) => {
                format!("the site's robots.txt could not be read (status {status})")
            }
        };
        Err(Refusal::Robots { url: url.to_string(), why }.into())
    }
}

async fn read(fetcher: &Fetcher, url: &Url, deadline: Instant) -> Result<Rules, FetchError> {
    let robots = url.join("/robots.txt").map_err(|_| Refusal::BadUrl { url: url.to_string() })?;
    let mut request = Request::get(robots);
    for _ in 0..=REDIRECTS {
        let Ok(private) = fetcher.permission(&request.url) else { break };
        let response = fetcher.recorded(&request, private, deadline).await?;
        if let Some(next) = redirected(&request, &response) {
            request = next;
            continue;
        }
        return Ok(match response.status {
            200..300 => Rules::Read(Robots::parse(&response.body, AGENT)),
            status @ 500.. => Rules::Unreadable(status),
            _ => Rules::Read(Robots::allow_all()),
        });
    }
    Ok(Rules::Read(Robots::allow_all()))
}
