//! The expert's thoughts: the failing function line by line, up to the first wrong one.

use super::work::{Expert, Place, Resume};

/// A thought, and the wrong line it led to.
pub(super) struct Thought {
    /// What is said.
    pub(super) text: String,
    /// The line in need of repair; `None` if none was met.
    pub(super) found: Option<Place>,
}

impl Expert<'_> {
    /// Thinks the failing function through, and the other file's functions if those lines are all right. An
    /// expert that overlooks takes wrong lines for right.
    pub(super) fn think(&self, resume: Option<Resume>, overlook: bool) -> Thought {
        if let (true, Some(Resume::After(place))) = (self.broken, resume) {
            return Thought { text: "my line broke it".to_owned(), found: Some(place) };
        }
        let continues = matches!(resume, Some(Resume::After(_)));
        let mut text = String::new();
        for (file, block) in self.blocks(resume) {
            let current = self.shell.lines(&self.program.files[file].path);
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(if continues { "next" } else { current[block[0]] });
            for &line in &block[usize::from(!continues)..] {
                let wrong = current[line] != self.program.files[file].good[line];
                if !self.hurried() || wrong {
                    text.extend(["\n", &numbered(line, current[line])]);
                }
                if wrong && !overlook {
                    text.push_str(" hmm");
                    return Thought { text, found: Some(Place { file, line }) };
                }
            }
        }
        Thought { text, found: None }
    }

    /// The blocks of lines to think through, in order: the failing function's, then, when its lines have
    /// just been read, the other file's.
    fn blocks(&self, resume: Option<Resume>) -> Vec<(usize, Vec<usize>)> {
        let Some((file, start)) = self.failing_file().map(|(path, start)| (self.index(&path), start)) else {
            return Vec::new();
        };
        let block = self.block(file, start);
        if let Some(Resume::After(Place { file: edited, line })) = resume {
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
    pub(super) fn block(&self, file: usize, start: usize) -> Vec<usize> {
        let lines = self.shell.lines(&self.program.files[file].path);
        let is_start = |l: usize| lines[l].starts_with("def ") || lines[l].starts_with("class ");
        let end = (start + 1..lines.len()).find(|&l| is_start(l)).unwrap_or(lines.len());
        (start..end).filter(|&l| !lines[l].is_empty()).collect()
    }

    /// The line that opens the failing function.
    pub(super) fn header(&self) -> String {
        self.failing_file().map(|(path, start)| self.shell.lines(&path)[start].to_owned()).unwrap_or_default()
    }

    /// The file of the failing function and the line where it starts.
    pub(super) fn failing_file(&self) -> Option<(String, usize)> {
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
    pub(super) fn is_stale(&self) -> bool {
        let Some((path, start)) = self.failing_file() else { return false };
        let file = self.index(&path);
        self.block(file, start).iter().any(|&line| self.stale.contains(&Place { file, line }))
    }

    pub(super) fn index(&self, path: &str) -> usize {
        self.program.files.iter().position(|file| file.path == path).unwrap_or(0)
    }
}

/// A line as `grep -n` shows it.
fn numbered(line: usize, text: &str) -> String {
    format!("{}:{text}", line + 1)
}
