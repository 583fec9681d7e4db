//! Walks a page's tree and writes what can be seen of it: text in lines, and elements with numbers.

use std::collections::BTreeMap;

use super::control::control_at;
use super::dom::{Data, Dom, Id, Tag};
use super::form::sent;
use super::index::{Index, collapsed, text_of};
use super::lines::{Lines, Piece};
use super::visible::{is_block, is_hidden};
use super::{Element, Form, FormField, Kind};

/// What was written.
pub(crate) struct Rendered {
    pub(crate) lines: Vec<Vec<Piece>>,
    pub(crate) elements: Vec<Element>,
    pub(crate) forms: Vec<Form>,
    /// Lines by the ids of what begins there.
    pub(crate) anchors: BTreeMap<String, usize>,
}

/// Writes a page; `live` is the tree of a browser that has run the page's scripts.
pub(crate) fn render(dom: &Dom, index: &Index, live: bool) -> Rendered {
    let mut writer = Writer {
        dom,
        index,
        live,
        lines: Lines::default(),
        elements: Vec::new(),
        shown: BTreeMap::new(),
        anchors: BTreeMap::new(),
        lists: Vec::new(),
        tables: Vec::new(),
        rows: Vec::new(),
        muted: 0,
        verbatim: 0,
    };
    writer.walk();
    let forms = writer.forms();
    let Writer { lines, mut elements, anchors, .. } = writer;
    let (lines, placed) = lines.done();
    for (index, line) in placed {
        elements[index].line = line;
    }
    Rendered { lines, elements, forms, anchors }
}

struct Writer<'a> {
    dom: &'a Dom,
    index: &'a Index,
    live: bool,
    lines: Lines,
    elements: Vec<Element>,
    /// Controls that are shown, with their elements' indices.
    shown: BTreeMap<Id, usize>,
    anchors: BTreeMap<String, usize>,
    /// The lists around the writer: the next number of each, where it has numbers.
    lists: Vec<Option<u64>>,
    /// The tables around it: whether their rows have bars.
    tables: Vec<bool>,
    /// The rows around it: whether they have bars; `None` where their cells are blocks.
    rows: Vec<Option<bool>>,
    /// How many labels whose control says their text are around it.
    muted: usize,
    /// How many elements whose white space stays are around it.
    verbatim: usize,
}

/// What has to be undone behind an element.
#[derive(Default)]
struct Exit {
    block: bool,
    prefix: Option<usize>,
    marked: Option<usize>,
    list: bool,
    table: bool,
    row: Option<Option<bool>>,
    cell: Option<bool>,
    muted: bool,
    verbatim: bool,
}

impl Writer<'_> {
    fn walk(&mut self) {
        let mut above: Vec<(Id, Exit)> = Vec::new();
        let mut next = self.dom.first_child(Dom::ROOT);
        while let Some(mut id) = next {
            if let Some(exit) = self.enter(id) {
                above.push((id, exit));
                next = self.dom.first_child(id);
                if next.is_some() {
                    continue;
                }
            } else {
                next = self.dom.next_sibling(id);
            }
            while next.is_none() {
                let Some((done, exit)) = above.pop() else { break };
                self.leave(exit);
                id = done;
                next = self.dom.next_sibling(id);
            }
        }
    }

    /// Writes a node's beginning; `None` when there is nothing to see inside.
    fn enter(&mut self, id: Id) -> Option<Exit> {
        let dom = self.dom;
        let tag = match dom.data(id) {
            Data::Other => return None,
            Data::Text(text) => {
                match (self.muted, self.verbatim) {
                    (0, 0) => self.lines.text(text),
                    (0, _) => self.lines.verbatim(text),
                    _ => {}
                }
                return None;
            }
            Data::Element(tag) => tag,
        };
        if is_hidden(tag, self.live) {
            return None;
        }
        let mut exit = Exit { block: is_block(tag.name()), ..Exit::default() };
        if exit.block {
            self.lines.end();
        }
        if let Some(anchor) = tag.get("id") {
            self.anchors.entry(anchor.to_owned()).or_insert(self.lines.count());
        }
        if self.control(id, tag) {
            return None;
        }
        self.enter_link(id, tag, &mut exit);
        if matches!(tag.name(), "iframe" | "frame") {
            self.leave(exit);
            return None;
        }
        self.enter_structure(id, tag, &mut exit);
        Some(exit)
    }

    /// Writes a field, a list, a box or a button, which are seen from outside only.
    fn control(&mut self, id: Id, tag: &Tag) -> bool {
        let Some(control) = control_at(self.dom, self.index, id) else { return false };
        if control.hidden {
            return true;
        }
        let element = self.add(tag, control.kind, control.label);
        self.elements[element].name = control.name;
        self.elements[element].disabled = control.disabled;
        self.elements[element].form = self.index.form_of(self.dom, id);
        self.shown.insert(id, element);
        self.lines.element(element);
        true
    }

    fn add(&mut self, tag: &Tag, kind: Kind, label: String) -> usize {
        let at = self.elements.len();
        self.elements.push(Element {
            number: u32::try_from(at + 1).unwrap_or(u32::MAX),
            kind,
            label,
            name: String::new(),
            form: None,
            line: self.lines.count(),
            disabled: false,
            node: tag.get("data-turnwise-node").map(str::to_owned),
        });
        at
    }

    fn enter_link(&mut self, id: Id, tag: &Tag, exit: &mut Exit) {
        let kind = match (tag.name(), tag.get("href"), tag.get("src")) {
            ("a" | "area", Some(href), _) => Kind::Link(self.index.link(href)),
            ("iframe" | "frame", _, Some(source)) if !self.live => Kind::Link(self.index.link(source)),
            _ if tag.has("data-turnwise-click") => Kind::Clickable,
            _ => return,
        };
        let is_frame = matches!(tag.name(), "iframe" | "frame");
        let mut label = if is_frame { String::new() } else { text_of(self.dom, id, |_| false) };
        if label.is_empty() {
            let names = ["aria-label", "title", "alt", "name"].into_iter().filter_map(|name| tag.get(name));
            label = names.map(collapsed).find(|name| !name.is_empty()).unwrap_or_default();
        }
        let element = self.add(tag, kind, label);
        self.lines.mark(element, self.elements[element].number);
        exit.marked = Some(element);
    }

    fn enter_structure(&mut self, id: Id, tag: &Tag, exit: &mut Exit) {
        match tag.name() {
            "br" if self.verbatim > 0 => self.lines.force_break(),
            "br" => self.lines.end(),
            "hr" => {
                self.lines.text("---");
            }
            "img" if self.muted == 0 => {
                if let Some(alt) = tag.get("alt").filter(|alt| !alt.trim().is_empty()) {
                    self.lines.text(alt);
                }
            }
            name @ ("h1" | "h2" | "h3" | "h4" | "h5" | "h6") => {
                let level = name.as_bytes().get(1).map_or(1, |digit| usize::from(digit - b'0'));
                exit.prefix = Some(self.lines.begin_prefix(&format!("{} ", "#".repeat(level))));
            }
            "ul" | "menu" | "dir" => self.enter_list(None, exit),
            "ol" => {
                let start = tag.get("start").and_then(|start| start.trim().parse().ok()).unwrap_or(1);
                self.enter_list(Some(start), exit);
            }
            "li" => exit.prefix = Some(self.enter_item()),
            "pre" | "listing" | "xmp" => {
                self.verbatim += 1;
                exit.verbatim = true;
            }
            "label" => {
                let control = self.index.labelled_by(id);
                exit.muted = control.is_some_and(|control| self.is_named_by_its_label(control));
                self.muted += usize::from(exit.muted);
            }
            "table" => {
                self.tables.push(!self.holds_a_table(id));
                exit.table = true;
            }
            "tr" => self.enter_row(id, exit),
            "td" | "th" => exit.cell = self.enter_cell(),
            _ => {}
        }
    }

    fn enter_list(&mut self, number: Option<u64>, exit: &mut Exit) {
        self.lists.push(number);
        exit.list = true;
    }

    fn enter_item(&mut self) -> usize {
        let indent = "  ".repeat(self.lists.len().saturating_sub(1).min(8));
        let sign = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                format!("{indent}{}. ", number.saturating_sub(1))
            }
            Some(None) | None => format!("{indent}- "),
        };
        self.lines.begin_prefix(&sign)
    }

    /// A row of a table with tables inside lays out its cells as blocks where it holds one of them, else side by side.
    fn enter_row(&mut self, id: Id, exit: &mut Exit) {
        let bars = self.tables.last().copied().unwrap_or(false);
        let row = (bars || !self.holds_a_table(id)).then_some(bars);
        if row.is_some() {
            self.lines.begin_row(bars);
        }
        self.rows.push(row);
        exit.row = Some(row);
    }

    fn enter_cell(&mut self) -> Option<bool> {
        let row = self.rows.last().copied().flatten();
        if row.is_none() {
            self.lines.end();
        }
        row
    }

    fn holds_a_table(&self, id: Id) -> bool {
        self.dom.inside(id).any(|id| self.dom.tag(id).is_some_and(|tag| tag.name() == "table"))
    }

    /// Whether a label's text is shown at its control, so that it is not needed twice.
    fn is_named_by_its_label(&self, control: Id) -> bool {
        let shown = |id: Id| self.dom.tag(id).is_some_and(|tag| !is_hidden(tag, self.live));
        let is_button = self.dom.tag(control).is_some_and(|tag| tag.name() == "button");
        !is_button && shown(control) && self.dom.ancestors(control).filter(|id| *id != Dom::ROOT).all(shown)
    }

    fn leave(&mut self, exit: Exit) {
        if let Some(element) = exit.marked {
            self.leave_link(element);
        }
        if let Some(before) = exit.prefix {
            self.lines.end_prefix(before);
        }
        if let Some(bars) = exit.cell {
            self.lines.end_cell(bars);
        }
        if let Some(row) = exit.row {
            self.rows.pop();
            if row.is_some() {
                self.lines.end_row();
            }
        }
        if exit.list {
            self.lists.pop();
        }
        if exit.table {
            self.tables.pop();
        }
        self.muted -= usize::from(exit.muted);
        self.verbatim -= usize::from(exit.verbatim);
        if exit.block {
            self.lines.end();
        }
    }

    /// A link without any text still has a number, and what can be said of it.
    fn leave_link(&mut self, element: usize) {
        if !self.lines.is_waiting(element) {
            return;
        }
        let Element { label, kind, .. } = &self.elements[element];
        let last_part = |kind: &Kind| {
            let Kind::Link(Some(url)) = kind else { return None };
            Some(url.path().trim_matches('/').rsplit('/').next()?.to_owned())
        };
        let text = match label.as_str() {
            "" => last_part(kind).filter(|part| !part.is_empty()).unwrap_or_else(|| "(no text)".to_owned()),
            label => label.to_owned(),
        };
        self.lines.text(&text);
    }

    /// The forms with all that they send: what is shown by its element, what is not as it is.
    fn forms(&self) -> Vec<Form> {
        let mut forms: Vec<Form> = self.index.forms.iter().filter_map(|id| self.form(*id)).collect();
        for id in self.dom.inside(Dom::ROOT) {
            let Some(tag) = self.dom.tag(id) else { continue };
            if !matches!(tag.name(), "input" | "select" | "textarea" | "button") {
                continue;
            }
            let Some(form) = self.index.form_of(self.dom, id).and_then(|form| forms.get_mut(form)) else {
                continue;
            };
            if let Some(element) = self.shown.get(&id) {
                form.fields.push(FormField::Element(*element));
            } else if let Some(control) = control_at(self.dom, self.index, id)
                && !control.disabled
                && !control.name.is_empty()
            {
                let values = sent(&control.kind, false).into_iter();
                form.fields
                    .extend(values.map(|value| FormField::Fixed(control.name.clone(), value.to_owned())));
            }
        }
        forms
    }

    fn form(&self, id: Id) -> Option<Form> {
        let tag = self.dom.tag(id)?;
        let lower = |name: &str| tag.get(name).unwrap_or_default().trim().to_ascii_lowercase();
        let action = tag.get("action").map(str::trim).filter(|action| !action.is_empty());
        let method = Some(lower("method")).filter(|method| !method.is_empty());
        Some(Form {
            action: match action {
                Some(action) => self.index.link(action),
                None => Some(self.index.own.clone()),
            },
            method: method.unwrap_or_else(|| "get".to_owned()),
            encoding: lower("enctype"),
            validates: !tag.has("novalidate"),
            fields: Vec::new(),
        })
    }
}
