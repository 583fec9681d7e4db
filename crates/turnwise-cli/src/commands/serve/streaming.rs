//! A reply as events, told while it is written: text as soon as it is certain, and at the end its calls, why it ended
//! and what it cost.

use std::{convert::Infallible, slice, time::Duration};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::{StreamExt, future::BoxFuture, stream};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use turnwise_core::Reply;

use super::{listener::Token, outlet::Outlet, refusal::Refusal, telling::Heading};

/// How long a stream waits for its first token before it is begun. A request that is refused by then gets a status.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a comment keeps a stream open.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// A reply that is told while it is written. Dropping it abandons the reply.
pub(super) struct Streaming {
    pub(super) heading: Heading,
    pub(super) reply: BoxFuture<'static, Result<Reply, Refusal>>,
    /// None come from a model that cannot show them.
    pub(super) tokens: UnboundedReceiver<Token>,
    pub(super) outlet: Outlet,
    pub(super) extras: Extras,
}

/// What is told beside the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extras {
    /// The log-probabilities of its tokens.
    pub(super) logprobs: bool,
    /// What it cost, at the end.
    pub(super) usage: bool,
}

/// What comes next of a reply.
enum Next {
    Token(Token),
    Over(Result<Reply, Refusal>),
}

impl Streaming {
    /// The events, or a refusal where one is known soon.
    pub(super) async fn respond(mut self) -> Result<Response, Refusal> {
        let mut first = vec![self.heading.first()];
        let mut is_over = false;
        match tokio::time::timeout(PATIENCE, self.next()).await {
            Ok(Next::Token(token)) => first.extend(self.token(&token)),
            Ok(Next::Over(reply)) => {
                first.extend(self.end(Ok(reply?)));
                is_over = true;
            }
            Err(_late) => {}
        }
        let rest = stream::unfold((self, is_over), |(mut streaming, is_over)| async move {
            if is_over {
                return None;
            }
            let (pieces, is_over) = match streaming.next().await {
                Next::Token(token) => (streaming.token(&token).into_iter().collect(), false),
                Next::Over(reply) => (streaming.end(reply), true),
            };
            Some((pieces, (streaming, is_over)))
        });
        let pieces = stream::iter([first]).chain(rest).flat_map(stream::iter);
        let events = pieces.map(|piece: Value| Event::default().data(piece.to_string()));
        let events = events.chain(stream::iter([Event::default().data("[DONE]")])).map(Ok::<_, Infallible>);
        Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
    }

    async fn next(&mut self) -> Next {
        tokio::select! {
            biased;
            Some(token) = self.tokens.recv() => Next::Token(token),
            reply = &mut self.reply => Next::Over(reply),
        }
    }

    fn token(&mut self, token: &Token) -> Option<Value> {
        let text = self.outlet.take(&token.adds);
        let tokens = self.extras.logprobs.then(|| slice::from_ref(token));
        (!text.is_empty() || tokens.is_some()).then(|| self.heading.text(&text, tokens))
    }

    /// The tokens that came with the end, what was held back, and the end itself.
    fn end(&mut self, reply: Result<Reply, Refusal>) -> Vec<Value> {
        let mut pieces = Vec::new();
        while let Ok(token) = self.tokens.try_recv() {
            pieces.extend(self.token(&token));
        }
        match reply {
            Ok(reply) => {
                let rest = self.outlet.rest(&reply.text);
                pieces.extend((!rest.is_empty()).then(|| self.heading.text(&rest, None)));
                pieces.extend(self.heading.end(&reply, self.extras.usage));
            }
            Err(refusal) => pieces.push(refusal.body()),
        }
        pieces
    }
}
