//! One command between marks in a text, found by a regular expression: mini-swe-agent's text formats.

use regex::Regex;
use turnwise_core::Command;

use super::{Fault, Marks, Understood, Wants, thinking::joined};

/// The one place in the text that matches is the command.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    regex: Regex,
}

impl Pattern {
    /// A pattern whose first group is the command. `.` matches line breaks, too.
    ///
    /// # Errors
    /// When it is no regular expression or has no group.
    pub(crate) fn new(pattern: &str) -> Result<Self, regex::Error> {
        let regex = Regex::new(&format!("(?s){pattern}"))?;
        match regex.captures_len() {
            0 | 1 => Err(regex::Error::Syntax(format!("`{pattern}` has no group that is the command"))),
            _ => Ok(Self { regex }),
        }
    }

    /// Takes a text apart. What matches inside of the thinking is only thought of.
    pub(super) fn parse(&self, reply: &str, thinking: Option<&Marks>, more: Option<&str>) -> Understood {
        let (thinking, rest) = thinking.map_or(("", Some(reply)), |marks| marks.split(reply));
        let rest = rest.unwrap_or_default();
        let found: Vec<_> = self.regex.captures_iter(rest).collect();
        let commands: Vec<String> =
            found.iter().filter_map(|found| Some(found.get(1)?.as_str().trim().to_owned())).collect();
        let said = found.first().and_then(|found| found.get(0)).map_or(rest, |first| &rest[..first.start()]);
        let thought = joined(thinking, said);
        let asks_more = more.is_some_and(|more| thought.contains(more));
        let wants = match <[String; 1]>::try_from(commands) {
            Ok([text]) => Wants::Commands(vec![Command { text, call: None }]),
            Err(actions) => {
                let error = format!("Expected exactly 1 action, found {}.", actions.len());
                Wants::Nothing(Fault { error, actions, has_tool_calls: false })
            }
        };
        Understood { thought, asks_more, wants }
    }
}
