//! A shop that is open: served on a port of its own until it is dropped.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{net::TcpListener, sync::oneshot};
use turnwise_core::Grade;

use super::{
    routes::{Shared, router},
    store::Store,
};
use crate::{catalogue::Catalogue, reward, task::ShopSetup};

/// The shop cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error(
    "the shop cannot listen on a port of 127.0.0.1; see that the machine has free ports and a loopback network, then run the same command again"
)]
pub struct ShopError {
    /// Why.
    #[from]
    source: std::io::Error,
}

/// An open shop.
#[derive(Debug)]
pub struct Shop {
    store: Shared,
    address: SocketAddr,
    /// Where this is dropped, the server stops listening and closes its connections, idle ones at once.
    _stop: oneshot::Sender<()>,
}

impl Shop {
    /// The host's name in addresses; browsers map it to [`Shop::address`].
    pub const HOST: &str = "shop.test";
    /// The address of the first page.
    pub const START: &str = "http://shop.test/";

    /// Opens a shop in which nobody has been yet.
    ///
    /// # Errors
    /// When no port can be listened on.
    pub async fn open(catalogue: Arc<Catalogue>, setup: &ShopSetup) -> Result<Self, ShopError> {
        let store = Arc::new(Mutex::new(Store::new(catalogue, setup)));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let app = router(Arc::clone(&store));
        let (stop, stopped) = oneshot::channel();
        let server = axum::serve(listener, app).with_graceful_shutdown(async move { drop(stopped.await) });
        // Errors of single connections are axum's to handle; there is no other way to end than to be stopped.
        drop(tokio::spawn(async move { drop(server.await) }));
        Ok(Self { store, address, _stop: stop })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The state of the work as lines: the basket, then the order; empty at the start.
    pub fn work(&self) -> Vec<String> {
        self.store().work()
    }

    /// What the order is worth.
    pub fn grade(&self) -> Grade {
        let store = self.store();
        reward::grade(store.order(), &store.setup, &store.catalogue)
    }

    /// Puts the shop back to where nobody has been.
    pub fn reset(&self) {
        self.store().reset();
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
