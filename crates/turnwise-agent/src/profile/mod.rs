//! A profile: how a model is spoken to and how it is understood. One commented TOML file each; a model names the
//! one that it was made for, or brings its own.
//!
//! Everything here is pure: a profile turns values into words and words into values.

mod error;
mod example;
mod read;
mod shipped;
mod templates;

use std::fmt;

use minijinja::{Value, context};
use sha2::{Digest, Sha256};
use turnwise_core::{Action, Finish, Message, Observation, ParsedReply, Reply, Role, Style, Task};

pub use error::ProfileError;
use example::Example;
pub use shipped::shipped;

use crate::CueFinder;
use crate::format::{ActionFormat, Fault, Marks, Understood, Wants};
use read::browser;
use templates::{Kind, Templates};

/// The text of a profile and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileSource {
    /// The profile's name: the file's stem.
    pub name: String,
    /// The file as the user knows it.
    pub file: String,
    /// The text.
    pub text: String,
}

/// How a model is spoken to and how it is understood.
#[derive(Clone)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// A SHA-256 of its file, in hex.
    pub hash: String,
    /// How a conversation in it is spoken, where the task is no other: see [`Profile::style_for`].
    style: Style,
    /// How commands are written.
    format: ActionFormat,
    /// The examples it was checked with.
    examples: Vec<Example>,
    templates: Templates,
    thinking: Option<Marks>,
    more: Option<String>,
    observer: Role,
    sentinel: Option<String>,
}

impl Profile {
    /// Reads a profile and checks it with its examples.
    ///
    /// # Errors
    /// When the text is not TOML, a key is unknown or missing, a value is none that its key takes, or an example does
    /// not come out as it says.
    pub fn load(source: &ProfileSource) -> Result<Self, ProfileError> {
        let profile = Self::read(source)?;
        profile.examples.iter().try_for_each(|example| example.check(&profile))?;
        Ok(profile)
    }

    /// How many examples it was checked with.
    pub fn example_count(&self) -> usize {
        self.examples.len()
    }

    /// The messages that say who the model is and what its task is.
    ///
    /// # Errors
    /// When a template fails.
    pub fn introduction(&self, task: &Task) -> Result<Vec<Message>, ProfileError> {
        let told = context! {
            task => task.statement.as_str(),
            id => task.id.as_str(),
            suite => task.suite.as_str(),
            repo => task.repo.as_str(),
            base_commit => task.base_commit.as_str(),
        };
        let (system, said) = match task.web.is_some() && self.templates.has(Kind::WebTask) {
            true => (Kind::WebSystem, Kind::WebTask),
            false => (Kind::System, Kind::Task),
        };
        let mut messages = Vec::new();
        if self.templates.has(system) {
            messages.push(Message::new(Role::System, self.render(system, told.clone())?));
        }
        messages.push(Message::new(Role::User, self.render(said, told)?));
        Ok(messages)
    }

    /// How a conversation about a task is spoken.
    pub fn style_for(&self, task: &Task) -> Style {
        let tools = match (task.web.is_some(), self.style.tools.is_empty()) {
            (true, false) => vec![browser()],
            _ => self.style.tools.clone(),
        };
        Style { tools, ..self.style.clone() }
    }

    /// Takes a reply apart.
    ///
    /// # Errors
    /// When the template of complaints fails.
    pub fn parse(&self, reply: &Reply) -> Result<ParsedReply, ProfileError> {
        let parts = self.format.parse(reply, self.thinking.as_ref(), self.more.as_deref());
        let Understood { thought, asks_more, wants } = parts;
        let (action, commands) = match wants {
            Wants::Commands(commands) => {
                let lines: Vec<&str> = commands.iter().map(|command| command.text.as_str()).collect();
                (Action::Shell(lines.join("\n")), commands)
            }
            Wants::Submit => (Action::Submit, Vec::new()),
            Wants::Nothing(fault) => {
                (Action::Invalid { complaint: self.complaint(&fault, reply)? }, Vec::new())
            }
        };
        Ok(ParsedReply { thought, action, commands, asks_more })
    }

    /// Finds these words in the thinking of replies; `None` where there is no thinking.
    pub(crate) fn cues(&self, words: &[String]) -> Option<CueFinder> {
        let marks = self.thinking.as_ref()?;
        let open = match self.format {
            ActionFormat::Plain(_) => Some(marks.open.as_str()),
            ActionFormat::Pattern(_) | ActionFormat::Tool { .. } => None,
        };
        Some(CueFinder::new(words, open, &marks.close))
    }

    /// What ends the thinking, where there is any.
    pub(crate) fn closes_thinking(&self) -> Option<&str> {
        self.thinking.as_ref().map(|marks| marks.close.as_str())
    }

    /// What of a reply is said behind its thinking: its end. Nothing where the thinking does not end.
    pub(crate) fn spoken<'r>(&self, text: &'r str) -> &'r str {
        self.format.spoken(text, self.thinking.as_ref(), self.more.as_deref())
    }

    /// A text of a reply without the calls in it, which a model in the process leaves there.
    pub(crate) fn without_calls<'r>(&self, text: &'r str, reply: &Reply) -> &'r str {
        if reply.tool_calls.is_empty() { text } else { self.format.before_calls(text) }
    }

    /// What the model sees of an observation.
    ///
    /// # Errors
    /// When the template fails.
    pub fn shown(&self, command: &str, seen: &Observation) -> Result<String, ProfileError> {
        let exception = match seen.timed_out {
            true => format!("An error occurred while executing the command: Command '{command}' timed out"),
            false => String::new(),
        };
        let output = context! {
            output => seen.output.as_str(),
            returncode => seen.exit_code.unwrap_or(-1),
            exception_info => exception,
            timed_out => seen.timed_out,
            elided_bytes => seen.elided_bytes,
        };
        self.render(Kind::Observation, context! { command, output })
    }

    /// What is handed in, if an observation hands something in: a command that succeeded printed the sentinel first,
    /// and behind it what counts.
    pub fn submission<'o>(&self, seen: &'o Observation) -> Option<&'o str> {
        let sentinel = self.sentinel.as_deref()?;
        let output = seen.output.trim_start();
        let (first, rest) = output.split_once('\n').unwrap_or((output, ""));
        (first.trim() == sentinel && seen.exit_code == Some(0)).then_some(rest)
    }

    /// Who tells the model what it sees.
    pub fn observer(&self) -> Role {
        self.observer
    }

    /// Who tells the model that its reply was no good, where no call of a tool can be answered.
    pub fn critic(&self) -> Role {
        match self.format {
            ActionFormat::Tool { .. } => Role::User,
            ActionFormat::Plain(_) | ActionFormat::Pattern(_) => self.observer,
        }
    }

    fn complaint(&self, fault: &Fault, reply: &Reply) -> Result<String, ProfileError> {
        let finish_reason = match reply.finish {
            Finish::Stop if fault.has_tool_calls => "tool_calls",
            Finish::Stop => "stop",
            Finish::Length | Finish::ContextFull => "length",
        };
        let Fault { error, actions, has_tool_calls } = fault;
        self.render(Kind::Complaint, context! { error, actions, finish_reason, has_tool_calls })
    }

    fn render(&self, kind: Kind, variables: Value) -> Result<String, ProfileError> {
        self.templates.render(kind, variables).map_err(|source| ProfileError::Render {
            profile: self.name.clone(),
            what: kind.key(),
            source,
        })
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").field("name", &self.name).field("hash", &self.hash).finish_non_exhaustive()
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
pub(crate) mod tests;
