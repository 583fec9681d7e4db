//! What the model is shown and what it says.

use std::fmt;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The standing instructions.
    System,
    /// The task, and the harness's own remarks.
    User,
    /// The model.
    Assistant,
    /// The environment's answer to an action.
    Tool,
}

impl Role {
    /// The role's name in chat templates and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A tool that the model may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does, in words for the model.
    pub description: String,
    /// What it takes: a JSON schema of an object, as JSON.
    pub parameters: String,
}

/// A call of a tool, as the model wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// The call's id: unique in its conversation, and what its answer names.
    pub id: String,
    /// The tool's name; nobody has checked that there is such a tool.
    pub name: String,
    /// The arguments as JSON text; nobody has checked that it is JSON.
    pub arguments: String,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, as plain text.
    pub content: String,
    /// The tools that a message of [`Role::Assistant`] calls.
    pub tool_calls: Vec<ToolCall>,
    /// The call that a message of [`Role::Tool`] answers, where it was made as a [`ToolCall`].
    pub tool_call_id: Option<String>,
}

impl Message {
    /// A message of `role` without calls.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into(), tool_calls: Vec::new(), tool_call_id: None }
    }

    /// The answer to the call with this id.
    pub fn answer(id: impl Into<String>, content: impl Into<String>) -> Self {
        Self { tool_call_id: Some(id.into()), ..Self::new(Role::Tool, content) }
    }

    /// A message of the model's that calls tools.
    pub fn calling(content: impl Into<String>, tool_calls: Vec<ToolCall>) -> Self {
        Self { tool_calls, ..Self::new(Role::Assistant, content) }
    }
}
