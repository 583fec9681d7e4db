//! The templates of a profile: Jinja as mini-swe-agent uses it, where an unknown variable is an error, as soon as the
//! file is loaded.

use minijinja::{Environment, Error, UndefinedBehavior, Value};
use turnwise_toml::{Node, Table, TomlError, nearest, wrong};

use super::ProfileError;

/// A template of a profile, and the variables it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    System,
    Task,
    WebSystem,
    WebTask,
    Complaint,
    Observation,
}

/// Variables that are lists of things; what is looked up in them is theirs.
const TASK: [&str; 5] = ["task", "id", "suite", "repo", "base_commit"];
const COMPLAINT: [&str; 4] = ["error", "actions", "finish_reason", "has_tool_calls"];
const OBSERVATION: [&str; 6] = [
    "command",
    "output.output",
    "output.returncode",
    "output.exception_info",
    "output.timed_out",
    "output.elided_bytes",
];

/// Functions of Jinja's that templates may call.
const FUNCTIONS: [&str; 4] = ["namespace", "range", "dict", "loop"];

impl Kind {
    /// The key in the file.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::System => "prompt.system",
            Self::Task => "prompt.task",
            Self::WebSystem => "web.system",
            Self::WebTask => "web.task",
            Self::Complaint => "action.complaint",
            Self::Observation => "observation.text",
        }
    }

    fn variables(self) -> &'static [&'static str] {
        match self {
            Self::System | Self::Task | Self::WebSystem | Self::WebTask => &TASK,
            Self::Complaint => &COMPLAINT,
            Self::Observation => &OBSERVATION,
        }
    }

    fn knows(self, variable: &str) -> bool {
        let whole = |known: &&str| {
            *known == variable
                || variable.strip_prefix(*known).is_some_and(|rest| rest.starts_with('.'))
                || known.strip_prefix(variable).is_some_and(|rest| rest.starts_with('.'))
        };
        self.variables().iter().any(whole) || FUNCTIONS.iter().any(whole)
    }
}

/// The templates of a profile.
#[derive(Clone, Debug)]
pub(super) struct Templates {
    environment: Environment<'static>,
}

impl Templates {
    pub(super) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        Self { environment }
    }

    /// Takes the template `key` out of a table, if it is there; says whether it was.
    pub(super) fn take(
        &mut self,
        table: &mut Table,
        key: &'static str,
        kind: Kind,
    ) -> Result<bool, ProfileError> {
        let Some(node) = table.take(key) else { return Ok(false) };
        self.add(&node, kind)?;
        Ok(true)
    }

    /// As [`Templates::take`], for a template that must be there.
    pub(super) fn need(
        &mut self,
        table: &mut Table,
        key: &'static str,
        kind: Kind,
    ) -> Result<(), ProfileError> {
        let place = table.place().clone();
        match self.take(table, key, kind)? {
            true => Ok(()),
            false => {
                let (key, expected) = (kind.key().to_owned(), "a jinja template".to_owned());
                Err(TomlError::Missing { place, key, expected }.into())
            }
        }
    }

    fn add(&mut self, node: &Node, kind: Kind) -> Result<(), ProfileError> {
        let text = node.text().ok_or_else(|| wrong(kind.key(), node, "a text, which is a jinja template"))?;
        let (place, key) = (node.place.clone(), kind.key().to_owned());
        if let Err(source) = self.environment.add_template_owned(kind.key(), text.to_owned()) {
            return Err(ProfileError::Template { place, key, source });
        }
        let used =
            self.environment.get_template(kind.key()).map(|template| template.undeclared_variables(true));
        let mut used: Vec<String> = used.into_iter().flatten().collect();
        used.sort();
        match used.into_iter().find(|variable| !kind.knows(variable)) {
            None => Ok(()),
            Some(variable) => {
                let advice = match nearest(&variable, kind.variables()) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => format!("it gets {}", kind.variables().join(", ")),
                };
                Err(ProfileError::Variable { place, key, variable, advice })
            }
        }
    }

    pub(super) fn has(&self, kind: Kind) -> bool {
        self.environment.get_template(kind.key()).is_ok()
    }

    pub(super) fn render(&self, kind: Kind, variables: Value) -> Result<String, Error> {
        self.environment.get_template(kind.key())?.render(variables)
    }
}
