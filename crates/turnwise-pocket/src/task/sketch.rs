//! Draws a program: families, names, distractors, and which places are wrong.

use super::{
    family::{Family, FamilyError, families},
    names::{DISTRACTORS, MODULES, PARAMETERS},
    oracle::{Oracle, OracleError},
    program::{Bug, Case, Draw, Program, Size, SourceFile, text},
    script,
    template::Template,
};
use rand::{Rng, RngExt as _, seq::IndexedRandom as _, seq::SliceRandom as _};
use std::collections::{BTreeMap, BTreeSet};

/// Why no program could be drawn.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// The families cannot be read.
    #[error(transparent)]
    Families(#[from] FamilyError),
    /// The oracle failed.
    #[error(transparent)]
    Oracle(#[from] OracleError),
    /// Hundreds of draws gave nothing usable: the families are too small for what was asked.
    #[error("no program with {bugs} bugs could be drawn; ask for fewer bugs")]
    Exhausted {
        /// How many bugs were asked for.
        bugs: usize,
    },
}

/// Draws a program whose every bug is seen by the visible check, taken alone and together.
///
/// # Errors
/// See [`MakeError`].
pub fn make(rng: &mut impl Rng, draw: Draw, oracle: &mut Oracle) -> Result<Program, MakeError> {
    let pool: Vec<&Family> = families()?.iter().filter(|family| family.seen == draw.seen).collect();
    for _ in 0..400 {
        let sketch = Sketch::draw(rng, draw, &pool);
        match sketch.and_then(|sketch| sketch.finish(rng, oracle).transpose()) {
            Some(Err(MakeError::Oracle(OracleError::Program { .. }))) | None => {}
            Some(result) => return result,
        }
    }
    Err(MakeError::Exhausted { bugs: draw.bugs })
}

/// A family's code with names filled in, and where it goes.
struct Part {
    family: String,
    /// For each file it has a share in: the file's index and the template.
    code: Vec<(usize, Template)>,
    visible: Vec<String>,
    hidden: Vec<String>,
    broken: bool,
}

struct Sketch {
    modules: Vec<String>,
    parts: Vec<Part>,
    /// Chosen form of each place that is wrong: (part, code, site) → form.
    wrong: BTreeMap<(usize, usize, usize), usize>,
}

impl Sketch {
    /// Draws families, names and wrong places; `None` if they do not fit together.
    fn draw(rng: &mut impl Rng, draw: Draw, pool: &[&Family]) -> Option<Self> {
        let (n_broken, n_extra) = match draw.size {
            Size::Small => (1, 0),
            Size::Full => {
                let n_broken = [1, 1, 2, 2, 3][rng.random_range(0..5)].min(draw.bugs.max(1));
                (n_broken.max(draw.bugs.div_ceil(4)), [0, 0, 1, 1, 2][rng.random_range(0..5)])
            }
        };
        let mut families = Vec::new();
        for k in 0..n_broken + n_extra {
            let family = *pool.choose(rng)?;
            let taken = families.iter().any(|known: &&Family| known.name == family.name);
            // One pair of files is enough for a small repository, and it must be among the broken ones.
            let single = k > 0 || draw.size == Size::Small;
            if taken || (family.code_b.is_some() && single) {
                return None;
            }
            families.push(family);
        }
        let two_files = families[0].code_b.is_some();
        let modules: Vec<String> =
            MODULES.sample(rng, if two_files { 2 } else { 1 }).map(|&name| name.to_owned()).collect();
        let mut taken = BTreeSet::new();
        let mut parts = Vec::new();
        for (k, family) in families.iter().enumerate() {
            parts.push(fill(rng, family, &modules, &mut taken, k < n_broken)?);
        }
        let wrong = plant(rng, &parts, draw.bugs)?;
        // Cases are shown in the order of the file, so broken and sound functions are mixed.
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.shuffle(rng);
        let renumbered = wrong
            .into_iter()
            .filter_map(|((part, code, site), form)| {
                order.iter().position(|&old| old == part).map(|new| ((new, code, site), form))
            })
            .collect();
        let mut slots: Vec<Option<Part>> = parts.into_iter().map(Some).collect();
        let parts = order.into_iter().filter_map(|old| slots[old].take()).collect();
        Some(Self { modules, parts, wrong: renumbered })
    }

    /// The files with the wrong forms that `keep` selects.
    fn render(&self, keep: impl Fn(usize) -> bool) -> Vec<Vec<String>> {
        let mut files = vec![Vec::new(); self.modules.len()];
        for (p, part) in self.parts.iter().enumerate() {
            for (c, (file, template)) in part.code.iter().enumerate() {
                let code = template.render(|site| {
                    let bug = self.wrong.keys().position(|&key| key == (p, c, site));
                    match bug {
                        Some(bug) if keep(bug) => self.wrong[&(p, c, site)],
                        _ => 0,
                    }
                });
                place(&mut files[*file], code.trim_end().lines().map(str::to_owned).collect());
            }
        }
        files
    }

    /// Computes what the cases should give and checks that every bug shows.
    fn finish(self, rng: &mut impl Rng, oracle: &mut Oracle) -> Result<Option<Program>, MakeError> {
        let good = self.render(|_| false);
        let bad = self.render(|_| true);
        let Some(bugs) = bugs(&good, &bad, self.wrong.len()) else { return Ok(None) };
        let visible: Vec<String> = self.parts.iter().flat_map(|part| part.visible.clone()).collect();
        let hidden: Vec<String> = self.parts.iter().flat_map(|part| part.hidden.clone()).collect();
        let calls: Vec<String> = visible.iter().chain(&hidden).cloned().collect();
        let want = oracle.values(&self.sources(&good), &self.modules, &calls)?;
        let before = oracle.values(&self.sources(&bad), &self.modules, &calls)?;
        for bug in 0..self.wrong.len() {
            let alone = oracle.values(&self.sources(&self.render(|k| k == bug)), &self.modules, &visible)?;
            if alone == want[..visible.len()] {
                return Ok(None);
            }
        }
        if before[..visible.len()] == want[..visible.len()] {
            return Ok(None);
        }
        let cases: Vec<Case> = calls
            .iter()
            .enumerate()
            .map(|(k, call)| Case {
                id: format!("test_{}_{}", call.split('(').next().unwrap_or_default(), k + 1),
                call: call.clone(),
                want: want[k].clone(),
                passes_before: before[k] == want[k],
            })
            .collect();
        Ok(Some(self.program(rng, good, bad, bugs, cases, visible.len())))
    }

    #[expect(clippy::too_many_arguments, reason = "the pieces of one value, put together in one place")]
    fn program(
        self,
        rng: &mut impl Rng,
        good: Vec<Vec<String>>,
        bad: Vec<Vec<String>>,
        bugs: Vec<Bug>,
        cases: Vec<Case>,
        n_visible: usize,
    ) -> Program {
        let paths: Vec<String> = self.modules.iter().map(|name| format!("{name}.py")).collect();
        let names_files = rng.random_bool(0.7);
        let visible = cases[..n_visible].to_vec();
        let shown: Vec<_> = visible.iter().map(|case| (case.call.clone(), case.want.clone())).collect();
        let tested: Vec<_> =
            cases.iter().map(|case| (case.id.clone(), case.call.clone(), case.want.clone())).collect();
        let mut others = BTreeMap::from([("check.py".to_owned(), script::check(&self.modules, &shown))]);
        let n_distractors = rng.random_range(0..3);
        for (path, content) in DISTRACTORS.sample(rng, n_distractors) {
            others.insert((*path).to_owned(), (*content).to_owned());
        }
        Program {
            families: self.parts.iter().filter(|part| part.broken).map(|part| part.family.clone()).collect(),
            statement: statement(&paths, names_files),
            files: paths
                .into_iter()
                .zip(good.into_iter().zip(bad))
                .map(|(path, (good, bad))| SourceFile { path, bad, good })
                .collect(),
            others,
            hidden_script: script::hidden(&self.modules, &tested),
            visible,
            hidden: cases,
            bugs,
            names_files,
        }
    }

    fn sources(&self, files: &[Vec<String>]) -> BTreeMap<String, String> {
        self.modules.iter().zip(files).map(|(name, lines)| (format!("{name}.py"), text(lines))).collect()
    }
}

/// Fills a family's names in.
fn fill(
    rng: &mut impl Rng,
    family: &Family,
    modules: &[String],
    taken: &mut BTreeSet<String>,
    broken: bool,
) -> Option<Part> {
    let names: Vec<&String> = family.names.iter().filter_map(|choices| choices.choose(rng)).collect();
    for name in &names {
        if modules.contains(name) || !taken.insert((*name).clone()) {
            return None;
        }
    }
    let right =
        family.code.render(|_| 0) + &family.code_b.as_ref().map_or(String::new(), |code| code.render(|_| 0));
    let words: BTreeSet<&str> = right.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let free: Vec<&str> = PARAMETERS
        .into_iter()
        .filter(|word| {
            !words.contains(word) && !taken.contains(*word) && !modules.iter().any(|name| name == word)
        })
        .collect();
    let parameters: Vec<&str> = free.sample(rng, 4).copied().collect();
    let rename = |text: &str| rename(text, &names, modules, &parameters);
    let mut code = vec![(0, Template::parse(&rename(&family.code.source())))];
    if let Some(second) = &family.code_b {
        code.push((1, Template::parse(&rename(&second.source()))));
    }
    let calls = |list: &[String]| {
        list.iter().map(|call| rename(&call.replace("#a.", "").replace("#b.", ""))).collect()
    };
    Some(Part {
        family: family.name.clone(),
        code,
        visible: calls(&family.visible),
        hidden: calls(&family.hidden),
        broken,
    })
}

fn rename(text: &str, names: &[&String], modules: &[String], parameters: &[&str]) -> String {
    let mut text = text.to_owned();
    for (mark, name) in ["@a", "@b"].iter().zip(names) {
        text = text.replace(mark, name);
    }
    for (mark, name) in ["#a", "#b"].iter().zip(modules) {
        text = text.replace(mark, name);
    }
    for (k, name) in parameters.iter().enumerate() {
        text = text.replace(&format!("${k}"), name);
    }
    text
}

/// Chooses which places are wrong: `bugs` different lines of broken parts, at least one in each part.
fn plant(rng: &mut impl Rng, parts: &[Part], bugs: usize) -> Option<BTreeMap<(usize, usize, usize), usize>> {
    let mut places = Vec::new();
    for (p, part) in parts.iter().enumerate().filter(|(_, part)| part.broken) {
        for (c, (_, template)) in part.code.iter().enumerate() {
            places
                .extend(template.sites().into_iter().enumerate().map(|(s, (line, n))| ((p, c, s), line, n)));
        }
    }
    places.shuffle(rng);
    let mut lines = BTreeSet::new();
    let mut wrong = BTreeMap::new();
    for ((p, c, s), line, n_wrong) in places {
        if wrong.len() < bugs && lines.insert((p, c, line)) {
            wrong.insert((p, c, s), rng.random_range(1..=n_wrong));
        }
    }
    let parts_hit: BTreeSet<usize> = wrong.keys().map(|key| key.0).collect();
    let n_broken = parts.iter().filter(|part| part.broken).count();
    (wrong.len() == bugs && parts_hit.len() == n_broken).then_some(wrong)
}

/// The lines that differ, if they are as many as were planted.
fn bugs(good: &[Vec<String>], bad: &[Vec<String>], planted: usize) -> Option<Vec<Bug>> {
    let mut bugs = Vec::new();
    for (file, (good, bad)) in good.iter().zip(bad).enumerate() {
        let lines = good.iter().zip(bad).enumerate().filter(|(_, (good, bad))| good != bad);
        bugs.extend(lines.map(|(line, _)| Bug { file, line }));
    }
    (bugs.len() == planted).then_some(bugs)
}

/// Puts a block of code into a file: imports go to the top, blocks are separated by a blank line.
fn place(file: &mut Vec<String>, block: Vec<String>) {
    let (imports, body): (Vec<String>, Vec<String>) =
        block.into_iter().partition(|line| line.starts_with("import "));
    if !imports.is_empty() {
        file.splice(0..0, imports.into_iter().chain((!file.is_empty()).then(String::new)));
    }
    if !file.is_empty() {
        file.push(String::new());
    }
    let start = body.iter().position(|line| !line.is_empty()).unwrap_or(0);
    file.extend(body.into_iter().skip(start));
}

fn statement(paths: &[String], names_files: bool) -> String {
    match (names_files, paths) {
        (true, [first, second]) => format!("Repair {first} and {second}. Check: python3 check.py"),
        (true, [first, ..]) => format!("Repair {first}. Check: python3 check.py"),
        _ => "Some functions here are wrong. Repair them. Check: python3 check.py".to_owned(),
    }
}
