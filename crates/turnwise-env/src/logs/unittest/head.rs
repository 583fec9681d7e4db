//! What the runner calls a test: `test_x (module.Class.test_x)`, and what follows on the line.

/// What is between a test and its verdict.
pub(super) const DOTS: &str = " ... ";

/// What stands for a class or a module, not for a test.
const HOLDERS: [&str; 4] = ["setUpClass", "tearDownClass", "setUpModule", "tearDownModule"];
/// What stands for a module that could not be loaded, or was left out.
const LOADER: [&str; 2] = ["unittest.loader._FailedTest", "unittest.loader.ModuleSkipped"];

/// A test as a line begins with it.
pub(super) struct Head<'a> {
    name: &'a str,
    owner: &'a str,
    rest: &'a str,
}

/// The test that a line begins with. From 3.11 on subtests are indented; a module's own doctest has no owner.
pub(super) fn head(line: &str) -> Option<Head<'_>> {
    let (name, rest) = dotted(line.strip_prefix("  ").unwrap_or(line));
    let (owner, rest) = dotted(rest.strip_prefix(" (").filter(|_| !name.is_empty())?);
    Some(Head { name, owner, rest: rest.strip_prefix(')')? })
}

/// The names with dots between them that a text begins with, and what follows. `<locals>` is such a name.
fn dotted(text: &str) -> (&str, &str) {
    let rest = text.trim_start_matches(|c: char| c.is_alphanumeric() || "_.<>".contains(c));
    text.split_at(text.len() - rest.len())
}

impl<'a> Head<'a> {
    /// The id that `python3 -m unittest` takes.
    ///
    /// From 3.11 on the owner ends in the name. Of what is not a test, owner or name says what it stands for.
    pub(super) fn id(&self) -> String {
        let Self { name, owner, .. } = *self;
        let is_below = |rest: &str| rest.is_empty() || rest.starts_with('.');
        if owner.is_empty() || LOADER.iter().any(|loader| owner.strip_prefix(loader).is_some_and(is_below)) {
            name.to_owned()
        } else if HOLDERS.contains(&name)
            || owner.strip_suffix(name).is_some_and(|owner| owner.ends_with('.'))
        {
            owner.to_owned()
        } else {
            format!("{owner}.{name}")
        }
    }

    /// What follows on the line, without a subtest's message and parameters (` [why] (i=1)`), which may hold anything.
    pub(super) fn rest(&self) -> &'a str {
        let rest = self.rest;
        if !rest.starts_with(" [") && !rest.starts_with(" (") {
            return rest;
        }
        let is_end = |at: &usize| rest[..*at].ends_with([')', ']']);
        match rest.match_indices(DOTS).map(|(at, _)| at).find(is_end) {
            Some(at) => &rest[at..],
            None if rest.ends_with([')', ']']) => "",
            None => rest,
        }
    }
}
