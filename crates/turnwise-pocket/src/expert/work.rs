//! How the expert works: read, check, think the failing function through line by line, edit, check again.

use super::{
    mistake::{self, Mistake},
    shell::Shell,
    think::Thought,
    trajectory::{Segment, Trajectory, Weight},
    turn::{HURRY, read, reminder},
};
use crate::task::{Oracle, OracleError, Program};
use rand::{Rng, seq::IndexedRandom as _};
use std::{collections::BTreeSet, ops::ControlFlow};

/// The turns that the expert is told it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The limit it hears first.
    pub limit: u32,
    /// The limit it gets when the first is used up, if it gets one.
    pub extended: Option<u32>,
}

/// The visible check.
const CHECK: &str = "python3 check.py";
/// Up to this limit the expert reads and checks in one turn.
const TIGHT: u32 = 6;

/// Why the expert stopped before it was done.
pub(super) enum Halt {
    /// No turns left.
    Budget,
    /// The oracle failed.
    Oracle(OracleError),
}

/// Goes on, or not.
pub(super) type Flow = ControlFlow<Halt>;

/// Lets the expert work on `program`.
///
/// # Errors
/// When the oracle fails, or a step made the program run for ever.
pub fn solve(
    program: &Program,
    budget: Option<Budget>,
    rng: &mut impl Rng,
    oracle: &mut Oracle,
) -> Result<Trajectory, OracleError> {
    let mut expert = Expert {
        program,
        oracle,
        shell: Shell::new(program.start()),
        segments: Vec::new(),
        limit: budget.map(|budget| budget.limit),
        extended: budget.and_then(|budget| budget.extended),
        turn: 0,
        edits: 0,
        passed: 0,
        failing: None,
        broken: false,
        stale: BTreeSet::new(),
    };
    match expert.work(rng) {
        ControlFlow::Break(Halt::Oracle(error)) => Err(error),
        ControlFlow::Break(Halt::Budget) | ControlFlow::Continue(()) => {
            Ok(Trajectory { solved: expert.is_whole(), segments: expert.segments, turns: expert.turn })
        }
    }
}

/// A line of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The file's index.
    pub(super) file: usize,
    /// The line, from 0.
    pub(super) line: usize,
}

/// The expert at work.
pub(super) struct Expert<'a> {
    pub(super) program: &'a Program,
    pub(super) oracle: &'a mut Oracle,
    pub(super) shell: Shell,
    pub(super) segments: Vec<Segment>,
    pub(super) limit: Option<u32>,
    pub(super) extended: Option<u32>,
    pub(super) turn: u32,
    pub(super) edits: u32,
    /// How many cases the last check saw pass.
    pub(super) passed: usize,
    /// The function of the first failing case of the last check.
    pub(super) failing: Option<String>,
    /// Whether the last check could not even import the program.
    pub(super) broken: bool,
    /// Lines that were edited since their file was last read.
    pub(super) stale: BTreeSet<Place>,
}

impl Expert<'_> {
    fn work(&mut self, rng: &mut impl Rng) -> Flow {
        self.open()?;
        self.look_around()?;
        let mut resume = None;
        while self.failing.is_some() || self.broken {
            let before = self.passed;
            let was = self.failing.clone();
            let Some(at) = self.repair(rng, resume)? else {
                resume = Some(Resume::Careful);
                continue;
            };
            resume = if self.broken || self.passed > before && self.failing == was {
                Some(Resume::After(at))
            } else if self.passed > before && !self.is_stale() {
                None
            } else {
                self.read_again()?;
                Some(Resume::Careful)
            };
        }
        self.hand_in()
    }

    /// The task, with the budget if there is one.
    fn open(&mut self) -> Flow {
        let reminder = self.limit.map_or(String::new(), |limit| format!("\n{}", reminder(limit)));
        let text = format!("{}{reminder}", self.program.statement);
        self.segments.push(Segment { role: "user", text, weight: Weight::Prompt });
        ControlFlow::Continue(())
    }

    /// Finds the files, reads them, and runs the check.
    fn look_around(&mut self) -> Flow {
        if !self.program.names_files {
            self.act("", "ls", Weight::Imitate)?;
        }
        let reads: Vec<String> = self.program.files.iter().map(|file| read(&file.path)).collect();
        if self.limit.is_some_and(|limit| limit <= TIGHT) {
            return self.act("", &format!("{}; {CHECK}", reads.join("; ")), Weight::Imitate);
        }
        for command in &reads {
            self.act("", command, Weight::Imitate)?;
        }
        self.act("", CHECK, Weight::Imitate)
    }

    /// Reads the file of the failing function again, where lines may have changed.
    fn read_again(&mut self) -> Flow {
        if self.left().is_some_and(|left| left <= HURRY) {
            return ControlFlow::Continue(());
        }
        let path = self.failing_path();
        self.act("<think>no better, read again</think>", &read(&path), Weight::Imitate)
    }

    /// The file of the failing function, or the main one.
    fn failing_path(&self) -> String {
        self.failing_file().map_or_else(|| self.program.files[0].path.clone(), |(path, _)| path)
    }

    /// One step of repair. Gives the line that was edited, or `None` if nothing was found and the file
    /// was read again instead.
    fn repair(&mut self, rng: &mut impl Rng, resume: Option<Resume>) -> ControlFlow<Halt, Option<Place>> {
        let mistake = if self.hurried() { None } else { Mistake::draw(rng) };
        let overlook = mistake == Some(Mistake::Overlooked);
        let Thought { text, found } = self.think(resume, overlook);
        let Some(place) = found else {
            let weight = if overlook { Weight::Ignore } else { Weight::Imitate };
            let path = self.failing_path();
            self.act(&format!("<think>{text}\nnothing, read again</think>"), &read(&path), weight)?;
            return ControlFlow::Continue(None);
        };
        let right = Edit {
            place,
            path: self.program.files[place.file].path.clone(),
            new: self.program.files[place.file].good[place.line].clone(),
        };
        let slip = mistake.and_then(|mistake| self.slip(rng, mistake, &right));
        let (edit, text, weight) = match slip {
            Some(edit) => {
                let shown = self.shell.lines(&self.program.files[edit.place.file].path)[edit.place.line];
                let text = format!("{}\n{}:{shown} hmm", self.header(), edit.place.line + 1);
                (edit, text, Weight::Ignore)
            }
            None => (right, text, Weight::Imitate),
        };
        self.edit(&edit, text, weight, resume == Some(Resume::Careful))?;
        ControlFlow::Continue(Some(edit.place))
    }

    /// Makes an edit and checks, in one turn or, when careful, in two.
    fn edit(&mut self, edit: &Edit, mut thought: String, weight: Weight, careful: bool) -> Flow {
        let Edit { place, path, new } = edit;
        let number = place.line + 1;
        let fixed = format!("{number}:{new}");
        thought.extend(["\nfix ", &fixed]);
        if weight == Weight::Imitate && hesitates(new) && !self.hurried() {
            thought.extend(["\nwait, again ", &fixed, "\nyes"]);
        }
        self.edits += 1;
        self.stale.insert(*place);
        let thought = format!("<think>{thought}</think>");
        let sed = format!("sed -i '{number}c\\{new}' {path}");
        if careful && !self.hurried() {
            self.act(&thought, &sed, weight)?;
            self.act("", CHECK, Weight::Imitate)?;
        } else {
            self.act(&thought, &format!("{sed} && {CHECK}"), weight)?;
        }
        let right = &self.program.files[place.file].path;
        if path != right {
            let thought = format!("<think>wrong name\nfix {number}:{new}</think>");
            let command = format!("sed -i '{number}c\\{new}' {right} && {CHECK}");
            self.act(&thought, &command, Weight::Imitate)?;
        }
        ControlFlow::Continue(())
    }

    /// What a mistake makes of the right edit; `None` if it makes nothing of it.
    fn slip(&self, rng: &mut impl Rng, mistake: Mistake, right: &Edit) -> Option<Edit> {
        let with = |new: String| Edit { new, ..right.clone() };
        match mistake {
            Mistake::WrongText => mistake::twist(rng, &right.new).map(with),
            Mistake::Broken => mistake::broken(&right.new).map(with),
            Mistake::WrongLine => self.other_line(rng, right.place).map(|(line, new)| {
                let place = Place { line, ..right.place };
                Edit { place, path: right.path.clone(), new }
            }),
            Mistake::WrongName => Some(Edit { path: right.path.replace(".py", "s.py"), ..right.clone() }),
            Mistake::Overlooked => None,
        }
    }

    /// Another line of the same function that is right, and a wrong text for it.
    fn other_line(&self, rng: &mut impl Rng, place: Place) -> Option<(usize, String)> {
        let (_, start) = self.failing_file()?;
        let lines = self.shell.lines(&self.program.files[place.file].path);
        let block = self.block(place.file, start);
        let candidates: Vec<usize> = block.into_iter().skip(1).filter(|&line| line != place.line).collect();
        let other = *candidates.choose(rng)?;
        mistake::twist(rng, lines[other]).map(|text| (other, text))
    }

    /// Checks once more after much work, then submits.
    fn hand_in(&mut self) -> Flow {
        if self.edits >= 3 && self.left().is_none_or(|left| left > HURRY) {
            self.act("<think>be sure</think>", CHECK, Weight::Imitate)?;
        }
        self.turn += 1;
        let text = "<think>all passed</think>submit".to_owned();
        self.segments.push(Segment { role: "assistant", text, weight: Weight::Imitate });
        ControlFlow::Continue(())
    }

    fn is_whole(&self) -> bool {
        self.program.files.iter().all(|file| self.shell.lines(&file.path) == file.good)
    }
}

/// An edit: which line of which file (as it is written in the command) becomes what.
#[derive(Clone)]
struct Edit {
    place: Place,
    path: String,
    new: String,
}

/// Where the next thought begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resume {
    /// After this edited line, as the edit helped.
    After(Place),
    /// At the start of the function, whose file has just been read again.
    Careful,
}

/// The expert looks twice at conditions and results, more than it must.
fn hesitates(line: &str) -> bool {
    let code = line.trim_start();
    code.starts_with("return ") || code.starts_with("if ")
}
