//! Solutions for some pages: the next act from what a page asks for and what is on it. Written from the words that the
//! pages show, so that they use what an agent can use and nothing else.

mod read;

use turnwise_web::{Act, Element, Kind};

use super::Stage;
use read::{field, labelled, list, number_after, quoted, tick};

/// How a page is solved: the act for this turn, from 0; `None` when nothing more is to be done.
type Solve = fn(&Stage<'_>, usize) -> Option<Act>;

/// The pages that have a solution.
const PAGES: [(&str, Solve); 25] = [
    ("choose-list", choose_list),
    ("click-button", click_quoted),
    ("click-button-sequence", click_sequence),
    ("click-checkboxes", tick_named),
    ("click-checkboxes-large", tick_named),
    ("click-checkboxes-transfer", tick_named),
    ("click-collapsible-nodelay", expand),
    ("click-dialog", click_close),
    ("click-dialog-2", click_in_dialog),
    ("click-link", click_quoted),
    ("click-option", tick_named),
    ("click-tab", click_tab),
    ("click-test", click_only),
    ("click-test-2", click_first_named),
    ("click-test-transfer", click_first_named),
    ("enter-date", enter_date),
    ("enter-password", enter_quoted_everywhere),
    ("enter-text", enter_quoted),
    ("enter-text-dynamic", enter_quoted),
    ("focus-text", focus_first),
    ("focus-text-2", focus_ordinal),
    ("login-user", enter_two),
    ("navigate-tree", walk_tree),
    ("simple-arithmetic", calculate),
    ("unicode-test", click_quoted),
];

/// Whether a page has a solution.
pub fn has_gold(page: &str) -> bool {
    PAGES.iter().any(|(name, _)| *name == page)
}

/// The pages that have a solution, in order.
pub fn pages_with_gold() -> impl Iterator<Item = &'static str> {
    PAGES.iter().map(|(name, _)| *name)
}

/// The next act on a page; `None` where there is no solution, or nothing more to do.
pub(crate) fn next_act(stage: &Stage<'_>, turn: usize) -> Option<Act> {
    PAGES.iter().find(|(name, _)| *name == stage.name).and_then(|(_, solve)| solve(stage, turn))
}

fn click(element: &Element) -> Option<Act> {
    Some(Act::Click(element.number))
}

/// The button that ends a form.
fn finish(stage: &Stage<'_>) -> Option<Act> {
    let buttons = || stage.page.elements.iter().filter(|it| matches!(it.kind, Kind::Button(_)));
    let submit = buttons().find(|it| it.label.eq_ignore_ascii_case("submit"));
    submit.or_else(|| buttons().next_back()).and_then(click)
}

fn click_only(stage: &Stage<'_>, _: usize) -> Option<Act> {
    finish(stage)
}

fn click_quoted(stage: &Stage<'_>, _: usize) -> Option<Act> {
    labelled(stage.page, quoted(stage.utterance).first()?).and_then(click)
}

fn click_in_dialog(stage: &Stage<'_>, turn: usize) -> Option<Act> {
    match quoted(stage.utterance).first()? {
        // The button that is drawn as a cross.
        &"x" => click_close(stage, turn),
        _ => click_quoted(stage, turn),
    }
}

fn click_close(stage: &Stage<'_>, _: usize) -> Option<Act> {
    labelled(stage.page, "Close").or_else(|| labelled(stage.page, "x")).and_then(click)
}

fn click_first_named(stage: &Stage<'_>, _: usize) -> Option<Act> {
    let words = stage.utterance.trim_end_matches('.').split(' ');
    words.filter_map(|word| labelled(stage.page, word)).next().and_then(click)
}

fn click_sequence(stage: &Stage<'_>, turn: usize) -> Option<Act> {
    labelled(stage.page, ["ONE", "TWO"].get(turn)?).and_then(click)
}

fn click_tab(stage: &Stage<'_>, _: usize) -> Option<Act> {
    let name = stage.utterance.strip_prefix("Click on ")?.trim_end_matches('.');
    labelled(stage.page, name).and_then(click)
}

/// `Select a, b and click Submit.`
fn named(stage: &Stage<'_>) -> Option<Vec<String>> {
    let names = stage.utterance.strip_prefix("Select ")?.split(" and click Submit").next()?;
    let names: Vec<_> = names.split(", ").map(|name| name.trim().to_owned()).collect();
    Some(if names == ["nothing"] { Vec::new() } else { names })
}

fn tick_named(stage: &Stage<'_>, turn: usize) -> Option<Act> {
    let names = named(stage)?;
    match names.get(turn) {
        Some(name) => tick(stage.page, name).and_then(click),
        None => finish(stage),
    }
}

fn choose_list(stage: &Stage<'_>, turn: usize) -> Option<Act> {
    let name = stage.utterance.strip_prefix("Select ")?.strip_suffix(" from the list and click Submit.")?;
    match turn {
        0 => Some(Act::Select(list(stage.page)?.number, name.to_owned())),
        _ => finish(stage),
    }
}

/// Opens the one section, then hands in.
fn expand(stage: &Stage<'_>, turn: usize) -> Option<Act> {
    match turn {
        0 => stage.page.elements.first().and_then(click),
        _ => finish(stage),
    }
}

/// Fills the fields in order, one a turn, then hands in.
fn fill(stage: &Stage<'_>, turn: usize, texts: &[&str]) -> Option<Act> {
    match texts.get(turn) {
        Some(text) => Some(Act::Type(field(stage.page, turn)?.number, (*text).to_owned())),
        None => finish(stage),
    }
}

fn enter_quoted(stage: &Stage<'_>, turn: usize) -> Option<Act> {
    fill(stage, turn, &quoted(stage.utterance)[..1])
}

fn enter_quoted_everywhere(stage: &Stage<'_>, turn: usize) -> Option<Act> {
    let text = *quoted(stage.utterance).first()?;
    fill(stage, turn, &[text, text])
}

fn enter_two(stage: &Stage<'_>, turn: usize) -> Option<Act> {
    fill(stage, turn, &quoted(stage.utterance))
}

/// `Enter 03/14/2012 as the date and hit submit.` A date field takes the date as the standard writes it.
fn enter_date(stage: &Stage<'_>, turn: usize) -> Option<Act> {
    let date = stage.utterance.split(' ').nth(1)?;
    let parts: Vec<&str> = date.split('/').collect();
    let [month, day, year] = parts.as_slice() else { return None };
    fill(stage, turn, &[&format!("{year}-{month}-{day}")])
}

fn focus_first(stage: &Stage<'_>, _: usize) -> Option<Act> {
    field(stage.page, 0).and_then(click)
}

fn focus_ordinal(stage: &Stage<'_>, _: usize) -> Option<Act> {
    let place = number_after(stage.utterance, "the ")?;
    field(stage.page, usize::try_from(place).ok()?.checked_sub(1)?).and_then(click)
}

fn calculate(stage: &Stage<'_>, turn: usize) -> Option<Act> {
    let term = stage.page.lines.iter().find_map(|line| read::sum(line))?;
    fill(stage, turn, &[&term.to_string()])
}

/// Opens folder after folder until the name is in sight.
fn walk_tree(stage: &Stage<'_>, _: usize) -> Option<Act> {
    let wanted = *quoted(stage.utterance).first()?;
    let closed = || stage.page.elements.iter().find(|it| it.label.contains("expandable-hitarea"));
    labelled(stage.page, wanted).or_else(closed).and_then(click)
}
