//! `turnwise suite check`: whether each task can be solved, is not solved already, and says the same each time it is asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
    sync::Arc,
};

use clap::Args;
use serde::Serialize;
use tokio::{sync::Semaphore, task::JoinSet};
use turnwise_core::{EnvError, EnvironmentProvider as _, Grade, Task};
use turnwise_env::Patches as _;

use crate::{
    error::{Failure, in_words},
    options::{PlaceOptions, SelectOptions},
    printer::{Printer, plural},
    run::{
        select::select,
        workplace::{Mixed, with_patches},
    },
    suites,
};

/// How many tests are named.
const NAMED: usize = 3;
/// A patch that solves nothing, as it only adds a file that nobody reads.
const DECOY: &str = "diff --git a/turnwise_decoy.txt b/turnwise_decoy.txt\nnew file mode 100644\n--- /dev/null\n\
    +++ b/turnwise_decoy.txt\n@@ -0,0 +1 @@\n+This solves nothing.\n";

/// What to check.
#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    /// The suite
    suite: String,
    /// How many tasks at once
    #[arg(short, long, default_value_t = 4, value_name = "N")]
    workers: usize,
    /// Grade each of the two so often, to find tests that do not always say the same
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Grade a wrong patch, too: one that only adds a file
    #[arg(long)]
    decoy: bool,
    #[command(flatten)]
    select: SelectOptions,
    #[command(flatten)]
    place: PlaceOptions,
}

/// What a task is like: its own solution should solve it, and nothing should not.
#[derive(Debug, Default, Serialize)]
struct Checked {
    task: String,
    #[serde(skip)]
    has_solution: bool,
    gold_solves: bool,
    nothing_solves: bool,
    /// Whether a patch that only adds a file does, where that was asked.
    decoy_solves: Option<bool>,
    /// Tests that fail with the suite's own solution.
    failing: Vec<String>,
    /// Tests that did not say the same each time.
    flaky: Vec<String>,
    problem: Option<String>,
}

impl Checked {
    fn is_good(&self) -> bool {
        self.problem.is_none()
    }
}

/// Checks a suite.
pub(super) async fn check(args: CheckArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let suite = select(suites::find(&args.suite)?, &args.select, 0).load()?;
    if suite.tasks.is_empty() {
        return Err(Failure::nothing_selected());
    }
    let provider = with_patches(&args.place, suite.tasks.iter().map(|task| &**task)).await?;
    let places = Arc::new(Semaphore::new(args.workers.max(1)));
    let bar = printer.bar(suite.tasks.len(), "tasks");
    let mut running = JoinSet::new();
    let how = How { repeat: args.repeat, decoy: args.decoy };
    for task in suite.tasks {
        let (places, provider) = (Arc::clone(&places), Arc::clone(&provider));
        running.spawn(async move {
            let place = places.acquire_owned().await.ok();
            let checked = check_task(&provider, &task, how).await;
            drop(place);
            checked
        });
    }
    let mut all: Vec<Checked> = Vec::new();
    while let Some(ended) = running.join_next().await {
        let fail = |source: tokio::task::JoinError| Failure::Internal {
            what: "check a task".to_owned(),
            source: source.into(),
        };
        all.push(ended.map_err(fail)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    all.sort_by(|a, b| a.task.cmp(&b.task));
    report(&all, printer)
}

/// How tasks are checked.
#[derive(Clone, Copy)]
struct How {
    repeat: u32,
    decoy: bool,
}

async fn check_task(provider: &Mixed, task: &Task, How { repeat, decoy }: How) -> Checked {
    let mut checked = Checked { task: task.id.clone(), ..Checked::default() };
    if !task.is_graded() {
        checked.problem = Some("it has no tests: its trials are run and not graded".to_owned());
        return checked;
    }
    let graded: Result<(), EnvError> = async {
        let nothing = repeated(provider, task, Solution::NOTHING, repeat).await?;
        checked.nothing_solves = nothing.iter().any(Grade::solved);
        let mut flaky = unsteady(&nothing);
        if decoy && task.web.is_none() {
            let wrong = repeated(provider, task, Solution::Patch(DECOY), repeat).await?;
            checked.decoy_solves = Some(wrong.iter().any(Grade::solved));
        }
        let commands = provider.gold(task).await?;
        if let Some(solution) = Solution::of(task, commands.as_ref()) {
            checked.has_solution = true;
            let gold = repeated(provider, task, solution, repeat).await?;
            checked.gold_solves = gold.iter().all(Grade::solved);
            checked.failing = failing(&gold);
            flaky.extend(unsteady(&gold));
        }
        checked.flaky = flaky.into_iter().collect();
        Ok(())
    }
    .await;
    checked.problem = match graded {
        Err(error) => Some(in_words(&error)),
        Ok(()) => problem(task, &checked),
    };
    checked
}

/// What is graded.
#[derive(Clone, Copy)]
enum Solution<'t> {
    /// This patch.
    Patch(&'t str),
    /// What comes of these commands.
    Commands(&'t [String]),
}

impl<'t> Solution<'t> {
    const NOTHING: Self = Self::Patch("");

    /// The suite's own.
    fn of(task: &'t Task, commands: Option<&'t Vec<String>>) -> Option<Self> {
        match commands {
            Some(commands) => Some(Self::Commands(commands)),
            None => task.gold_patch.as_deref().map(Self::Patch),
        }
    }
}

async fn repeated(
    provider: &Mixed,
    task: &Task,
    solution: Solution<'_>,
    times: u32,
) -> Result<Vec<Grade>, EnvError> {
    let mut grades = Vec::new();
    for _ in 0..times {
        grades.push(match solution {
            Solution::Patch(patch) => provider.grade_patch(task, patch).await?,
            Solution::Commands(commands) => carried_out(provider, task, commands).await?,
        });
    }
    Ok(grades)
}

async fn carried_out(provider: &Mixed, task: &Task, commands: &[String]) -> Result<Grade, EnvError> {
    let mut environment = provider.open(task).await?;
    for command in commands {
        environment.execute(command).await?;
    }
    let grade = environment.grade().await?;
    environment.close().await?;
    Ok(grade)
}

/// The tests that fail in any of the grades of the same work.
fn failing(grades: &[Grade]) -> Vec<String> {
    let tests = grades.iter().flat_map(|grade| &grade.tests).filter(|test| !test.passed);
    tests.map(|test| test.id.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The tests that pass in some grades of the same work and not in others.
fn unsteady(grades: &[Grade]) -> BTreeSet<String> {
    let mut passes: BTreeMap<&str, usize> = BTreeMap::new();
    for test in grades.iter().flat_map(|grade| &grade.tests) {
        *passes.entry(&test.id).or_default() += usize::from(test.passed);
    }
    let mixed = passes.into_iter().filter(|(_, passed)| *passed > 0 && *passed < grades.len());
    mixed.map(|(test, _)| test.to_owned()).collect()
}

fn problem(task: &Task, checked: &Checked) -> Option<String> {
    if !checked.has_solution {
        return Some("the suite has no solution for it".to_owned());
    }
    if !checked.flaky.is_empty() {
        return Some(format!(
            "{} not always the same: {}",
            tests_are(checked.flaky.len()),
            named(&checked.flaky)
        ));
    }
    if !checked.gold_solves {
        let failing = checked.failing.len();
        let all = task.fail_to_pass.len() + task.pass_to_pass.len();
        return Some(format!(
            "the suite's own solution does not solve it: {failing} of {} fail: {}",
            plural(all, "test"),
            named(&checked.failing)
        ));
    }
    match (checked.nothing_solves, checked.decoy_solves) {
        (true, _) => Some("doing nothing solves it".to_owned()),
        (false, Some(true)) => Some("a patch that only adds a file solves it".to_owned()),
        (false, _) => None,
    }
}

fn tests_are(count: usize) -> String {
    format!("{} {}", plural(count, "test"), if count == 1 { "is" } else { "are" })
}

fn named(tests: &[String]) -> String {
    let more = if tests.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", tests.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn report(all: &[Checked], printer: &Printer) -> Result<ExitCode, Failure> {
    if printer.json() {
        printer.json_data(&all)?;
    }
    let bad: Vec<&Checked> = all.iter().filter(|checked| !checked.is_good()).collect();
    for checked in &bad {
        printer
            .say("wrong", &format!("{}: {}", checked.task, checked.problem.as_deref().unwrap_or_default()));
    }
    if !bad.is_empty() {
        return Err(Failure::BadTasks { bad: bad.len(), tasks: all.len() });
    }
    let tasks = plural(all.len(), "task");
    printer.say("ok", &format!("{tasks}: the suite's own solution solves each, doing nothing solves none"));
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use turnwise_core::TestOutcome;

    use super::*;

    fn grade(passed: [bool; 3]) -> Grade {
        let test =
            |(at, passed): (usize, bool)| TestOutcome { id: format!("t{at}"), was_failing: false, passed };
        Grade { tests: passed.into_iter().enumerate().map(test).collect(), reward: None }
    }

    #[test]
    fn what_solves_without_being_a_solution_is_a_problem() {
        let said = |nothing_solves, decoy_solves| {
            let checked = Checked {
                has_solution: true,
                gold_solves: true,
                nothing_solves,
                decoy_solves,
                ..Checked::default()
            };
            problem(&Task::default(), &checked)
        };
        assert_eq!((said(false, None), said(false, Some(false))), (None, None));
        assert_eq!(said(true, Some(true)).as_deref(), Some("doing nothing solves it"));
        assert_eq!(said(false, Some(true)).as_deref(), Some("a patch that only adds a file solves it"));
    }

    #[test]
    fn a_test_that_changes_its_mind_is_found() {
        let grades = [grade([true, true, false]), grade([true, false, false]), grade([true, true, false])];
        assert_eq!(unsteady(&grades), BTreeSet::from(["t1".to_owned()]));
        assert_eq!(failing(&grades), ["t1", "t2"]);
        assert_eq!(unsteady(&grades[..1]), BTreeSet::new());
    }
}
