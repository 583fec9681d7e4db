//! A page as an agent sees it: lines of text in which everything that it can act on has a number.

mod control;
mod dom;
mod element;
mod form;
mod index;
mod lines;
mod render;
mod screen;
#[cfg(test)]
mod tests;
mod visible;

use std::collections::BTreeMap;

use url::Url;

pub use element::{Choice, Element, Kind, Press};
pub use form::{BadForm, Form, FormField};
pub use screen::{Limits, Screen};

use dom::Dom;
use index::Index;
use lines::Piece;

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it is.
    pub url: Url,
    /// Its title; empty where it has none.
    pub title: String,
    /// The status code that it came with, where it came by HTTP.
    pub status: Option<u16>,
    /// What can be seen of it, line by line, as it is now: a field that is typed into changes its line.
    pub lines: Vec<String>,
    /// What has a number, in document order; element N is at index N - 1.
    pub elements: Vec<Element>,
    /// Its forms, in document order.
    pub forms: Vec<Form>,
    pieces: Vec<Vec<Piece>>,
    anchors: BTreeMap<String, usize>,
    /// What the elements were at first, where a button can bring that back.
    fresh: Option<Vec<Kind>>,
}

impl Page {
    /// Reads a page as it came from a server: no script has run. Every text is a page, however broken.
    pub fn of_html(url: Url, html: &str) -> Self {
        Self::rendered(url, html, false)
    }

    /// Reads the tree of a live browser, written as HTML. What elements hold now must stand in its attributes (`value`,
    /// `checked`, `selected`), what can be clicked without being a link or a control has the attribute
    /// `data-turnwise-click`, and `data-turnwise-node` is what the browser calls an element.
    pub fn of_live_html(url: Url, html: &str) -> Self {
        Self::rendered(url, html, true)
    }

    /// A page that is a text: JSON, or plain text.
    pub fn of_text(url: Url, text: &str) -> Self {
        let mut lines = lines::Lines::default();
        lines.verbatim(text);
        let mut page = Self::empty(url);
        page.pieces = lines.done().0;
        page.write_lines();
        page
    }

    fn empty(url: Url) -> Self {
        Self {
            url,
            title: String::new(),
            status: None,
            lines: Vec::new(),
            elements: Vec::new(),
            forms: Vec::new(),
            pieces: Vec::new(),
            anchors: BTreeMap::new(),
            fresh: None,
        }
    }

    fn rendered(url: Url, html: &str, live: bool) -> Self {
        let dom = Dom::parse(html);
        let index = Index::of(&dom, &url);
        let rendered = render::render(&dom, &index, live);
        let can_reset = rendered.elements.iter().any(|it| it.kind == Kind::Button(Press::Reset));
        let mut page = Self {
            title: index.title,
            fresh: can_reset.then(|| rendered.elements.iter().map(|it| it.kind.clone()).collect()),
            elements: rendered.elements,
            forms: rendered.forms,
            pieces: rendered.lines,
            anchors: rendered.anchors,
            ..Self::empty(url)
        };
        if dom.cut {
            page.pieces.push(vec![Piece::Text("(the page is too large; its end is missing)".to_owned())]);
        }
        page.write_lines();
        page
    }

    fn write_lines(&mut self) {
        self.lines = (0..self.pieces.len()).map(|at| self.written(at)).collect();
    }

    fn written(&self, line: usize) -> String {
        let mut text = String::new();
        for piece in &self.pieces[line] {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Element(index) => text.push_str(&self.elements[*index].to_string()),
            }
        }
        text
    }

    /// Where element `number` is in [`Page::elements`].
    pub fn index_of(&self, number: u32) -> Option<usize> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        (index < self.elements.len()).then_some(index)
    }

    /// The line that an id of the page stands at, for URLs with a fragment.
    pub fn line_of(&self, fragment: &str) -> Option<usize> {
        self.anchors.get(fragment).copied()
    }

    /// Puts `kind` in the place of what element `index` is and holds, and writes its line anew.
    pub fn set(&mut self, index: usize, kind: Kind) {
        self.elements[index].kind = kind;
        let line = self.elements[index].line;
        if line < self.pieces.len() {
            self.lines[line] = self.written(line);
        }
    }

    /// Puts the elements of a form back to what they were when the page was read, where it has a button for that.
    pub fn reset(&mut self, form: Option<usize>) {
        let Some(fresh) = self.fresh.clone() else { return };
        for (index, kind) in fresh.into_iter().enumerate() {
            if self.elements[index].form == form {
                self.set(index, kind);
            }
        }
    }
}

/// What the beginning of an HTML page says of its character set, as `read` makes it of a content type.
pub(crate) fn charset_of<T>(html: &str, read: fn(&str) -> Option<T>) -> Option<T> {
    let dom = Dom::parse(html);
    let metas = dom.inside(Dom::ROOT).filter_map(|id| dom.tag(id)).filter(|tag| tag.name() == "meta");
    let mut said = metas.filter_map(|meta| match (meta.get("charset"), meta.get("content")) {
        (Some(charset), _) => read(&format!("text/html; charset={charset}")),
        (None, Some(content))
            if meta.get("http-equiv").is_some_and(|it| it.eq_ignore_ascii_case("content-type")) =>
        {
            read(content)
        }
        _ => None,
    });
    said.next()
}
