//! Named questions about the runs of a database: SQL files with their title in the first line and what they show in
//! the comment lines under it.

/// A named question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedQuery {
    /// The name, as in `turnwise query NAME`.
    pub name: &'static str,
    /// The SQL with its comments.
    pub sql: &'static str,
}

impl NamedQuery {
    /// The question of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        NAMED_QUERIES.iter().find(|query| query.name == name)
    }

    /// What is asked, in one line.
    pub fn title(&self) -> &'static str {
        self.comments().next().unwrap_or_default()
    }

    /// What the columns show.
    pub fn description(&self) -> String {
        self.comments().skip(1).collect::<Vec<_>>().join(" ")
    }

    fn comments(&self) -> impl Iterator<Item = &'static str> {
        self.sql.lines().map_while(|line| line.strip_prefix("--")).map(str::trim)
    }
}

macro_rules! named {
    ($($name:literal)*) => {
        &[$(NamedQuery { name: $name, sql: include_str!(concat!("../queries/", $name, ".sql")) }),*]
    };
}

/// Every named question, in the order of a list.
pub const NAMED_QUERIES: &[NamedQuery] = named! {
    "endings"
    "where-turns-went"
    "tokens-per-solved"
    "solve-by-bugs"
    "solve-by-family"
    "solve-by-seen"
    "longest"
    "repeated-actions"
    "invalid-actions"
    "first-patch-turn"
    "idle-turns"
    "verdicts"
    "entropy-by-turn"
    "slowest-tools"
    "infra-errors"
    "disagreements"
    "pivotal-turns"
};
