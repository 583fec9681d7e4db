//! A drawn program: its files with and without their bugs, its cases, and what a draw is asked for.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Which sequence of tasks a task is drawn from; sequences never share a random number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Tasks that suites are made of.
    Suite,
    /// Tasks that the pocket model is trained on.
    Training,
    /// Tasks that training is measured on.
    Validation,
    /// The copying drills of training.
    Drill,
    /// What the pocket model is taught to buy.
    Shopping,
    /// The drills that go with it.
    Judging,
}

/// How large a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// One function or class.
    Small,
    /// One to five functions or classes in one or two files.
    Full,
}

/// What is asked of a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// How many bugs, 1–5.
    pub bugs: usize,
    /// Whether the families are ones that training shows.
    pub seen: bool,
    /// How large the program is.
    pub size: Size,
}

/// A file of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The path.
    pub path: String,
    /// The lines with the bugs.
    pub bad: Vec<String>,
    /// The lines as they should be.
    pub good: Vec<String>,
}

/// A planted bug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bug {
    /// The file's index in [`Program::files`].
    pub file: usize,
    /// The line, from 0.
    pub line: usize,
}

/// A call and the value it should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The test's id.
    pub id: String,
    /// The call.
    pub call: String,
    /// The value, as Python shows it.
    pub want: String,
    /// Whether it passes with the bugs in.
    pub passes_before: bool,
}

/// A drawn program.
#[derive(Clone, Debug)]
pub struct Program {
    /// The families of the broken functions.
    pub families: Vec<String>,
    /// The files that hold the program; the first is the main one.
    pub files: Vec<SourceFile>,
    /// Other files of the repository: the visible check and distractors.
    pub others: BTreeMap<String, String>,
    /// The hidden tests' script.
    pub hidden_script: String,
    /// The visible cases.
    pub visible: Vec<Case>,
    /// The hidden cases: the visible ones and more.
    pub hidden: Vec<Case>,
    /// The bugs.
    pub bugs: Vec<Bug>,
    /// What the model is told.
    pub statement: String,
    /// Whether the statement names the files.
    pub names_files: bool,
}

/// The random numbers of task `index` under `seed`.
pub fn generator(stream: Stream, seed: u64, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index);
    rng.set_stream(stream as u64 + 1);
    rng
}

impl Program {
    /// The files as the task starts, path to text.
    pub fn start(&self) -> BTreeMap<String, String> {
        self.with(|file| &file.bad)
    }

    /// The files as they should be.
    pub fn solution(&self) -> BTreeMap<String, String> {
        self.with(|file| &file.good)
    }

    /// The modules' names.
    pub fn modules(&self) -> Vec<String> {
        self.files.iter().map(|file| file.path.trim_end_matches(".py").to_owned()).collect()
    }

    fn with(&self, lines: impl Fn(&SourceFile) -> &Vec<String>) -> BTreeMap<String, String> {
        let mut all = self.others.clone();
        all.extend(self.files.iter().map(|file| (file.path.clone(), text(lines(file)))));
        all
    }
}

/// Lines as a file's text.
pub(super) fn text(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}
