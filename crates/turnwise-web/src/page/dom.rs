//! The tree of an HTML page, as html5ever builds it: nodes in one vector, linked by their indices.
//!
//! html5ever brings the parser and leaves the tree to its user. This one keeps what showing a page needs, is dropped
//! without recursion, and remembers which form the parser gives an input to, which in broken HTML is not always an
//! ancestor.

use std::borrow::Cow;
use std::cell::{RefCell, RefMut};

use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::{ElemName, ElementFlags, NodeOrText, QuirksMode, TreeBuilderOpts, TreeSink};
use html5ever::{Attribute, LocalName, Namespace, ParseOpts, QualName, parse_document};

/// Where a node is in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id(usize);

/// What a node is.
#[derive(Debug)]
pub(crate) enum Data {
    /// The root, a comment, what is in a template: nothing that is shown.
    Other,
    /// Text, with its character references resolved.
    Text(String),
    /// An element.
    Element(Tag),
}

/// An element's name and attributes.
#[derive(Debug)]
pub(crate) struct Tag {
    name: QualName,
    attributes: Vec<(LocalName, String)>,
    /// The form that the parser gave it to.
    pub(crate) form: Option<Id>,
}

impl Tag {
    /// The name in lower case, of HTML, SVG and MathML alike.
    pub(crate) fn name(&self) -> &str {
        &self.name.local
    }

    /// An attribute's value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| &**key == name).map(|(_, value)| value.as_str())
    }

    /// Whether an attribute is there, whatever its value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

#[derive(Debug)]
struct Node {
    data: Data,
    /// How many nodes were above it when it was put into the tree.
    depth: usize,
    parent: Option<Id>,
    first: Option<Id>,
    last: Option<Id>,
    before: Option<Id>,
    after: Option<Id>,
}

/// A page's tree.
#[derive(Debug)]
pub(crate) struct Dom {
    nodes: Vec<Node>,
    deepest: usize,
    /// Whether the page was too large for the limits, so that its end is missing.
    pub(crate) cut: bool,
}

/// More nodes than this are not read: a page is for reading.
const MOST_NODES: usize = 300_000;
/// Deeper pages are cut: the parser's own time grows with the square of the depth.
const DEEPEST: usize = 3_000;
/// How much of the text the parser gets at once; between two pieces the limits are looked at.
const PIECE: usize = 16 * 1024;

impl Dom {
    /// Reads a page; every text is one.
    pub(crate) fn parse(html: &str) -> Self {
        let tree_builder = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
        let mut parser = parse_document(Builder::new(), ParseOpts { tree_builder, ..ParseOpts::default() });
        let mut rest = html;
        while !rest.is_empty() {
            let mut at = PIECE.min(rest.len());
            while !rest.is_char_boundary(at) {
                at += 1;
            }
            let (piece, after) = rest.split_at(at);
            parser.process(StrTendril::from(piece));
            rest = after;
            if parser.tokenizer.sink.sink.is_full() {
                break;
            }
        }
        let mut dom = parser.finish();
        dom.cut = !rest.is_empty();
        dom
    }

    /// The document itself.
    pub(crate) const ROOT: Id = Id(0);

    pub(crate) fn data(&self, id: Id) -> &Data {
        &self.nodes[id.0].data
    }

    /// The element at `id`, if it is one.
    pub(crate) fn tag(&self, id: Id) -> Option<&Tag> {
        match self.data(id) {
            Data::Element(tag) => Some(tag),
            Data::Text(_) | Data::Other => None,
        }
    }

    pub(crate) fn parent(&self, id: Id) -> Option<Id> {
        self.nodes[id.0].parent
    }

    pub(crate) fn first_child(&self, id: Id) -> Option<Id> {
        self.nodes[id.0].first
    }

    pub(crate) fn next_sibling(&self, id: Id) -> Option<Id> {
        self.nodes[id.0].after
    }

    /// The node after `id` in document order that is not inside it and still inside `root`.
    pub(crate) fn after(&self, mut id: Id, root: Id) -> Option<Id> {
        while id != root {
            if let Some(next) = self.next_sibling(id) {
                return Some(next);
            }
            id = self.parent(id)?;
        }
        None
    }

    /// Everything inside `root`, in document order.
    pub(crate) fn inside(&self, root: Id) -> impl Iterator<Item = Id> + '_ {
        let mut next = self.first_child(root);
        std::iter::from_fn(move || {
            let id = next?;
            next = self.first_child(id).or_else(|| self.after(id, root));
            Some(id)
        })
    }

    /// The elements that hold `id`, from the nearest.
    pub(crate) fn ancestors(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        std::iter::successors(self.parent(id), |id| self.parent(*id))
    }

    fn link(&mut self, child: Id, parent: Id, before: Option<Id>) {
        self.unlink(child);
        let left = match before {
            Some(right) => self.nodes[right.0].before.replace(child),
            None => self.nodes[parent.0].last.replace(child),
        };
        match left {
            Some(left) => self.nodes[left.0].after = Some(child),
            None => self.nodes[parent.0].first = Some(child),
        }
        let depth = self.nodes[parent.0].depth + 1;
        let node = &mut self.nodes[child.0];
        (node.parent, node.before, node.after, node.depth) = (Some(parent), left, before, depth);
        self.deepest = self.deepest.max(depth);
    }

    fn unlink(&mut self, id: Id) {
        let node = &mut self.nodes[id.0];
        let (before, after) = (node.before.take(), node.after.take());
        let Some(parent) = node.parent.take() else { return };
        match before {
            Some(before) => self.nodes[before.0].after = after,
            None => self.nodes[parent.0].first = after,
        }
        match after {
            Some(after) => self.nodes[after.0].before = before,
            None => self.nodes[parent.0].last = before,
        }
    }
}

/// Builds the tree as html5ever tells it.
struct Builder {
    dom: RefCell<Dom>,
}

/// A copy of an element's name: names are interned, so a copy is cheap.
#[derive(Debug)]
struct Name(QualName);

impl ElemName for Name {
    fn ns(&self) -> &Namespace {
        &self.0.ns
    }

    fn local_name(&self) -> &LocalName {
        &self.0.local
    }
}

impl Builder {
    fn new() -> Self {
        let builder = Self { dom: RefCell::new(Dom { nodes: Vec::new(), deepest: 0, cut: false }) };
        builder.add(Data::Other);
        builder
    }

    fn is_full(&self) -> bool {
        let dom = self.dom.borrow();
        dom.nodes.len() > MOST_NODES || dom.deepest > DEEPEST
    }

    fn dom(&self) -> RefMut<'_, Dom> {
        self.dom.borrow_mut()
    }

    fn add(&self, data: Data) -> Id {
        let mut dom = self.dom();
        let (parent, first, last, before, after) = (None, None, None, None, None);
        dom.nodes.push(Node { data, depth: 0, parent, first, last, before, after });
        Id(dom.nodes.len() - 1)
    }

    fn insert(&self, parent: Id, before: Option<Id>, new: NodeOrText<Id>) {
        let text = match new {
            NodeOrText::AppendNode(node) => return self.dom().link(node, parent, before),
            NodeOrText::AppendText(text) => text,
        };
        let mut dom = self.dom();
        let left = before.map_or(dom.nodes[parent.0].last, |right| dom.nodes[right.0].before);
        if let Some(Data::Text(there)) = left.map(|left| &mut dom.nodes[left.0].data) {
            there.push_str(&text);
            return;
        }
        drop(dom);
        let node = self.add(Data::Text(text.to_string()));
        self.dom().link(node, parent, before);
    }
}

impl TreeSink for Builder {
    type Handle = Id;
    type Output = Dom;
    type ElemName<'a> = Name;

    fn finish(self) -> Dom {
        self.dom.into_inner()
    }

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Id {
        Dom::ROOT
    }

    fn elem_name<'a>(&'a self, target: &'a Id) -> Name {
        match self.dom.borrow().tag(*target) {
            Some(tag) => Name(tag.name.clone()),
            None => Name(QualName::new(None, Namespace::default(), LocalName::default())),
        }
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _flags: ElementFlags) -> Id {
        let attributes = attributes.into_iter().map(|it| (it.name.local, it.value.to_string())).collect();
        self.add(Data::Element(Tag { name, attributes, form: None }))
    }

    fn create_comment(&self, _text: StrTendril) -> Id {
        self.add(Data::Other)
    }

    fn create_pi(&self, _target: StrTendril, _data: StrTendril) -> Id {
        self.add(Data::Other)
    }

    fn append(&self, parent: &Id, child: NodeOrText<Id>) {
        self.insert(*parent, None, child);
    }

    fn append_based_on_parent_node(&self, element: &Id, previous: &Id, child: NodeOrText<Id>) {
        let is_in_the_tree = self.dom.borrow().parent(*element).is_some();
        match is_in_the_tree {
            true => self.append_before_sibling(element, child),
            false => self.append(previous, child),
        }
    }

    fn append_doctype_to_document(&self, _name: StrTendril, _public: StrTendril, _system: StrTendril) {}

    fn get_template_contents(&self, target: &Id) -> Id {
        // Nothing in a template is shown, and neither is a template, so its contents may stand in it.
        *target
    }

    fn same_node(&self, x: &Id, y: &Id) -> bool {
        x == y
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Id, new: NodeOrText<Id>) {
        if let NodeOrText::AppendNode(node) = new {
            self.dom().unlink(node);
        }
        let parent = self.dom.borrow().parent(*sibling);
        if let Some(parent) = parent {
            self.insert(parent, Some(*sibling), new);
        }
    }

    fn add_attrs_if_missing(&self, target: &Id, attributes: Vec<Attribute>) {
        if let Data::Element(tag) = &mut self.dom().nodes[target.0].data {
            for it in attributes {
                if !tag.has(&it.name.local) {
                    tag.attributes.push((it.name.local, it.value.to_string()));
                }
            }
        }
    }

    fn associate_with_form(&self, target: &Id, form: &Id, _nodes: (&Id, Option<&Id>)) {
        if let Data::Element(tag) = &mut self.dom().nodes[target.0].data {
            tag.form = Some(*form);
        }
    }

    fn remove_from_parent(&self, target: &Id) {
        self.dom().unlink(*target);
    }

    fn reparent_children(&self, node: &Id, new_parent: &Id) {
        let mut dom = self.dom();
        while let Some(child) = dom.first_child(*node) {
            dom.link(child, *new_parent, None);
        }
    }
}
