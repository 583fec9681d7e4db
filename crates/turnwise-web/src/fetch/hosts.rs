//! Which hosts a task may reach, and where its own are really served.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use url::Url;

/// Where a host of the task's own really is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A server of the harness on this machine, by HTTP.
    Server(SocketAddr),
    /// Files: the URL's path under this folder; a folder's page is its `index.html`.
    Folder(PathBuf),
}

/// The hosts of the task's own, by name, so that no port ever is in a URL that a model sees. They are reached as
/// `http://NAME/` and need not be in any allow-list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes(BTreeMap<String, Route>);

impl Routes {
    /// No hosts.
    pub fn new() -> Self {
        Self::default()
    }

    /// These and one more: `host` is served at `address`.
    #[must_use]
    pub fn server(mut self, host: &str, address: SocketAddr) -> Self {
        self.0.insert(host.to_ascii_lowercase(), Route::Server(address));
        self
    }

    /// These and one more: `host` is a folder of files.
    #[must_use]
    pub fn folder(mut self, host: &str, folder: impl Into<PathBuf>) -> Self {
        self.0.insert(host.to_ascii_lowercase(), Route::Folder(folder.into()));
        self
    }

    /// Where a host really is, if it is one of these.
    pub fn get(&self, host: &str) -> Option<&Route> {
        self.0.get(host.trim_end_matches('.'))
    }

    /// The hosts' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// A host that may be reached: `example.org`, `*.example.org` (every host under it, not itself), `[::1]:8080`. Without a
/// port it stands for 80 by `http` and 443 by `https`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    /// The name, or the address, as URLs write it.
    host: String,
    any_under: bool,
    port: Option<u16>,
}

/// Text that is no host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no host: write a name such as `example.org`, `*.example.org` or `example.org:8080`, without `http://`"
)]
pub struct BadHost {
    /// The text.
    pub text: String,
}

impl std::str::FromStr for HostPattern {
    type Err = BadHost;

    fn from_str(text: &str) -> Result<Self, BadHost> {
        let bad = || BadHost { text: text.to_owned() };
        let (any_under, name) = match text.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, text),
        };
        if name.is_empty() || name.contains(['/', '@', '?', '#', '*', '\\']) {
            return Err(bad());
        }
        let url = Url::parse(&format!("http://{name}/")).map_err(|_| bad())?;
        let host = url.host_str().ok_or_else(bad)?.trim_end_matches('.').to_owned();
        Ok(Self { host, any_under, port: url.port() })
    }
}

impl HostPattern {
    /// Whether a URL's host and port are meant.
    pub fn matches(&self, url: &Url) -> bool {
        let Some(host) = url.host_str().map(|host| host.trim_end_matches('.')) else { return false };
        let is_host = match self.any_under {
            true => host.strip_suffix(self.host.as_str()).is_some_and(|front| front.ends_with('.')),
            false => host == self.host,
        };
        // `Url::port` is `None` for the scheme's own port.
        is_host && url.port() == self.port.filter(|port| Some(*port) != default_port(url))
    }
}

fn default_port(url: &Url) -> Option<u16> {
    match url.scheme() {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.any_under { "*." } else { "" })?;
        f.write_str(&self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// What a task may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// The task's own hosts.
    pub routes: Routes,
    /// Hosts of the network, at public addresses only.
    pub hosts: Vec<HostPattern>,
    /// Hosts that may also have addresses of this machine or of a private network.
    pub private: Vec<HostPattern>,
}

impl Access {
    /// Whether a host outside the task's own may be reached; `Some(true)` where its addresses may be private.
    pub(crate) fn outside(&self, url: &Url) -> Option<bool> {
        let named = |patterns: &[HostPattern]| patterns.iter().any(|pattern| pattern.matches(url));
        let private = named(&self.private);
        (private || named(&self.hosts)).then_some(private)
    }

    /// The hosts, for a model that asked for another.
    pub(super) fn names(&self) -> String {
        let patterns = self.hosts.iter().chain(&self.private).map(ToString::to_string);
        let names: Vec<String> = self.routes.names().map(str::to_owned).chain(patterns).collect();
        names.join(", ")
    }
}

/// Whether an address is one of the public internet: not of this machine, of a private network, of a provider's own
/// network, of documentation, or one that stands for such an address.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, _, _, _, g, h] = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (a, b) {
        // Translated addresses lead to the IPv4 address in them.
        (0x64, 0xff9b) => address.segments()[2..6] == [0; 4] && embedded(g, h),
        (0x2002, _) => embedded(b, c),
        (0x2001, 0..0x200 | 0xdb8) => false,
        (0x3fff, 0..0x1000) => false,
        _ => match address.to_ipv4_mapped() {
            Some(address) => is_public_v4(address),
            None => a & 0xe000 == 0x2000,
        },
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{HostPattern, is_public};

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for text in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101", "2002:101:101::1"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
        let others = "127.0.0.1 127.9.9.9 10.1.2.3 172.16.0.1 172.31.9.9 192.168.1.1 169.254.169.254 100.64.0.1 100.127.255.255 \
            0.0.0.0 0.1.2.3 224.0.0.1 255.255.255.255 240.0.0.1 192.0.0.1 192.0.2.1 198.18.0.1 198.19.0.1 198.51.100.1 \
            203.0.113.1 :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1 \
            2002:7f00:1::1 2002:c0a8:101::1 2001::1 2001:db8::1 fc00::1 fd12::1 fe80::1 fec0::1 ff02::1 100::1 3fff::1";
        for text in others.split_whitespace() {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn patterns_mean_hosts_and_ports() {
        let cases = [
            ("example.org", "http://example.org/a", true),
            ("example.org", "https://EXAMPLE.org./", true),
            ("example.org", "http://example.org:8080/", false),
            ("example.org:8080", "http://example.org:8080/", true),
            ("example.org:8080", "http://example.org/", false),
            ("example.org:443", "https://example.org/", true),
            ("example.org", "http://www.example.org/", false),
            ("*.example.org", "http://www.example.org/", true),
            ("*.example.org", "http://a.b.example.org/", true),
            ("*.example.org", "http://example.org/", false),
            ("*.example.org", "http://badexample.org/", false),
            ("127.0.0.1:80", "http://0x7f.1/", true),
            ("[::1]:90", "http://[::1]:90/", true),
        ];
        for (pattern, url, matches) in cases {
            let pattern: HostPattern = pattern.parse().unwrap();
            assert_eq!(pattern.matches(&Url::parse(url).unwrap()), matches, "{pattern} {url}");
        }
        for text in ["", "*.", "http://example.org", "example.org/a", "a b", "*", "a@b", "a.*.b"] {
            assert!(text.parse::<HostPattern>().is_err(), "{text}");
        }
    }
}
