//! One connection to a browser, shared by all its tabs.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{CallError, Event, frames::Frames};

/// Longer messages are a page that cannot be shown anyway, in bytes.
const LONGEST: usize = 64 << 20;

/// The answer to a call, or what the browser said instead.
type Answer = Result<Value, String>;

/// A connection; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    shared: Arc<Shared>,
    outgoing: mpsc::UnboundedSender<Vec<u8>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last_id: u64,
    waiting: BTreeMap<u64, oneshot::Sender<Answer>>,
    /// By session; the browser's own events have the empty name.
    listeners: BTreeMap<String, mpsc::UnboundedSender<Event>>,
    closed: Option<String>,
}

/// What comes over the pipe: an answer has an id, an event a method.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Incoming {
    id: Option<u64>,
    result: Option<Value>,
    error: Option<Complaint>,
    method: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    session_id: String,
}

#[derive(Debug, Deserialize)]
struct Complaint {
    message: String,
}

impl Wire {
    /// Speaks over these two ends until one of them breaks. Must be called within a runtime.
    pub(crate) fn new(
        from: impl AsyncRead + Unpin + Send + 'static,
        to: impl AsyncWrite + Unpin + Send + 'static,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let (outgoing, queue) = mpsc::unbounded_channel();
        tokio::spawn(write(to, queue, Arc::clone(&shared)));
        tokio::spawn(read(from, Arc::clone(&shared)));
        Self { shared, outgoing }
    }

    /// Asks the browser, or with a session one of its tabs, and waits for the answer.
    pub(crate) async fn call(
        &self,
        session: &str,
        method: &str,
        params: Value,
        limit: Duration,
    ) -> Result<Value, CallError> {
        let (id, answer) = self.send(session, method, &params)?;
        let waiting = Waiting { id, shared: &self.shared };
        let answer = timeout(limit, answer).await;
        drop(waiting);
        match answer {
            Ok(Ok(Ok(result))) => Ok(result),
            Ok(Ok(Err(message))) => Err(CallError::Refused { method: method.to_owned(), message }),
            Ok(Err(_)) => Err(self.shared.closed_error()),
            Err(_) => Err(CallError::TimedOut { method: method.to_owned(), limit }),
        }
    }

    /// Tells the browser something whose answer is of no use.
    pub(crate) fn tell(&self, session: &str, method: &str, params: &Value) {
        // A browser that is gone need not be told.
        drop(self.send(session, method, params));
    }

    /// The events of a session from now on; those of the browser itself for the empty name.
    pub(crate) fn listen(&self, session: &str) -> mpsc::UnboundedReceiver<Event> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.shared.with(|state| {
            if state.closed.is_none() {
                state.listeners.insert(session.to_owned(), sender);
            }
        });
        receiver
    }

    /// Forgets who listens to a session.
    pub(crate) fn forget(&self, session: &str) {
        self.shared.with(|state| drop(state.listeners.remove(session)));
    }

    /// Says that the browser is gone: everybody who waits gets an error, now and later.
    pub(crate) fn close(&self, why: &str) {
        self.shared.close(why);
    }

    /// Whether it is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.shared.with(|state| state.closed.is_some())
    }

    fn send(
        &self,
        session: &str,
        method: &str,
        params: &Value,
    ) -> Result<(u64, oneshot::Receiver<Answer>), CallError> {
        let (sender, answer) = oneshot::channel();
        let id = self.shared.with(|state| match &state.closed {
            Some(why) => Err(CallError::Closed { why: why.clone() }),
            None => {
                state.last_id += 1;
                state.waiting.insert(state.last_id, sender);
                Ok(state.last_id)
            }
        })?;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if !session.is_empty() {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        if self.outgoing.send(bytes).is_err() {
            self.shared.close("its pipe is closed");
            return Err(self.shared.closed_error());
        }
        Ok((id, answer))
    }
}

/// Takes a call's place in the list away when nobody waits for it any more.
struct Waiting<'a> {
    id: u64,
    shared: &'a Shared,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.with(|state| drop(state.waiting.remove(&self.id)));
    }
}

impl Shared {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        // Nothing that is done under the lock can leave it half done.
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn close(&self, why: &str) {
        self.with(|state| {
            state.closed.get_or_insert_with(|| why.to_owned());
            state.waiting.clear();
            state.listeners.clear();
        });
    }

    fn closed_error(&self) -> CallError {
        let why = self.with(|state| state.closed.clone());
        CallError::Closed { why: why.unwrap_or_else(|| "its pipe is closed".to_owned()) }
    }

    fn deliver(&self, message: &[u8]) -> io::Result<()> {
        let message: Incoming = serde_json::from_slice(message)?;
        self.with(|state| match (message.id, message.method) {
            (Some(id), _) => {
                let answer = match message.error {
                    Some(complaint) => Err(complaint.message),
                    None => Ok(message.result.unwrap_or_default()),
                };
                if let Some(waiter) = state.waiting.remove(&id) {
                    // Whoever stopped waiting does not want it.
                    drop(waiter.send(answer));
                }
            }
            (None, Some(method)) => {
                if let Some(listener) = state.listeners.get(&message.session_id) {
                    drop(listener.send(Event { method, params: message.params }));
                }
            }
            (None, None) => {}
        });
        Ok(())
    }
}

async fn write(
    mut to: impl AsyncWrite + Unpin,
    mut queue: mpsc::UnboundedReceiver<Vec<u8>>,
    shared: Arc<Shared>,
) {
    while let Some(bytes) = queue.recv().await {
        if let Err(error) = to.write_all(&bytes).await {
            return shared.close(&format!("its pipe cannot be written: {error}"));
        }
    }
}

async fn read(mut from: impl AsyncRead + Unpin, shared: Arc<Shared>) {
    let mut frames = Frames::new(LONGEST);
    let mut buffer = vec![0; 64 << 10];
    let why = loop {
        let read = match from.read(&mut buffer).await {
            Ok(0) => break "its pipe ended".to_owned(),
            Ok(read) => read,
            Err(error) => break format!("its pipe cannot be read: {error}"),
        };
        frames.push(&buffer[..read]);
        if let Err(why) = take(&mut frames, &shared) {
            break why;
        }
    };
    shared.close(&why);
}

fn take(frames: &mut Frames, shared: &Shared) -> Result<(), String> {
    while let Some(message) = frames.next().map_err(|error| error.to_string())? {
        shared.deliver(&message).map_err(|error| format!("it sent no DevTools message: {error}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};

    use super::{CallError, Wire};

    const SOON: Duration = Duration::from_secs(5);

    async fn hear(peer: &mut DuplexStream) -> Value {
        let mut bytes = Vec::new();
        loop {
            match peer.read_u8().await.unwrap() {
                0 => return serde_json::from_slice(&bytes).unwrap(),
                byte => bytes.push(byte),
            }
        }
    }

    async fn say(peer: &mut DuplexStream, message: Value) {
        peer.write_all(format!("{message}\0").as_bytes()).await.unwrap();
    }

    fn wire() -> (Wire, DuplexStream) {
        let (ours, theirs) = duplex(1 << 16);
        let (from, to) = split(ours);
        (Wire::new(from, to), theirs)
    }

    #[tokio::test]
    async fn answers_find_their_calls_and_events_their_sessions() {
        let (wire, mut peer) = wire();
        let mut events = wire.listen("S");
        let calls = async {
            tokio::join!(
                wire.call("S", "A.a", json!({ "x": 1 }), SOON),
                wire.call("", "B.b", json!({}), SOON)
            )
        };
        let browser = async {
            let (first, second) = (hear(&mut peer).await, hear(&mut peer).await);
            assert_eq!((&first["sessionId"], &second["sessionId"]), (&json!("S"), &Value::Null));
            say(&mut peer, json!({ "method": "Page.load", "sessionId": "S", "params": { "y": 2 } })).await;
            say(&mut peer, json!({ "method": "Page.load", "sessionId": "other" })).await;
            say(&mut peer, json!({ "id": second["id"], "error": { "message": "no", "code": 1 } })).await;
            say(&mut peer, json!({ "id": first["id"], "result": { "ok": true } })).await;
        };
        let ((a, b), ()) = tokio::join!(calls, browser);
        assert_eq!(a.unwrap()["ok"], json!(true));
        assert_eq!(b.unwrap_err(), CallError::Refused { method: "B.b".to_owned(), message: "no".to_owned() });
        assert_eq!(events.recv().await.unwrap().params["y"], json!(2));
    }

    #[tokio::test]
    async fn the_end_of_the_pipe_reaches_everybody() {
        let (wire, peer) = wire();
        let mut events = wire.listen("");
        let end = async {
            tokio::task::yield_now().await;
            drop(peer);
        };
        let (answer, ()) = tokio::join!(wire.call("", "A.a", json!({}), SOON), end);
        assert!(matches!(answer, Err(CallError::Closed { .. })));
        assert!(events.recv().await.is_none());
        assert!(matches!(wire.call("", "A.a", json!({}), SOON).await, Err(CallError::Closed { .. })));
        assert!(wire.listen("late").recv().await.is_none());
    }

    #[tokio::test]
    async fn a_call_without_an_answer_ends_at_its_limit_and_nonsense_closes() {
        let (wire, mut peer) = wire();
        let limit = Duration::from_millis(20);
        let answer = wire.call("", "A.a", json!({}), limit).await;
        assert_eq!(answer.unwrap_err(), CallError::TimedOut { method: "A.a".to_owned(), limit });
        peer.write_all(b"nonsense\0").await.unwrap();
        assert!(matches!(wire.call("", "A.a", json!({}), SOON).await, Err(CallError::Closed { .. })));
    }
}
