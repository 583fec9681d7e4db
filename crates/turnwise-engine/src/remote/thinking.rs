//! Thinking that has a field of its own on the way, and stands in front of the text here. Pure.
//!
//! Whether what the model thought before earlier replies is sent with a request is for the profile to say
//! ([`Earlier`]). Whether the model sees it is for the endpoint's own chat template.

use turnwise_core::{Earlier, Role};

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>\n";

/// How an endpoint takes the thinking of earlier replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    /// In the text, as it came: no reply has brought it in a field of its own.
    InText,
    /// In the field that replies bring it in.
    In(&'static str),
    /// Not at all: it brings it in a field and does not take it back.
    LeftOut,
}

/// Thinking in front of the text that follows it.
pub(super) fn put_in_front(thinking: &str) -> String {
    format!("{OPEN}{thinking}{CLOSE}")
}

/// The thinking in front of a text, and the text.
pub(super) fn take_apart(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(OPEN)?.split_once(CLOSE)
}

/// The first message whose thinking is sent: all thinking where replies stay as they were written; else that since the
/// user last spoke, which is as far back as the templates of reasoning models show it.
pub(super) fn sent_from(roles: &[Role], earlier: Earlier) -> usize {
    match earlier {
        Earlier::AsWritten => 0,
        Earlier::ByTemplate => roles.iter().rposition(|role| *role == Role::User).map_or(0, |at| at + 1),
    }
}
