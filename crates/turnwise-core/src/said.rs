//! What is said in a conversation, by either side.

use crate::{Message, Reply};

/// Something said in a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A message that the model is shown. One of [`crate::Role::Assistant`] stands for a reply of which only this is left.
    Told(Message),
    /// A reply of the model's, as it was given.
    Replied(Reply),
}
