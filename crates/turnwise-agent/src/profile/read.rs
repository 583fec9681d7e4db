//! Reads a profile file: which keys there are, what they take, and what they are when left out.

use turnwise_core::{Earlier, Role, Style, Tool};
use turnwise_toml::{Node, Table, Value, wrong};

use super::{
    Example, Profile, ProfileError, ProfileSource, hash,
    templates::{Kind, Templates},
};
use crate::format::{
    ActionFormat, BASH, BROWSER, EDIT, EDIT_DESCRIPTION, EDIT_PARAMETERS, Marks, Pattern, Plain,
};

/// What the tool `bash` takes.
const BASH_PARAMETERS: &str = r#"{"type":"object","properties":{"command":{"type":"string","description":"The bash command to execute"}},"required":["command"]}"#;

/// What the tool `browser` takes.
const BROWSER_PARAMETERS: &str = r#"{"type":"object","properties":{"command":{"type":"string","description":"The command, such as click 3"}},"required":["command"]}"#;

impl Profile {
    /// Reads a profile without checking it with its examples.
    pub(super) fn read(source: &ProfileSource) -> Result<Self, ProfileError> {
        let mut table = Table::open("", Node::parse(&source.file, &source.text)?)?;
        let mut templates = Templates::new();
        let summary = table.need("summary", "one sentence that says what the profile is for", line)?;
        let stop = prompt(&mut table, &mut templates)?;
        web(&mut table, &mut templates)?;
        let Thinking { marks, style } = thinking(&mut table)?;
        let Actions { format, more } = action(&mut table, &mut templates)?;
        let Watching { observer, sentinel } = observation(&mut table, &mut templates)?;
        let examples = examples(&mut table)?;
        table.close()?;
        let tools = match format {
            ActionFormat::Tool { edits: false } => vec![bash()],
            ActionFormat::Tool { edits: true } => vec![bash(), edit()],
            ActionFormat::Plain(_) | ActionFormat::Pattern(_) => Vec::new(),
        };
        Ok(Self {
            name: source.name.clone(),
            summary,
            hash: hash(&source.text),
            style: Style { tools, stop, ..style },
            format,
            examples,
            templates,
            thinking: marks,
            more,
            observer,
            sentinel,
        })
    }
}

struct Thinking {
    marks: Option<Marks>,
    style: Style,
}

struct Actions {
    format: ActionFormat,
    more: Option<String>,
}

struct Watching {
    observer: Role,
    sentinel: Option<String>,
}

/// The part of the file under `name`; an empty one where it is left out.
fn part(document: &mut Table, name: &'static str) -> Result<Table, ProfileError> {
    let empty = Node { place: document.place().clone(), value: Value::Table(Vec::new()) };
    Ok(Table::open(name, document.take(name).unwrap_or(empty))?)
}

fn prompt(document: &mut Table, templates: &mut Templates) -> Result<Vec<String>, ProfileError> {
    let mut table = part(document, "prompt")?;
    templates.take(&mut table, "system", Kind::System)?;
    templates.need(&mut table, "task", Kind::Task)?;
    let stop = table.read("stop", "a list of texts, each of which ends a reply", texts)?.unwrap_or_default();
    table.close()?;
    Ok(stop)
}

/// What is said instead where the task is on the web.
fn web(document: &mut Table, templates: &mut Templates) -> Result<(), ProfileError> {
    let Some(node) = document.take("web") else { return Ok(()) };
    let mut table = Table::open("web", node)?;
    templates.take(&mut table, "system", Kind::WebSystem)?;
    templates.need(&mut table, "task", Kind::WebTask)?;
    Ok(table.close()?)
}

fn thinking(document: &mut Table) -> Result<Thinking, ProfileError> {
    let mut table = part(document, "thinking")?;
    let two = "a list of two texts such as [\"<think>\", \"</think>\"]";
    let marks = table.read("marks", two, |node| {
        let [open, close] = texts(node)?.try_into().ok()?;
        Some(Marks { open, close })
    })?;
    let enable_thinking = table.read("enable", "true or false", Node::flag)?;
    let keep = table.read("keep", "true or false", Node::flag)?.unwrap_or(true);
    table.close()?;
    let earlier = if keep { Earlier::AsWritten } else { Earlier::ByTemplate };
    Ok(Thinking { marks, style: Style { enable_thinking, earlier, ..Style::PLAIN } })
}

/// The formats, as the file names them.
#[derive(Clone, Copy)]
enum Kinds {
    Plain,
    Pattern,
    Tool,
}

fn action(document: &mut Table, templates: &mut Templates) -> Result<Actions, ProfileError> {
    let mut table = part(document, "action")?;
    let kinds = [("plain", Kinds::Plain), ("pattern", Kinds::Pattern), ("tool", Kinds::Tool)];
    let format = match table.word("format", &kinds)?.unwrap_or(Kinds::Plain) {
        Kinds::Plain => ActionFormat::Plain(Plain {
            submit: table.need("submit", "the command that hands in the work", line)?,
        }),
        Kinds::Pattern => ActionFormat::Pattern(pattern(&mut table)?),
        Kinds::Tool => {
            ActionFormat::Tool { edits: table.read("edit", "true or false", Node::flag)?.unwrap_or(false) }
        }
    };
    let more = table.read("more", "a text that asks for more turns", line)?;
    templates.need(&mut table, "complaint", Kind::Complaint)?;
    table.close()?;
    Ok(Actions { format, more })
}

fn pattern(table: &mut Table) -> Result<Pattern, ProfileError> {
    let expected = "a regular expression whose group is the command";
    let mut place = table.place().clone();
    let text = table.need("pattern", expected, |node| {
        place = node.place.clone();
        line(node)
    })?;
    Pattern::new(&text).map_err(|source| ProfileError::Pattern { place, source })
}

fn observation(document: &mut Table, templates: &mut Templates) -> Result<Watching, ProfileError> {
    let mut table = part(document, "observation")?;
    let roles = [("tool", Role::Tool), ("user", Role::User)];
    let observer = table.word("role", &roles)?.unwrap_or(Role::Tool);
    templates.need(&mut table, "text", Kind::Observation)?;
    let sentinel =
        table.read("submit", "the line that hands in the work when a command prints it first", line)?;
    table.close()?;
    Ok(Watching { observer, sentinel })
}

fn examples(document: &mut Table) -> Result<Vec<Example>, ProfileError> {
    let Some(node) = document.take("example") else { return Ok(Vec::new()) };
    let Value::List(items) = node.value else {
        return Err(wrong("example", &node, "one or more tables, each headed `[[example]]`").into());
    };
    items.into_iter().map(|item| Example::read(Table::open("example", item)?)).collect()
}

/// The tool of models that call tools, where the task is on the web.
pub(super) fn browser() -> Tool {
    Tool {
        name: BROWSER.to_owned(),
        description: "Give one command to the browser".to_owned(),
        parameters: BROWSER_PARAMETERS.to_owned(),
    }
}

fn edit() -> Tool {
    Tool {
        name: EDIT.to_owned(),
        description: EDIT_DESCRIPTION.to_owned(),
        parameters: EDIT_PARAMETERS.to_owned(),
    }
}

fn bash() -> Tool {
    Tool {
        name: BASH.to_owned(),
        description: "Execute a bash command".to_owned(),
        parameters: BASH_PARAMETERS.to_owned(),
    }
}

/// A text that is not empty.
pub(super) fn line(node: &Node) -> Option<String> {
    node.text().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// A list of texts.
pub(super) fn texts(node: &Node) -> Option<Vec<String>> {
    let Value::List(items) = &node.value else { return None };
    items.iter().map(|item| item.text().map(str::to_owned)).collect()
}
