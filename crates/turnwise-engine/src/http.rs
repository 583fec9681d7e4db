//! The HTTP client of remote models and of the hub: one TLS stack (rustls with ring), the system's
//! certificates, proxies from the environment but never for this machine's own addresses.

use std::time::Duration;

use reqwest::{Client, Url};

/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// A client for `url`, which gives up when nothing comes for as long as `silence`.
pub(crate) fn client(url: &Url, silence: Duration) -> reqwest::Result<Client> {
    // Another part of the process may have chosen its cryptography first, and then that one serves.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(concat!("turnwise/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .read_timeout(silence);
    match is_own_machine(url) {
        true => builder.no_proxy().build(),
        false => builder.build(),
    }
}

fn is_own_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The first characters of what a server sent, in one line.
pub(crate) fn beginning(bytes: &[u8]) -> String {
    const LONGEST: usize = 300;
    let text = String::from_utf8_lossy(bytes);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &words[..at]),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::{beginning, is_own_machine};

    #[test]
    fn own_addresses_are_recognised_and_long_answers_cut() {
        let own = |url: &str| is_own_machine(&url.parse().unwrap());
        assert!(own("http://localhost:1/v1") && own("http://127.0.0.9/") && own("http://[::1]:8/"));
        assert!(!own("https://api.example.com/v1") && !own("http://10.0.0.1/"));
        assert_eq!(beginning(b" a\n b "), "a b");
        assert_eq!(beginning("ä".repeat(999).as_bytes()).chars().count(), 301);
    }
}
