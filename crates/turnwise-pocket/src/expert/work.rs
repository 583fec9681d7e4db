//! How the expert works: read, check, think the failing function through line by line, edit, check again.

use super::{
    mistake::{self, Mistake},
    shell::Shell,
    trajectory::{Segment, Trajectory, Weight},
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

/// The most turns of a run without a budget.
const TURN_CAP: u32 = 28;
/// From this many turns left on, the expert hurries.
const HURRY: u32 = 2;
/// Up to this limit the expert reads and checks in one turn.
const TIGHT: u32 = 6;

/// Why the expert stopped before it was done.
enum Halt {
    /// No turns left.
    Budget,
    /// The oracle failed.
    Oracle(OracleError),
}

type Flow = ControlFlow<Halt>;

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
        ControlFlow::Break(Halt::Budget) | ControlFlow::Continue(()) => Ok(Trajectory {
            solved: expert.differing().is_empty(),
            segments: expert.segments,
            turns: expert.turn,
        }),
    }
}

struct Expert<'a> {
    program: &'a Program,
    oracle: &'a mut Oracle,
    shell: Shell,
    segments: Vec<Segment>,
    limit: Option<u32>,
    extended: Option<u32>,
    turn: u32,
    edits: u32,
    /// How many cases the last check saw pass.
    passed: usize,
    /// The function of the first failing case of the last check.
    failing: Option<String>,
    /// Whether the last check could not even import the program.
    broken: bool,
    /// Lines that were edited since their file was last read: (file, line).
    stale: BTreeSet<(usize, usize)>,
}

/// A line in need of repair, and the thought that led there.
struct Finding {
    thought: String,
    file: usize,
    line: usize,
}

impl Expert<'_> {
    fn work(&mut self, rng: &mut impl Rng) -> Flow {
        self.open()?;
        self.look_around()?;
        let mut resume = None;
        while self.failing.is_some() || self.broken {
            let before = self.passed;
            let was = self.failing.clone();
            let careful = resume == Some(Resume::Careful);
            let Some(at) = self.repair(rng, resume, careful)? else {
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
            return self.act("", &format!("{}; python3 check.py", reads.join("; ")), Weight::Imitate);
        }
        for command in &reads {
            self.act("", command, Weight::Imitate)?;
        }
        self.act("", "python3 check.py", Weight::Imitate)
    }

    /// Reads the file of the failing function again, where lines may have changed.
    fn read_again(&mut self) -> Flow {
        if self.left().is_some_and(|left| left <= HURRY) {
            return ControlFlow::Continue(());
        }
        let path = self.failing_file().map_or_else(|| self.program.files[0].path.clone(), |(path, _)| path);
        self.act("<think>no better, read again</think>", &read(&path), Weight::Imitate)
    }

    /// One step of repair. Gives the line that was edited, or `None` if nothing was found and the file
    /// was read again instead.
    fn repair(
        &mut self,
        rng: &mut impl Rng,
        resume: Option<Resume>,
        careful: bool,
    ) -> ControlFlow<Halt, Option<(usize, usize)>> {
        let mistake = if self.hurried() { None } else { Mistake::draw(rng) };
        let overlook = mistake == Some(Mistake::Overlooked);
        let Some(finding) = self.think(resume, overlook) else {
            let thought = self.thought(resume, overlook, None).thought;
            let weight = if overlook { Weight::Ignore } else { Weight::Imitate };
            let path =
                self.failing_file().map_or_else(|| self.program.files[0].path.clone(), |(path, _)| path);
            self.act(&format!("<think>{thought}\nnothing, read again</think>"), &read(&path), weight)?;
            return ControlFlow::Continue(None);
        };
        let at = self.edit(rng, finding, mistake, careful)?;
        ControlFlow::Continue(Some(at))
    }

    fn edit(
        &mut self,
        rng: &mut impl Rng,
        finding: Finding,
        mistake: Option<Mistake>,
        careful: bool,
    ) -> ControlFlow<Halt, (usize, usize)> {
        let Finding { mut thought, mut file, mut line } = finding;
        let good = self.program.files[file].good[line].clone();
        let mut new = good.clone();
        let mut path = self.program.files[file].path.clone();
        let mut weight = Weight::Imitate;
        if let Some(mistake) = mistake {
            let slip = match mistake {
                Mistake::WrongText => mistake::twist(rng, &good).map(|text| (file, line, text)),
                Mistake::Broken => mistake::broken(&good).map(|text| (file, line, text)),
                Mistake::WrongLine => self.other_line(rng, file, line),
                Mistake::WrongName => {
                    path = path.replace(".py", "s.py");
                    Some((file, line, good.clone()))
                }
                Mistake::Overlooked => None,
            };
            if let Some((wrong_file, wrong_line, text)) = slip {
                (file, line, new, weight) = (wrong_file, wrong_line, text, Weight::Ignore);
                let shown = self.shell.lines(&self.program.files[file].path)[line].to_owned();
                thought = format!("{}\n{}:{shown} hmm", self.header(), line + 1);
            }
        }
        thought.push_str(&format!("\nfix {}:{new}", line + 1));
        if weight == Weight::Imitate && hesitates(&new) && !self.hurried() {
            thought.push_str(&format!("\nwait, again {}:{new}\nyes", line + 1));
        }
        let sed = format!("sed -i '{}c\\{new}' {path}", line + 1);
        self.edits += 1;
        self.stale.insert((file, line));
        let thought = format!("<think>{thought}</think>");
        if careful && !self.hurried() {
            self.act(&thought, &sed, weight)?;
            self.act("", "python3 check.py", Weight::Imitate)?;
        } else {
            self.act(&thought, &format!("{sed} && python3 check.py"), weight)?;
        }
        if path != self.program.files[file].path {
            let thought = format!("<think>wrong name\nfix {}:{new}</think>", line + 1);
            let sed = format!(
                "sed -i '{}c\\{new}' {} && python3 check.py",
                line + 1,
                self.program.files[file].path
            );
            self.act(&thought, &sed, Weight::Imitate)?;
        }
        ControlFlow::Continue((file, line))
    }

    /// Thinks the failing function through; `None` if no wrong line is met.
    fn think(&self, resume: Option<Resume>, overlook: bool) -> Option<Finding> {
        let finding = self.thought(resume, overlook, Some(()));
        (finding.file != usize::MAX).then_some(finding)
    }

    /// The thought itself: the lines of the failing function (and of the other file's, if those are all
    /// right) up to the first wrong one.
    fn thought(&self, resume: Option<Resume>, overlook: bool, _: Option<()>) -> Finding {
        if let (true, Some(Resume::After((file, line)))) = (self.broken, resume) {
            return Finding { thought: "my line broke it".to_owned(), file, line };
        }
        let mut thought = String::new();
        for (file, block) in self.blocks(resume) {
            let current = self.shell.lines(&self.program.files[file].path);
            if !thought.is_empty() {
                thought.push('\n');
            }
            match resume {
                Some(Resume::After(_)) if thought.is_empty() => thought.push_str("next"),
                _ => thought.push_str(current[block[0]]),
            }
            let skip = usize::from(!matches!(resume, Some(Resume::After(_))));
            for &line in &block[skip.min(block.len())..] {
                let wrong = current[line] != self.program.files[file].good[line];
                if !self.hurried() || wrong {
                    thought.push_str(&format!("\n{}:{}", line + 1, current[line]));
                }
                if wrong && !overlook {
                    thought.push_str(" hmm");
                    return Finding { thought, file, line };
                }
            }
        }
        Finding { thought, file: usize::MAX, line: 0 }
    }

    /// The blocks of lines to think through, in order: the failing function's, then, when its lines have
    /// just been read, the other file's.
    fn blocks(&self, resume: Option<Resume>) -> Vec<(usize, Vec<usize>)> {
        let Some((file, start)) = self.failing_file().map(|(path, start)| (self.index(&path), start)) else {
            return Vec::new();
        };
        let block = self.block(file, start);
        if let Some(Resume::After((edited, line))) = resume {
            let rest: Vec<usize> = block.iter().copied().filter(|&l| edited != file || l > line).collect();
            return if rest.is_empty() { Vec::new() } else { vec![(file, rest)] };
        }
        let mut blocks = vec![(file, block)];
        for other in (0..self.program.files.len()).filter(|&other| other != file) {
            let lines = self.shell.lines(&self.program.files[other].path);
            let starts =
                (0..lines.len()).filter(|&l| lines[l].starts_with("def ") || lines[l].starts_with("class "));
            blocks.extend(starts.map(|start| (other, self.block(other, start))));
        }
        blocks
    }

    /// The lines from `start` to the next function or class, blank ones left out.
    fn block(&self, file: usize, start: usize) -> Vec<usize> {
        let lines = self.shell.lines(&self.program.files[file].path);
        let is_start = |l: usize| lines[l].starts_with("def ") || lines[l].starts_with("class ");
        let end = (start + 1..lines.len()).find(|&l| is_start(l)).unwrap_or(lines.len());
        (start..end).filter(|&l| !lines[l].is_empty()).collect()
    }

    /// Another line of the same function that is right, with a wrong text for it.
    fn other_line(&self, rng: &mut impl Rng, file: usize, line: usize) -> Option<(usize, usize, String)> {
        let (_, start) = self.failing_file()?;
        let lines = self.shell.lines(&self.program.files[file].path);
        let candidates: Vec<usize> =
            self.block(file, start).into_iter().skip(1).filter(|&l| l != line).collect();
        let other = *candidates.choose(rng)?;
        mistake::twist(rng, lines[other]).map(|text| (file, other, text))
    }

    /// Checks once more after much work, then submits.
    fn hand_in(&mut self) -> Flow {
        if self.edits >= 3 && self.left().is_none_or(|left| left > HURRY) {
            self.act("<think>be sure</think>", "python3 check.py", Weight::Imitate)?;
        }
        self.turn += 1;
        let text = "<think>all passed</think>submit".to_owned();
        self.segments.push(Segment { role: "assistant", text, weight: Weight::Imitate });
        ControlFlow::Continue(())
    }

    /// Takes a turn.
    fn act(&mut self, thought: &str, command: &str, weight: Weight) -> Flow {
        let asks = self.left().is_some_and(|left| left <= HURRY) && self.turn > 0;
        let more = if asks { "<more>" } else { "" };
        self.segments.push(Segment { role: "assistant", text: format!("{thought}{more}{command}"), weight });
        self.turn += 1;
        let output = match self.shell.run(command, self.oracle) {
            Ok(output) => output,
            Err(error) => return ControlFlow::Break(Halt::Oracle(error)),
        };
        self.learn(command, &output);
        let shown = if output.is_empty() { "(no output)" } else { output.trim_end() };
        let (remark, over) = self.count();
        let text = format!("{shown}{remark}");
        if over {
            return ControlFlow::Break(Halt::Budget);
        }
        self.segments.push(Segment { role: "tool", text, weight: Weight::Observe });
        ControlFlow::Continue(())
    }

    /// What the harness remarks after a turn, and whether the attempt is over.
    fn count(&mut self) -> (String, bool) {
        let Some(limit) = self.limit else { return (String::new(), self.turn >= TURN_CAP) };
        if self.turn < limit {
            return (format!("\n{}", reminder(limit - self.turn)), false);
        }
        match self.extended.take() {
            Some(extended) => {
                self.limit = Some(extended);
                let left = turns(extended - self.turn);
                let notice = format!("Your limit was extended. You have {left} left to complete the task.");
                (format!("\nENVIRONMENT REMINDER: {notice}"), false)
            }
            None => (String::new(), true),
        }
    }

    /// Takes in what a command showed.
    fn learn(&mut self, command: &str, output: &str) {
        for (index, file) in self.program.files.iter().enumerate() {
            if command.contains(&read(&file.path)) {
                self.stale.retain(|&(stale, _)| stale != index);
            }
        }
        let Some(last) = output.lines().last().and_then(|line| line.strip_suffix(" passed")) else { return };
        let Some((passed, total)) = last.split_once('/') else { return };
        self.passed = passed.parse().unwrap_or(0);
        self.broken = output.lines().rev().nth(1).is_some_and(|line| line.contains(".py: "));
        let mut lines =
            output.lines().rev().skip(1).take_while(|line| line.contains(", want ")).collect::<Vec<_>>();
        lines.reverse();
        let first = lines.first().map(|line| line.split('(').next().unwrap_or_default().to_owned());
        self.failing = if passed == total { None } else { first.or_else(|| self.failing.clone()) };
    }

    fn header(&self) -> String {
        self.failing_file().map(|(path, start)| self.shell.lines(&path)[start].to_owned()).unwrap_or_default()
    }

    /// The file of the failing function and the line where it starts.
    fn failing_file(&self) -> Option<(String, usize)> {
        let name = self.failing.as_ref()?;
        let starts = [format!("def {name}("), format!("class {name}:")];
        self.program.files.iter().find_map(|file| {
            let lines = self.shell.lines(&file.path);
            let at =
                lines.iter().position(|line| starts.iter().any(|start| line.starts_with(start.as_str())))?;
            Some((file.path.clone(), at))
        })
    }

    /// Whether lines of the failing function were edited since they were read.
    fn is_stale(&self) -> bool {
        let Some((path, start)) = self.failing_file() else { return false };
        let file = self.index(&path);
        self.block(file, start).iter().any(|&line| self.stale.contains(&(file, line)))
    }

    fn index(&self, path: &str) -> usize {
        self.program.files.iter().position(|file| file.path == path).unwrap_or(0)
    }

    fn differing(&self) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        for (f, file) in self.program.files.iter().enumerate() {
            let current = self.shell.lines(&file.path);
            all.extend(
                (0..file.good.len())
                    .filter(|&l| current.get(l) != Some(&file.good[l].as_str()))
                    .map(|l| (f, l)),
            );
        }
        all
    }

    fn left(&self) -> Option<u32> {
        self.limit.map(|limit| limit.saturating_sub(self.turn))
    }

    fn hurried(&self) -> bool {
        self.left().is_some_and(|left| left <= HURRY)
    }
}

/// Where the next thought begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resume {
    /// After this edited line, as the edit helped.
    After((usize, usize)),
    /// At the start of the function, whose file has just been read again.
    Careful,
}

/// The expert looks twice at conditions and results, more than it must.
fn hesitates(line: &str) -> bool {
    let code = line.trim_start();
    code.starts_with("return ") || code.starts_with("if ")
}

fn read(path: &str) -> String {
    format!("grep -n \"\" {path}")
}

fn reminder(left: u32) -> String {
    format!("ENVIRONMENT REMINDER: You have {} left to complete the task.", turns(left))
}

fn turns(n: u32) -> String {
    if n == 1 { "1 turn".to_owned() } else { format!("{n} turns") }
}
