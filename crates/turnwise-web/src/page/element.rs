//! What an agent can act on: links, buttons, fields, lists and boxes, with all that acting needs.

use std::fmt;

use url::Url;

use super::lines::is_invisible;

/// An element that has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its number on the page, from 1, in document order.
    pub number: u32,
    /// What it is, and what it holds now.
    pub kind: Kind,
    /// What it is called: its text, its label, its placeholder, or its name; may be empty.
    pub label: String,
    /// `name`: under which a form sends it; empty where it is not sent.
    pub name: String,
    /// The form it belongs to, as an index into the page's forms.
    pub form: Option<usize>,
    /// The line that it is on, as an index into the page's lines.
    pub line: usize,
    /// Whether it cannot be used.
    pub disabled: bool,
    /// The attribute `data-turnwise-node`: what a live browser calls it.
    pub node: Option<String>,
}

/// What an element is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A link, with the URL that it leads to. `None` where only a script, a mail program or the like could follow it.
    Link(Option<Url>),
    /// A button.
    Button(Press),
    /// A field for text.
    Field {
        /// What is in it.
        value: String,
        /// Whether it is for a password: it is shown as stars.
        secret: bool,
        /// Whether its form is only sent with something in it.
        required: bool,
    },
    /// A list of options.
    List {
        /// The options, in their order.
        options: Vec<Choice>,
        /// Whether several may be chosen at once.
        several: bool,
        /// Whether its form is only sent with something chosen.
        required: bool,
    },
    /// A box to tick.
    Tick {
        /// What is sent for it when it is ticked.
        value: String,
        /// Whether it is ticked.
        on: bool,
        /// Whether only one of the boxes of its name and form can be ticked.
        radio: bool,
        /// Whether its form is only sent when it is ticked.
        required: bool,
    },
    /// A field for a file; there are no files to put in.
    File,
    /// Something else that a live browser can click: the attribute `data-turnwise-click`.
    Clickable,
}

/// What a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    /// Sends its form.
    Send {
        /// What is sent for the button itself, where it has a name.
        value: String,
        /// `formaction`: where the form goes instead.
        action: Option<Url>,
        /// `formmethod`: how it goes instead, in lower case.
        method: Option<String>,
    },
    /// Puts its form back to what it was.
    Reset,
    /// Whatever a script makes of it.
    Script,
}

/// An option of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its text.
    pub text: String,
    /// What is sent for it.
    pub value: String,
    /// Whether it is chosen.
    pub on: bool,
    /// Whether it cannot be chosen.
    pub disabled: bool,
}

impl Kind {
    /// The word for it in a page's text; links and clickable things have none.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Link(_) => "link",
            Self::Button(_) => "button",
            Self::Field { .. } => "field",
            Self::List { .. } => "list",
            Self::Tick { radio: false, .. } => "box",
            Self::Tick { radio: true, .. } => "radio",
            Self::File => "file",
            Self::Clickable => "element",
        }
    }
}

/// As it stands in a page's text: `[5] (field) Search = "mug"`.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, label, kind, .. } = self;
        write!(f, "[{number}]")?;
        if !matches!(kind, Kind::Link(_) | Kind::Clickable) {
            let word = kind.word();
            match self.disabled {
                true => write!(f, " ({word}, disabled)")?,
                false => write!(f, " ({word})")?,
            }
        }
        if !label.is_empty() {
            write!(f, " {label}")?;
        }
        match kind {
            Kind::Field { value, secret: true, .. } => {
                write!(f, " = \"{}\"", "*".repeat(value.chars().count()))
            }
            Kind::Field { value, .. } => {
                let lines: Vec<String> =
                    value.split('\n').map(|line| line.replace(is_invisible, "")).collect();
                write!(f, " = \"{}\"", lines.join("\\n"))
            }
            Kind::List { options, .. } => {
                let texts = |wanted: fn(&&Choice) -> bool| {
                    let texts: Vec<&str> = options.iter().filter(wanted).map(|it| it.text.as_str()).collect();
                    texts.join(", ")
                };
                write!(f, " = {}; {}", texts(|it| it.on), texts(|it| !it.disabled))
            }
            Kind::Tick { on, .. } => f.write_str(if *on { " = on" } else { " = off" }),
            Kind::Link(_) | Kind::Button(_) | Kind::File | Kind::Clickable => Ok(()),
        }
    }
}
