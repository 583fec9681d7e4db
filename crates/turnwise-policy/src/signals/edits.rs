//! What becomes of the work. Its state is known by the digest of the patch.

use std::collections::BTreeSet;

use super::{Family, Gauge, Moment, Recent, Signal, command::paths, fingerprint::fingerprint, names};

/// How many turns, this one included, are looked at.
const WINDOW: usize = 16;
/// How many of the last changed files the next change is expected in.
const FORESEEN: usize = 3;

pub(super) const SIGNALS: &[Signal] = &[
    Signal::facts(
        names::NO_CHANGE,
        "how many turns in a row, up to this one, left the work as it was",
        "ActiveVLN, arXiv 2509.12618",
    ),
    Signal::facts(names::CHANGES, "how often the work has changed so far", "papers.md C4"),
    Signal::facts(
        names::FIRST_CHANGE,
        "the turn on which the work changed first; absent until then",
        "Beyond Resolution Rates, arXiv 2604.02547",
    ),
    Signal::facts(
        names::CHURN,
        "lines written and taken away again over the last 16 turns: the sum of the changes of the patch's size less \
         the change from end to end",
        "papers2026.md §9.2",
    ),
    Signal::facts(
        names::BACKTRACKS,
        "the share of the changes within the last 16 turns that led to a state the work had been in before, in [0, 1]; \
         absent without changes",
        "Same Signal, arXiv 2605.18332",
    ),
    Signal::facts(
        names::EDITED_FILES,
        "how many different files were named in commands that changed the work; a word with an ending is a file",
        "413K agent traces, papers2026.md §6.2",
    ),
    Signal::facts(
        names::EDIT_HITS,
        "the share of the last 16 turns' changes that named one of the three files changed last, in [0, 1]; absent \
         before the second change",
        "next edit prediction, papers.md row 34",
    ),
];

#[derive(Debug)]
pub(super) struct Edits {
    digest: String,
    states: BTreeSet<u64>,
    no_change: f64,
    changes: f64,
    first: Option<u32>,
    lines: Recent<f64>,
    /// For each turn: whether the work changed, and if so to a state it had been in.
    back: Recent<Option<bool>>,
    files: BTreeSet<u64>,
    last_files: Recent<u64>,
    /// For each turn: whether a change named one of the last files.
    hits: Recent<Option<bool>>,
}

impl Default for Edits {
    fn default() -> Self {
        Self {
            digest: String::new(),
            states: BTreeSet::from([fingerprint("")]),
            no_change: 0.0,
            changes: 0.0,
            first: None,
            lines: Recent::new(WINDOW + 1),
            back: Recent::new(WINDOW),
            files: BTreeSet::new(),
            last_files: Recent::new(FORESEEN),
            hits: Recent::new(WINDOW),
        }
    }
}

impl Family for Edits {
    fn measure(&mut self, moment: &Moment<'_>, gauge: &mut Gauge<'_>) {
        let work = &moment.facts.workspace;
        if self.lines.len() == 0 {
            self.lines.push(0.0);
        }
        self.lines.push(work.patch_lines as f64);
        let (mut back, mut hit) = (None, None);
        if work.digest == self.digest {
            self.no_change += 1.0;
        } else {
            work.digest.clone_into(&mut self.digest);
            self.no_change = 0.0;
            self.changes += 1.0;
            self.first.get_or_insert(moment.facts.turn);
            back = Some(!self.states.insert(fingerprint(&work.digest)));
            hit = self.see_files(moment.facts.action.text());
        }
        self.back.push(back);
        self.hits.push(hit);
        gauge.set(names::NO_CHANGE, self.no_change);
        gauge.set(names::CHANGES, self.changes);
        gauge.set_some(names::FIRST_CHANGE, self.first.map(f64::from));
        gauge.set(names::EDITED_FILES, self.files.len() as f64);
        gauge.set_some(names::BACKTRACKS, share(&self.back));
        gauge.set_some(names::EDIT_HITS, share(&self.hits));
        if gauge.wants(names::CHURN) {
            let lines = self.lines.to_vec();
            let moved: f64 = lines.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
            gauge.set(names::CHURN, moved - (lines[lines.len() - 1] - lines[0]).abs());
        }
    }
}

impl Edits {
    /// Remembers the files of a changing command; says whether one of them was among the last, if there were any.
    fn see_files(&mut self, command: &str) -> Option<bool> {
        let now: Vec<u64> = paths(command).map(fingerprint).collect();
        let expected: Vec<u64> = self.last_files.iter().copied().collect();
        for file in &now {
            self.files.insert(*file);
            if !expected.contains(file) {
                self.last_files.push(*file);
            }
        }
        (!expected.is_empty()).then(|| now.iter().any(|file| expected.contains(file)))
    }
}

/// The share of those that hold among those that are said; `None` where none is.
fn share(said: &Recent<Option<bool>>) -> Option<f64> {
    let held: Vec<f64> = said.iter().flatten().map(|held| f64::from(u8::from(*held))).collect();
    super::mean(&held)
}
