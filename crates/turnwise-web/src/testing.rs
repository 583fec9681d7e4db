//! For tests: servers on real sockets, and fetchers that reach them.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;

use crate::fetch::{Access, FetchLimits, Fetcher, Network, Request, Routes};

/// Serves on this machine until the test's runtime ends.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// An address where nothing listens.
pub(crate) async fn dead_address() -> SocketAddr {
    tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// Limits that tests need not wait for.
pub(crate) fn quick() -> FetchLimits {
    FetchLimits {
        headers: Duration::from_millis(1500),
        total: Duration::from_secs(2),
        ..FetchLimits::default()
    }
}

/// A fetcher for `shop.test`, which is served at `address`.
pub(crate) fn shop(address: SocketAddr) -> Fetcher {
    let access = Access { routes: Routes::new().server("shop.test", address), ..Access::default() };
    Fetcher::new(&Network::new().unwrap(), access, quick())
}

/// A fetcher for a server of this machine as if it were of the network.
pub(crate) fn outside(address: SocketAddr) -> Fetcher {
    let access = Access { private: vec![address.to_string().parse().unwrap()], ..Access::default() };
    Fetcher::new(&Network::new().unwrap(), access, quick())
}

pub(crate) fn get(url: &str) -> Request {
    Request::get(url.parse().unwrap())
}
