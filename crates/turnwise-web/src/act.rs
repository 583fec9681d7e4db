//! What an agent can do on a page, as it writes it: one command a turn.

use std::fmt;

#[cfg(test)]
mod tests;

/// A command for a browser. Its `Display` is the command as an agent would write it, and [`Act::parse`] reads it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// `open URL`: goes to a page; a path is one of the page's own host.
    Open(String),
    /// `click N`: follows link N, presses button N, ticks or unticks box N.
    Click(u32),
    /// `type N "TEXT"`: puts the text into field N, in place of what is there.
    Type(u32, String),
    /// `select N "OPTION"`: chooses an option of list N by its text.
    Select(u32, String),
    /// `submit N`: hands in the form that element N belongs to.
    Submit(u32),
    /// `back`: returns to the page before.
    Back,
    /// `find "TEXT"`: shows the lines that hold the text, wherever on the page they are.
    Find(String),
    /// `scroll down`, `scroll up`: moves the part of a long page that is shown.
    Scroll(Direction),
    /// `answer "TEXT"`: says what a task asks for; the last answer counts.
    Answer(String),
    /// `echo TEXT`: shows the text and does nothing. Protocols hand in by it.
    Echo(String),
}

/// Where `scroll` goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the page's end.
    Down,
    /// Towards its beginning.
    Up,
}

/// A command that is none; its text is for the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error: {complaint}")]
pub struct BadAct {
    /// What is wrong, and what would be right.
    pub complaint: String,
}

/// What the commands are, for the model.
pub const COMMANDS: &str = "open URL, click N, type N \"TEXT\", select N \"OPTION\", submit N, back, find \"TEXT\", scroll down, scroll up, \
     answer \"TEXT\"";

impl Act {
    /// Reads one command. A text may stand in quotes, in which `\"`, `\\` and `\n` are a quote, a backslash and a line
    /// break; without quotes it is the rest of the line as it is.
    ///
    /// # Errors
    /// When the text is no command, or more than one.
    pub fn parse(command: &str) -> Result<Self, BadAct> {
        let command = command.trim();
        let mut lines = command.lines().filter(|line| !line.trim().is_empty());
        let Some(line) = lines.next() else {
            return Err(bad(format!("the command is empty; the commands are: {COMMANDS}")));
        };
        let more = lines.count();
        if more > 0 {
            let lines = more + 1;
            return Err(bad(format!(
                "{lines} lines are too many: give one command of one line, such as: click 3"
            )));
        }
        let (verb, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        Self::of_words(&verb.to_lowercase(), rest.trim())
    }

    fn of_words(verb: &str, rest: &str) -> Result<Self, BadAct> {
        match verb {
            "open" => Ok(Self::Open(some(verb, rest, "a URL, such as: open /")?)),
            "click" => Ok(Self::Click(number(verb, rest)?)),
            "submit" => Ok(Self::Submit(number(verb, rest)?)),
            "type" => numbered(verb, rest, "the text").map(|(number, text)| Self::Type(number, text)),
            "select" => {
                numbered(verb, rest, "the text of an option").map(|(number, text)| Self::Select(number, text))
            }
            "back" => match rest {
                "" => Ok(Self::Back),
                _ => Err(bad("`back` stands alone: back".to_owned())),
            },
            "find" => Ok(Self::Find(some(verb, rest, "a text, such as: find \"price\"")?)),
            "scroll" => match rest.to_lowercase().as_str() {
                "down" => Ok(Self::Scroll(Direction::Down)),
                "up" => Ok(Self::Scroll(Direction::Up)),
                _ => Err(bad("`scroll` goes down or up: scroll down".to_owned())),
            },
            "answer" => Ok(Self::Answer(some(verb, rest, "a text, such as: answer \"42\"")?)),
            "echo" => Ok(Self::Echo(text(rest)?)),
            _ => Err(bad(format!("there is no command `{}`; the commands are: {COMMANDS}", shortened(verb)))),
        }
    }
}

fn bad(complaint: String) -> BadAct {
    BadAct { complaint }
}

/// The first characters of a word: a model that writes prose instead of a command does not get all of it back.
fn shortened(word: &str) -> String {
    const LONGEST: usize = 40;
    match word.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &word[..at]),
        None => word.to_owned(),
    }
}

fn some(verb: &str, rest: &str, needs: &str) -> Result<String, BadAct> {
    match text(rest)? {
        text if text.trim().is_empty() => Err(bad(format!("`{verb}` needs {needs}"))),
        text => Ok(text),
    }
}

fn number(verb: &str, word: &str) -> Result<u32, BadAct> {
    let digits = word.strip_prefix('[').and_then(|word| word.strip_suffix(']')).unwrap_or(word);
    digits.parse().map_err(|_| {
        bad(format!(
            "`{verb}` needs the number of an element of the page, such as: {verb} 3; `{}` is none",
            shortened(word)
        ))
    })
}

fn numbered(verb: &str, rest: &str, what: &str) -> Result<(u32, String), BadAct> {
    let (word, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let number = number(verb, word)?;
    match rest.trim() {
        "" => Err(bad(format!("`{verb} {number}` needs {what}, such as: {verb} {number} \"TEXT\""))),
        rest => Ok((number, text(rest)?)),
    }
}

/// A text in quotes, or as it is.
fn text(rest: &str) -> Result<String, BadAct> {
    if let Some(inside) = rest.strip_prefix('"') {
        return quoted(inside);
    }
    match rest.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(inside) => Ok(inside.to_owned()),
        None => Ok(rest.to_owned()),
    }
}

fn quoted(inside: &str) -> Result<String, BadAct> {
    let mut text = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                return match characters.as_str().trim() {
                    "" => Ok(text),
                    _ => Err(bad(
                        "something follows the closing quote; a quote inside is written \\\"".to_owned()
                    )),
                };
            }
            '\\' => match characters.next() {
                Some('n') => text.push('\n'),
                Some(escaped @ ('"' | '\\')) => text.push(escaped),
                Some(other) => text.extend(['\\', other]),
                None => break,
            },
            other => text.push(other),
        }
    }
    Err(bad("the closing quote is missing: \"TEXT\"".to_owned()))
}

/// A text as it stands in a command.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for character in self.0.chars() {
            match character {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                other => write!(f, "{other}")?,
            }
        }
        f.write_str("\"")
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(url) if url.contains(|c: char| c.is_whitespace() || c == '"' || c == '\'') => {
                write!(f, "open {}", Quoted(url))
            }
            Self::Open(url) => write!(f, "open {url}"),
            Self::Click(number) => write!(f, "click {number}"),
            Self::Type(number, text) => write!(f, "type {number} {}", Quoted(text)),
            Self::Select(number, text) => write!(f, "select {number} {}", Quoted(text)),
            Self::Submit(number) => write!(f, "submit {number}"),
            Self::Back => f.write_str("back"),
            Self::Find(text) => write!(f, "find {}", Quoted(text)),
            Self::Scroll(direction) => write!(f, "scroll {direction}"),
            Self::Answer(text) => write!(f, "answer {}", Quoted(text)),
            Self::Echo(text) => write!(f, "echo {}", Quoted(text)),
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Down => "down",
            Self::Up => "up",
        })
    }
}
