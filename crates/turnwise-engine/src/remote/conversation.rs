//! A conversation with a remote model: the whole history goes with each request.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::time::{sleep, timeout};
use turnwise_core::{
    BoxFuture, Conversation, Finish, Message, ModelError, Reply, Said, Sampling, SessionSpec, Style,
};

use super::{
    RemoteError,
    answer::Answer,
    dialect::Wanted,
    endpoint::Endpoint,
    retry::{self, Again, Luck},
};

/// A conversation with a remote model.
#[derive(Clone)]
pub(super) struct RemoteConversation {
    endpoint: Arc<Endpoint>,
    knows_tool_role: bool,
    messages: Vec<Message>,
    sampling: Sampling,
    style: Style,
    seed: u64,
    /// Decides the waits together with the seed, so that trials do not all come back at once.
    task: String,
    replies: u64,
}

impl RemoteConversation {
    pub(super) fn new(endpoint: Arc<Endpoint>, knows_tool_role: bool, spec: &SessionSpec<'_>) -> Self {
        Self {
            endpoint,
            knows_tool_role,
            messages: Vec::new(),
            sampling: spec.sampling.clone(),
            style: spec.style.clone(),
            seed: spec.seed,
            task: spec.task.id.clone(),
            replies: 0,
        }
    }

    async fn next_reply(&mut self) -> Result<Reply, ModelError> {
        let mut reply = match self.ask_until_late().await {
            Ok(answer) => answer.into_reply(),
            // Nothing was said, and nothing more can be.
            Err(RemoteError::Refused(refusal)) if refusal.is_context_full() => return Ok(context_full()),
            Err(source) => {
                let model = self.endpoint.model().to_owned();
                return Err(ModelError::Failed { model, source: source.into() });
            }
        };
        // An answer has to name its call, and not every server gives calls a name.
        for (call, number) in reply.tool_calls.iter_mut().zip(1_u64..) {
            if call.id.is_empty() {
                call.id = format!("c{:04}{number:04}", self.replies + 1);
            }
        }
        self.restore(&reply);
        Ok(reply)
    }

    async fn ask_until_late(&self) -> Result<Answer, RemoteError> {
        let limit = self.endpoint.options().reply_timeout;
        let late = |_| RemoteError::Late { url: self.endpoint.at("chat/completions"), waited: limit };
        timeout(limit, self.ask()).await.map_err(late)?
    }

    async fn ask(&self) -> Result<Answer, RemoteError> {
        let options = self.endpoint.options();
        let mut luck = Luck::new(luck(self.seed, &self.task), self.replies);
        let wanted = Wanted {
            messages: &self.messages,
            sampling: &self.sampling,
            style: &self.style,
            seed: self.seed,
            knows_tool_role: self.knows_tool_role,
        };
        let mut tries = 1;
        loop {
            let error = match self.endpoint.chat(&wanted).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match retry::again(&error) {
                // A server that wants to be left alone for longer than we may wait is taken at its word.
                Again::After(asked)
                    if tries <= options.retries
                        && asked.is_none_or(|asked| asked < options.reply_timeout) =>
                {
                    let wait = retry::wait(options.first_wait, tries, asked, &mut luck);
                    tracing::warn!(%error, ?wait, tries, "a request failed and is made again");
                    sleep(wait).await;
                    tries += 1;
                }
                Again::After(_) if tries > 1 => {
                    return Err(RemoteError::GaveUp { tries, last: Box::new(error) });
                }
                Again::After(_) | Again::Never => return Err(error),
            }
        }
    }
}

impl Conversation for RemoteConversation {
    fn push(&mut self, message: Message) {
        self.messages.push(message);
    }

    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>> {
        Box::pin(self.next_reply())
    }

    fn restore(&mut self, reply: &Reply) {
        self.messages.push(as_message(reply));
        self.replies += 1;
    }

    fn rebuild(&mut self, said: &[Said]) {
        let message = |said: &Said| match said {
            Said::Told(message) => message.clone(),
            Said::Replied(reply) => as_message(reply),
        };
        self.messages = said.iter().map(message).collect();
    }

    fn fork(&self, seed: u64) -> Option<Box<dyn Conversation>> {
        Some(Box::new(Self { seed, ..self.clone() }))
    }
}

fn as_message(reply: &Reply) -> Message {
    Message::calling(reply.text.as_str(), reply.tool_calls.clone())
}

fn context_full() -> Reply {
    Reply { finish: Finish::ContextFull, ..Reply::saying("") }
}

fn luck(seed: u64, task: &str) -> u64 {
    let digest = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(task).finalize();
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}
