//! What an expert run leaves behind: a conversation whose parts know how much they count in training.

/// How much a part counts in the training loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The task: given, hardly worth predicting.
    Prompt,
    /// A right step of the expert: to be imitated.
    Imitate,
    /// A wrong step of the expert: stays in the context, is not imitated.
    Ignore,
    /// What the environment answered: predicting it teaches copying and cause and effect.
    Observe,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The role's name in the chat template.
    pub role: &'static str,
    /// The text.
    pub text: String,
    /// How much it counts.
    pub weight: Weight,
}

/// One expert run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trajectory {
    /// The conversation.
    pub segments: Vec<Segment>,
    /// Whether the program was whole at the end.
    pub solved: bool,
    /// How many turns it took.
    pub turns: u32,
}

impl Trajectory {
    /// The commands and what they answered, without the harness's reminders: what a sandbox must confirm.
    pub fn exchanges(&self) -> impl Iterator<Item = (&str, &str)> {
        self.segments.windows(2).filter(|pair| pair[0].role == "assistant" && pair[1].role == "tool").map(
            |pair| {
                let command =
                    pair[0].text.rsplit("</think>").next().unwrap_or_default().trim_start_matches("<more>");
                let answer = pair[1].text.split("\nENVIRONMENT REMINDER:").next().unwrap_or_default();
                (command, answer)
            },
        )
    }
}
