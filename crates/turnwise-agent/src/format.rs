//! How a reply is taken apart. A format is data, so that other models' ways of writing can join.
//!
//! Does not judge commands: whatever is left after the thinking is the command, whether it makes sense or not.

use turnwise_core::{Action, ParsedReply};

/// A way of writing replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionFormat {
    /// Its name: the model's profile.
    pub name: &'static str,
    /// What the thinking is put between, at the beginning of a reply. It may be left out, but once begun it
    /// must be ended.
    pub think: (&'static str, &'static str),
    /// What asks for more turns, anywhere before the command.
    pub more: &'static str,
    /// The command that hands in the work.
    pub submit: &'static str,
    /// What the model is told when its reply holds no command.
    pub complaint: &'static str,
}

impl ActionFormat {
    /// The pocket model's: `<think>…</think>`, then one shell command.
    pub const POCKET: Self = Self {
        name: "pocket",
        think: ("<think>", "</think>"),
        more: "<more>",
        submit: "submit",
        complaint: "error: no command in the reply",
    };

    /// The format of a model's profile.
    pub fn for_profile(profile: &str) -> Option<Self> {
        [Self::POCKET].into_iter().find(|format| format.name == profile)
    }

    /// Takes a reply apart.
    pub fn parse(&self, reply: &str) -> ParsedReply {
        let (asked_first, rest) = self.strip_more(reply.trim());
        let Some((thought, rest)) = self.split_thought(rest) else {
            let thought = rest.trim_start_matches(self.think.0).trim().to_owned();
            return ParsedReply {
                thought,
                action: self.invalid(),
                commands: Vec::new(),
                asks_more: asked_first,
            };
        };
        let (asked_last, rest) = self.strip_more(rest.trim());
        let action = match rest {
            "" => self.invalid(),
            command if command == self.submit => Action::Submit,
            command => Action::Shell(command.to_owned()),
        };
        let asks_more = asked_first || asked_last || thought.contains(self.more);
        ParsedReply { thought: thought.trim().to_owned(), action, commands: Vec::new(), asks_more }
    }

    /// The action of a reply without a command.
    pub fn invalid(&self) -> Action {
        Action::Invalid { complaint: self.complaint.to_owned() }
    }

    /// Splits off the thinking; `None` when it does not end.
    fn split_thought<'a>(&self, text: &'a str) -> Option<(&'a str, &'a str)> {
        match text.strip_prefix(self.think.0) {
            Some(begun) => begun.split_once(self.think.1),
            None => Some(("", text)),
        }
    }

    fn strip_more<'a>(&self, mut text: &'a str) -> (bool, &'a str) {
        let mut asked = false;
        while let Some(rest) = text.strip_prefix(self.more) {
            asked = true;
            text = rest.trim_start();
        }
        (asked, text)
    }
}

#[cfg(test)]
mod tests {
    use super::ActionFormat;

    #[test]
    fn replies_are_taken_apart() {
        let table = [
            ("ls", "", "shell", "ls", false),
            ("<think>look first</think>\ncat -n lib.py\n", "look first", "shell", "cat -n lib.py", false),
            ("<think>hm</think> <more> ls", "hm", "shell", "ls", true),
            ("<more><think>hm</think>ls", "hm", "shell", "ls", true),
            ("<think>I need <more> turns</think>ls", "I need <more> turns", "shell", "ls", true),
            ("sed -i 1d a.py\npython3 check.py", "", "shell", "sed -i 1d a.py\npython3 check.py", false),
            ("  submit ", "", "submit", "submit", false),
            ("<think>done</think>submit", "done", "submit", "submit", false),
            ("submit now", "", "shell", "submit now", false),
            ("", "", "invalid", "", false),
            ("<more>", "", "invalid", "", true),
            ("<think>and on and on", "and on and on", "invalid", "", false),
            ("<think>empty</think>", "empty", "invalid", "", false),
            ("echo '<think>'", "", "shell", "echo '<think>'", false),
        ];
        for (reply, thought, kind, action, asks_more) in table {
            let parsed = ActionFormat::POCKET.parse(reply);
            let got =
                (&*parsed.thought, parsed.action.kind().as_str(), parsed.action.text(), parsed.asks_more);
            assert_eq!(got, (thought, kind, action, asks_more), "{reply:?}");
        }
    }
}
