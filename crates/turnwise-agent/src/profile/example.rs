//! The examples of a profile file: a reply and what is understood of it, or an output and what is shown of it.
//!
//! ```toml
//! [[example]]
//! reply = "<think>look first</think>ls"   # with `calls = ['{"command": "ls"}']` for calls of the tool `bash`, or of `tool`
//! thought = "look first"                  # may be left out
//! shell = "ls"                            # or a list; or `submits = true`; or `complains = "what it says, in part"`
//!
//! [[example]]
//! output = "a.py\n"
//! exit_code = 0                           # left out: the command took too long
//! shows = "a.py"                          # or `submits = true`
//! ```

use turnwise_core::{Action, Observation, ParsedReply, Reply, ToolCall};
use turnwise_toml::{Node, Place, Table, TomlError};

use super::{
    Profile, ProfileError,
    read::{line, texts},
};
use crate::format::BASH;

/// One example.
#[derive(Clone, Debug)]
pub(super) struct Example {
    place: Place,
    scene: Scene,
}

#[derive(Clone, Debug)]
enum Scene {
    Reply { reply: Box<Reply>, thought: Option<String>, wants: Wanted },
    Output { observation: Observation, shows: Option<String> },
}

#[derive(Clone, Debug)]
enum Wanted {
    Shell(Vec<String>),
    Submit,
    Complaint(String),
}

impl Example {
    /// Reads an `[[example]]`.
    pub(super) fn read(mut table: Table) -> Result<Self, ProfileError> {
        let place = table.place().clone();
        let scene = match table.read("reply", "a text", any_text)? {
            Some(reply) => read_reply(&mut table, &reply)?,
            None => read_output(&mut table)?,
        };
        table.close()?;
        Ok(Self { place, scene })
    }

    /// Whether the profile does what it says.
    pub(super) fn check(&self, profile: &Profile) -> Result<(), ProfileError> {
        match &self.scene {
            Scene::Reply { reply, thought, wants } => {
                let parsed = profile.parse(reply)?;
                if !wants.is_met_by(&parsed) {
                    return Err(self.failure(wants.describe(), describe(&parsed)));
                }
                match thought {
                    Some(thought) if *thought != parsed.thought => {
                        let said = format!("the thought was {:?}", parsed.thought);
                        Err(self.failure(format!("the thought {thought:?}"), said))
                    }
                    Some(_) | None => Ok(()),
                }
            }
            Scene::Output { observation, shows } => {
                let submits = profile.submission(observation).is_some();
                match shows {
                    None if submits => Ok(()),
                    None => Err(self.failure("a submission".to_owned(), "there was none".to_owned())),
                    Some(_) if submits => {
                        Err(self.failure("an observation".to_owned(), "it hands in the work".to_owned()))
                    }
                    Some(expected) => {
                        let shown = profile.shown("ls", observation)?;
                        match shown == *expected {
                            true => Ok(()),
                            false => {
                                Err(self.failure(format!("{expected:?}"), format!("it shows {shown:?}")))
                            }
                        }
                    }
                }
            }
        }
    }

    fn failure(&self, expected: String, happened: String) -> ProfileError {
        ProfileError::Example { place: self.place.clone(), expected, happened }
    }
}

impl Wanted {
    fn is_met_by(&self, parsed: &ParsedReply) -> bool {
        match (self, &parsed.action) {
            (Self::Shell(commands), Action::Shell(_)) => {
                parsed.commands.iter().map(|command| &command.text).eq(commands)
            }
            (Self::Submit, Action::Submit) => true,
            (Self::Complaint(part), Action::Invalid { complaint }) => complaint.contains(part),
            (Self::Shell(_) | Self::Submit | Self::Complaint(_), _) => false,
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Shell(commands) => format!("the commands {commands:?}"),
            Self::Submit => "a submission".to_owned(),
            Self::Complaint(part) => format!("a complaint that says {part:?}"),
        }
    }
}

fn describe(parsed: &ParsedReply) -> String {
    match &parsed.action {
        Action::Shell(command) => format!("it runs {command:?}"),
        Action::Submit => "it hands in the work".to_owned(),
        Action::Invalid { complaint } => format!("the complaint is {complaint:?}"),
    }
}

fn read_reply(table: &mut Table, text: &str) -> Result<Scene, ProfileError> {
    let calls = table.read("calls", "a list of texts, the arguments of calls of `bash`", texts)?;
    let tool = table.read("tool", "the tool that they call instead", line)?;
    let calls = calls.unwrap_or_default().into_iter().zip(1..).map(|(arguments, number)| ToolCall {
        id: format!("call-{number}"),
        name: tool.clone().unwrap_or_else(|| BASH.to_owned()),
        arguments,
    });
    let reply = Box::new(Reply { tool_calls: calls.collect(), ..Reply::saying(text) });
    let thought = table.read("thought", "a text", any_text)?;
    let one_or_more = |node: &Node| texts(node).or_else(|| Some(vec![any_text(node)?]));
    let shell = table.read("shell", "a command or a list of commands", one_or_more)?.map(Wanted::Shell);
    let submits = table.read("submits", "true", yes)?.map(|()| Wanted::Submit);
    let complains = table.read("complains", "a text", line)?.map(Wanted::Complaint);
    let wants =
        shell.or(submits).or(complains).ok_or_else(|| missing(table, "example.shell", "what it runs"))?;
    Ok(Scene::Reply { reply, thought, wants })
}

fn read_output(table: &mut Table) -> Result<Scene, ProfileError> {
    let output = table.need("output", "a text (or give `reply`)", any_text)?;
    let exit_code = table.read("exit_code", "a whole number", |node| node.whole()?.try_into().ok())?;
    let observation = Observation { output, exit_code, timed_out: exit_code.is_none(), elided_bytes: 0 };
    let shows = table.read("shows", "a text", any_text)?;
    if table.read("submits", "true", yes)?.is_none() && shows.is_none() {
        return Err(missing(table, "example.shows", "what the model sees of it"));
    }
    Ok(Scene::Output { observation, shows })
}

fn any_text(node: &Node) -> Option<String> {
    node.text().map(str::to_owned)
}

fn yes(node: &Node) -> Option<()> {
    node.flag().filter(|flag| *flag).map(|_| ())
}

fn missing(table: &Table, key: &str, expected: &str) -> ProfileError {
    let place = table.place().clone();
    TomlError::Missing { place, key: key.to_owned(), expected: expected.to_owned() }.into()
}
