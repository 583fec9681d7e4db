//! Reads `[context]`.

use turnwise_toml::{Node, Table, Value};

use super::{Context, Cut, History, Report, Shrink, TURNS, Window, cut::CHARS, report::REPORT};
use crate::{
    PolicyError,
    read::{text, whole_u32},
};

/// Fewer characters than this of an output say nothing.
const FEWEST: u32 = 100;

const LEFT_OUT: &str = "(Of the work so far, {turns} are not shown here.)";
const ELIDED: &str = "[{chars} characters are left out here; a command that prints less shows what matters]";
const SHRUNK: &str = "(an older output of {chars} characters, left out)";
const ASK: &str = "Your earlier turns will not be shown to you again, except for the last one. So that nothing is lost, write \
    a report before each command, between <report> and </report>: what the task is about, what you have found \
    out, what you have changed, and what is left to do. It takes the place of the report before it.";
const RECALL: &str = "Your report so far:\n<report>\n{report}\n</report>";

/// The kinds, as the file names them.
const KINDS: [(&str, Kind); 3] = [("full", Kind::Full), ("window", Kind::Window), ("report", Kind::Report)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Full,
    Window,
    Report,
}

impl Context {
    /// Reads `[context]` out of a policy; without it everything is shown.
    pub(crate) fn read(document: &mut Table) -> Result<Self, PolicyError> {
        let Some(node) = document.take("context") else { return Ok(Self::default()) };
        let mut table = Table::open("context", node)?;
        let kind = table.word("kind", &KINDS)?.unwrap_or(Kind::Full);
        refuse_keys_of_other_kinds(&table, kind)?;
        let history = match kind {
            Kind::Full => History::Full,
            Kind::Window => History::Window(window(&mut table)?),
            Kind::Report => History::Report(report(&mut table)?),
        };
        let cut = cut(&mut table)?;
        let shrink = shrink(&mut table, &history)?;
        table.close()?;
        Ok(Self { history, cut, shrink })
    }
}

/// A key that another kind takes has no effect under this one.
fn refuse_keys_of_other_kinds(table: &Table, kind: Kind) -> Result<(), PolicyError> {
    let keys = [
        ("turns", Kind::Window, "window"),
        ("left_out", Kind::Window, "window"),
        ("marks", Kind::Report, "report"),
        ("ask", Kind::Report, "report"),
        ("recall", Kind::Report, "report"),
    ];
    let stray = keys.into_iter().find(|(key, of, _)| *of != kind && table.peek(key).is_some());
    match stray.and_then(|(key, _, word)| Some((key, word, table.peek(key)?))) {
        Some((key, word, node)) => Err(PolicyError::Contradiction {
            place: node.place.clone(),
            what: format!("`context.{key}` belongs to `kind = \"{word}\"`"),
            advice: format!("add that to `[context]`, or take `{key}` out"),
        }),
        None => Ok(()),
    }
}

fn window(table: &mut Table) -> Result<Window, PolicyError> {
    Ok(Window {
        turns: table.need("turns", "how many of the last turns are shown, from 1", from_one)?,
        left_out: line(table, "left_out", TURNS)?.unwrap_or_else(|| LEFT_OUT.to_owned()),
    })
}

fn report(table: &mut Table) -> Result<Report, PolicyError> {
    let two = "a list of two different texts such as [\"<report>\", \"</report>\"]";
    let marks = table.read("marks", two, marks)?;
    let marks = marks.unwrap_or_else(|| ["<report>", "</report>"].map(str::to_owned));
    let place = table.peek("ask").map_or(table.place(), |node| &node.place).clone();
    let ask = table.read("ask", "a text that says how the report is written", text)?;
    let ask = ask.unwrap_or_else(|| ASK.to_owned());
    if let Some(mark) = marks.iter().find(|mark| !ask.contains(mark.as_str())) {
        return Err(PolicyError::Contradiction {
            place,
            what: format!(
                "`context.ask` does not say that a report stands between marks: `{mark}` is not in it"
            ),
            advice: "name both of `context.marks` in it, as nothing else tells the model".to_owned(),
        });
    }
    let whole = "a text that contains `{report}`";
    let recall = table.read("recall", whole, |node| text(node).filter(|text| text.contains(REPORT)))?;
    let ours = || RECALL.replace("<report>", &marks[0]).replace("</report>", &marks[1]);
    let recall = recall.unwrap_or_else(ours);
    Ok(Report { marks, ask, recall })
}

fn cut(table: &mut Table) -> Result<Option<Cut>, PolicyError> {
    let expected = format!("a whole number of at least {FEWEST}");
    let most = |node: &Node| whole_u32(node).filter(|chars| *chars >= FEWEST);
    let chars = table.read("observation_chars", &expected, most)?;
    let elided = belongs(table, "elided", "observation_chars", chars.is_some())?;
    let text = |elided: Option<String>| elided.unwrap_or_else(|| ELIDED.to_owned());
    Ok(chars.map(|chars| Cut { chars: chars as usize, elided: text(elided) }))
}

fn shrink(table: &mut Table, history: &History) -> Result<Option<Shrink>, PolicyError> {
    let place = table.peek("old_observations").map(|node| node.place.clone());
    let expected = "how many of the last turns keep their observations, from 1";
    let turns = table.read("old_observations", expected, from_one)?;
    let shrunk = belongs(table, "shrunk", "old_observations", turns.is_some())?;
    let (Some(turns), Some(place)) = (turns, place) else { return Ok(None) };
    let shown = match history {
        History::Full => None,
        History::Window(window) => Some(window.turns),
        History::Report(_) => Some(1),
    };
    if let Some(shown) = shown.filter(|shown| *shown <= turns) {
        return Err(PolicyError::Contradiction {
            place,
            what: format!(
                "`context.old_observations = {turns}` shrinks nothing, as no more than the last {shown} are shown"
            ),
            advice: "make it less, or take it out".to_owned(),
        });
    }
    Ok(Some(Shrink { turns, shrunk: shrunk.unwrap_or_else(|| SHRUNK.to_owned()) }))
}

/// The line `key`, which means something only where `with` is given.
fn belongs(
    table: &mut Table,
    key: &'static str,
    with: &str,
    is_given: bool,
) -> Result<Option<String>, PolicyError> {
    let place = table.peek(key).map(|node| node.place.clone());
    let text = line(table, key, CHARS)?;
    match place {
        Some(place) if !is_given => Err(PolicyError::Contradiction {
            place,
            what: format!("`context.{key}` is never said without `context.{with}`"),
            advice: format!("add `{with}`, or take `{key}` out"),
        }),
        Some(_) | None => Ok(text),
    }
}

fn line(table: &mut Table, key: &'static str, number: &str) -> Result<Option<String>, PolicyError> {
    let expected = format!("one line of text that contains `{number}`");
    let line = |node: &Node| text(node).filter(|text| text.contains(number) && !text.contains('\n'));
    Ok(table.read(key, &expected, line)?)
}

fn from_one(node: &Node) -> Option<u32> {
    whole_u32(node).filter(|number| *number > 0)
}

fn marks(node: &Node) -> Option<[String; 2]> {
    let Value::List(items) = &node.value else { return None };
    let [open, close] = items.as_slice() else { return None };
    let marks = [text(open)?, text(close)?];
    (marks[0] != marks[1]).then_some(marks)
}
