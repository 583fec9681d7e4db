//! Everything that a reply follows from, as a chain of hashes: whatever is said is one more link, so that the key of
//! the next reply costs one step however long the conversation is.

use sha2::{Digest, Sha256};
use turnwise_core::{
    Earlier, Message, ModelInfo, Reply, ReplyKey, Said, Sampling, SessionSpec, Style, Tool, ToolCall,
};

/// What a change of the engine that changes replies must change.
const ENGINE: &str = concat!("turnwise replies 1, engine ", env!("CARGO_PKG_VERSION"));

/// What was said so far. The seed is no part of it: it is added for each key, so that a branch with another
/// seed is known by what it would be known by had it had that seed from its beginning.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    /// Before anything was said.
    beginning: [u8; 32],
    now: [u8; 32],
    /// How many replies were given, those that were forgotten since included: the next one is drawn as the one after them.
    replies: u64,
}

impl Chain {
    /// The beginning of a conversation.
    pub(super) fn of(model: &ModelInfo, spec: &SessionSpec<'_>) -> Self {
        // The task decides nothing that is not said; the seed comes with the key.
        let SessionSpec { task: _, sampling, seed: _, style } = spec;
        let Sampling { temperature, top_k, top_p, min_p, repetition_penalty, max_tokens } = sampling;
        let Style { tools, stop, enable_thinking, earlier } = *style;
        let mut link = Link::default();
        link.text(ENGINE).text(&model.hash).text(&model.device);
        for number in [temperature, top_p, min_p, repetition_penalty] {
            link.number(number.to_bits());
        }
        link.number(*top_k as u64).number(*max_tokens as u64);
        link.number(tools.len() as u64);
        for Tool { name, description, parameters } in tools {
            link.text(name).text(description).text(parameters);
        }
        link.number(stop.len() as u64);
        stop.iter().for_each(|stop| _ = link.text(stop));
        link.number(enable_thinking.map_or(2, u64::from));
        link.number(match earlier {
            Earlier::AsWritten => 0,
            Earlier::ByTemplate => 1,
        });
        let beginning = link.end();
        Self { beginning, now: beginning, replies: 0 }
    }

    /// A message is said.
    pub(super) fn message(&mut self, message: &Message) {
        let Message { role, content, tool_calls, tool_call_id } = message;
        let mut link = self.link("message");
        link.text(role.as_str()).text(content).calls(tool_calls);
        link.number(u64::from(tool_call_id.is_some())).text(tool_call_id.as_deref().unwrap_or_default());
        self.now = link.end();
    }

    /// A reply is given: by what of it the model sees again.
    pub(super) fn reply(&mut self, reply: &Reply) {
        self.replies += 1;
        self.told(reply);
    }

    /// Everything is said anew; the replies that were given still count.
    pub(super) fn anew(&mut self, said: &[Said]) {
        self.now = self.beginning;
        for said in said {
            match said {
                Said::Told(message) => self.message(message),
                Said::Replied(reply) => self.told(reply),
            }
        }
    }

    fn told(&mut self, reply: &Reply) {
        let mut link = self.link("reply");
        link.text(&reply.text).calls(&reply.tool_calls).number(reply.tokens.len() as u64);
        reply.tokens.iter().for_each(|token| _ = link.number(u64::from(*token)));
        self.now = link.end();
    }

    /// The key of the next reply, drawn with `seed`, on which these numbers are measured.
    pub(super) fn key(&self, seed: u64, measured: &[String]) -> ReplyKey {
        let mut link = self.link("key");
        link.number(seed).number(self.replies).number(measured.len() as u64);
        measured.iter().for_each(|name| _ = link.text(name));
        let mut key = [0; 16];
        key.copy_from_slice(&link.end()[..16]);
        ReplyKey(key)
    }

    fn link(&self, kind: &str) -> Link {
        let mut link = Link(Sha256::new_with_prefix(self.now));
        link.text(kind);
        link
    }
}

/// A link under way. Texts have their lengths in front, so that no two are read as one.
#[derive(Default)]
struct Link(Sha256);

impl Link {
    fn number(&mut self, number: u64) -> &mut Self {
        self.0.update(number.to_le_bytes());
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.number(text.len() as u64).0.update(text);
        self
    }

    fn calls(&mut self, calls: &[ToolCall]) -> &mut Self {
        self.number(calls.len() as u64);
        for ToolCall { id, name, arguments } in calls {
            self.text(id).text(name).text(arguments);
        }
        self
    }

    fn end(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
