//! What has to be known of a whole page before its parts can be shown: labels, forms, the base of its links.

use std::collections::BTreeMap;

use url::Url;

use super::dom::{Data, Dom, Id, Tag};
use super::lines::is_invisible;

/// Labels longer than this are cut, in characters.
const LONGEST_LABEL: usize = 200;

/// Labels are looked for in so many nodes.
const MOST_NODES: usize = 2_000;

/// Facts about a page's tree.
#[derive(Debug)]
pub(crate) struct Index {
    /// Its own URL.
    pub(crate) own: Url,
    /// What its links are relative to.
    pub(crate) base: Url,
    /// Its title; empty where it has none.
    pub(crate) title: String,
    /// Its forms, in document order.
    pub(crate) forms: Vec<Id>,
    form_numbers: BTreeMap<Id, usize>,
    ids: BTreeMap<String, Id>,
    labels: BTreeMap<Id, Id>,
    labelled: BTreeMap<Id, Id>,
}

impl Index {
    pub(crate) fn of(dom: &Dom, url: &Url) -> Self {
        let mut index = Self {
            own: url.clone(),
            base: url.clone(),
            title: String::new(),
            forms: Vec::new(),
            form_numbers: BTreeMap::new(),
            ids: BTreeMap::new(),
            labels: BTreeMap::new(),
            labelled: BTreeMap::new(),
        };
        let (mut labels, mut has_base) = (Vec::new(), false);
        for id in dom.inside(Dom::ROOT) {
            let Some(tag) = dom.tag(id) else { continue };
            if let Some(name) = tag.get("id") {
                index.ids.entry(name.to_owned()).or_insert(id);
            }
            match tag.name() {
                "base" if !has_base => {
                    if let Some(Ok(base)) = tag.get("href").map(|href| url.join(href)) {
                        (index.base, has_base) = (base, true);
                    }
                }
                "title" if index.title.is_empty() && !is_drawing(dom, id) => {
                    index.title = text_of(dom, id, |_| false);
                }
                "form" => {
                    index.form_numbers.insert(id, index.forms.len());
                    index.forms.push(id);
                }
                "label" => labels.push(id),
                _ => {}
            }
        }
        for label in labels {
            if let Some(control) = index.control_of(dom, label) {
                index.labels.entry(control).or_insert(label);
                index.labelled.insert(label, control);
            }
        }
        index
    }

    fn control_of(&self, dom: &Dom, label: Id) -> Option<Id> {
        match dom.tag(label)?.get("for") {
            Some(target) => self.ids.get(target).copied(),
            None => dom.inside(label).find(|id| dom.tag(*id).is_some_and(is_labelable)),
        }
    }

    /// The field, list or box that a label is for.
    pub(crate) fn labelled_by(&self, label: Id) -> Option<Id> {
        self.labelled.get(&label).copied()
    }

    /// Whether a label or a description says what a control is.
    pub(crate) fn is_labelled(&self, dom: &Dom, control: Id) -> bool {
        let described = |tag: &Tag| tag.has("aria-label") || tag.has("aria-labelledby");
        self.labels.contains_key(&control) || dom.tag(control).is_some_and(described)
    }

    /// The form that a control belongs to, as an index into the forms.
    pub(crate) fn form_of(&self, dom: &Dom, control: Id) -> Option<usize> {
        let tag = dom.tag(control)?;
        let form = match tag.get("form") {
            Some(name) => self.ids.get(name).copied(),
            None => tag.form.or_else(|| {
                dom.ancestors(control).find(|id| dom.tag(*id).is_some_and(|tag| tag.name() == "form"))
            }),
        }?;
        let in_template = |id: Id| dom.tag(id).is_some_and(|tag| tag.name() == "template");
        if dom.ancestors(control).any(in_template) {
            return None;
        }
        self.form_numbers.get(&form).copied()
    }

    /// What a control is called.
    pub(crate) fn label_of(&self, dom: &Dom, control: Id) -> String {
        let Some(tag) = dom.tag(control) else { return String::new() };
        let by_id = tag.get("aria-labelledby").and_then(|names| {
            let texts = names.split_whitespace().filter_map(|name| self.ids.get(name));
            some(texts.map(|id| text_of(dom, *id, is_control)).collect::<Vec<_>>().join(" "))
        });
        let by_label = || self.labels.get(&control).and_then(|label| some(text_of(dom, *label, is_control)));
        let by_attribute = |name: &str| tag.get(name).and_then(|text| some(collapsed(text)));
        by_id
            .or_else(|| by_attribute("aria-label"))
            .or_else(by_label)
            .or_else(|| ["placeholder", "title", "name"].into_iter().find_map(by_attribute))
            .map(|label| label.trim_end_matches([':', '*', ' ']).to_owned())
            .unwrap_or_default()
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Whether an element is a part of a drawing, whose `title` is not the page's.
fn is_drawing(dom: &Dom, id: Id) -> bool {
    dom.ancestors(id).any(|id| dom.tag(id).is_some_and(|tag| tag.name() == "svg"))
}

fn is_control(tag: &Tag) -> bool {
    matches!(tag.name(), "select" | "textarea" | "button")
}

fn is_labelable(tag: &Tag) -> bool {
    let is_hidden = || tag.get("type").is_some_and(|kind| kind.eq_ignore_ascii_case("hidden"));
    is_control(tag) || (tag.name() == "input" && !is_hidden())
}

/// White space as browsers collapse it, and nothing invisible.
pub(crate) fn collapsed(text: &str) -> String {
    let visible: String = text.chars().filter(|it| it.is_whitespace() || !is_invisible(*it)).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text inside an element in one line, with images by their descriptions, without the elements that `skipped` names.
/// A long one is cut.
pub(crate) fn text_of(dom: &Dom, root: Id, skipped: fn(&Tag) -> bool) -> String {
    let mut text = String::new();
    let (mut next, mut nodes) = (dom.first_child(root), 0);
    while let Some(id) = next {
        nodes += 1;
        let mut inside = dom.first_child(id);
        match dom.data(id) {
            Data::Text(part) => text.push_str(part),
            Data::Element(tag) if matches!(tag.name(), "script" | "style" | "template") || skipped(tag) => {
                inside = None;
            }
            Data::Element(tag) => {
                text.push_str(if is_inline(tag.name()) { "" } else { " " });
                if let Some(alt) = tag.get("alt") {
                    text.extend([" ", alt, " "]);
                }
            }
            Data::Other => {}
        }
        if text.len() > 8 * LONGEST_LABEL || nodes > MOST_NODES {
            break;
        }
        next = inside.or_else(|| dom.after(id, root));
    }
    let text = collapsed(&text);
    match text.char_indices().nth(LONGEST_LABEL) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "b"
            | "bdi"
            | "bdo"
            | "cite"
            | "code"
            | "data"
            | "del"
            | "dfn"
            | "em"
            | "font"
            | "i"
            | "ins"
            | "kbd"
            | "label"
            | "mark"
            | "q"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "tt"
            | "u"
            | "var"
    )
}
