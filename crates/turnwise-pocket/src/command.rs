//! The arguments of `turnwise-pocket`, and what each of its commands does.

use anyhow::{Context as _, Result, bail};
use candle_core::Device;
use clap::{Args, Parser};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};
use turnwise_engine::{ArtifactBytes, EngineOptions, LocalModel, Named};
use turnwise_pocket::{
    Score, Shopping, confirm, evaluate,
    expert::Trajectory,
    suite::{Recipe, line},
    task::{Oracle, Stream},
    train::{Plan, Shape, make_tokenizer, train, training_run},
};

/// Pocket tasks and the pocket model
#[derive(Debug, Parser)]
#[command(name = "turnwise-pocket")]
pub(crate) enum Command {
    /// Train the pocket model, going on from the last checkpoint
    Train(TrainArgs),
    /// Say how many held-out programs a model repairs
    Evaluate(EvaluateArgs),
    /// Write a suite's tasks, a JSON line each
    Suite(SuiteArgs),
    /// Play expert runs in the sandbox and compare every answer
    Confirm(ConfirmArgs),
    /// Print expert runs
    Runs(RunsArgs),
}

/// Options of `train`.
#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// Where the model and its checkpoints go
    #[arg(long, default_value = "crates/turnwise-pocket/model")]
    out: PathBuf,
    /// Millions of tokens to train on in all
    #[arg(long, default_value_t = 18.0)]
    tokens: f64,
    /// Stop after this many steps, to go on another time
    #[arg(long)]
    sitting: Option<u64>,
    /// Tokens a step
    #[arg(long, default_value_t = 6144)]
    step_tokens: usize,
    /// Threads that compute, on the CPU
    #[arg(short, long, default_value_t = 2)]
    workers: usize,
    /// Learning rate of the hidden matrices
    #[arg(long, default_value_t = 0.02)]
    rate: f64,
    /// Share of the tokens, at the end, over which the learning rate falls to nothing
    #[arg(long, default_value_t = 0.35)]
    decay: f64,
    /// Begin with the weights and the tokenizer of this model instead of drawn ones
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// How many of four programs are followed by something to buy in the shop
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=4))]
    shops: u64,
    /// Seed of the weights and of the runs
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Programs that the finished model is tried on
    #[arg(long, default_value_t = 100)]
    evaluate: u64,
    /// Compute on this CUDA device instead of the CPU
    #[arg(long)]
    cuda: Option<usize>,
}

/// Options of `evaluate`.
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// The model's directory
    #[arg(long, default_value = "crates/turnwise-pocket/model")]
    model: PathBuf,
    /// How many programs
    #[arg(short, default_value_t = 100)]
    n: u64,
    /// Programs of the families that training never shows
    #[arg(long)]
    unseen: bool,
    /// Things to buy in the shop instead of programs
    #[arg(long, conflicts_with = "unseen")]
    shop: bool,
}

/// Options of `suite`.
#[derive(Debug, Args)]
pub(crate) struct SuiteArgs {
    /// The suite's name
    #[arg(long, default_value = "pocket")]
    name: String,
    /// How many tasks
    #[arg(long, default_value_t = 60)]
    tasks: u64,
    /// The seed the tasks are drawn with
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// The file to write
    #[arg(short, long)]
    out: PathBuf,
}

/// Options of `confirm`.
#[derive(Debug, Args)]
pub(crate) struct ConfirmArgs {
    /// How many runs
    #[arg(short, default_value_t = 500)]
    n: u64,
    /// The first run's number
    #[arg(long, default_value_t = 0)]
    first: u64,
}

/// Options of `runs`.
#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    /// How many runs
    #[arg(short, default_value_t = 3)]
    n: u64,
    /// Runs in the shop instead of repairs
    #[arg(long)]
    shop: bool,
    /// Drills that go with them
    #[arg(long, requires = "shop")]
    drills: bool,
}

/// The first run that the tokenizer is trained on: far behind the small programs that training begins with.
const TOKENIZER_FIRST: u64 = 10_000;
/// Runs that the tokenizer is trained on.
const TOKENIZER_RUNS: u64 = 3000;
/// Runs in the shop that it is trained on beside them.
const TOKENIZER_SHOPS: u64 = 1000;

impl Command {
    /// Carries the command out.
    pub(crate) fn run(self) -> Result<()> {
        match self {
            Self::Train(args) => args.run(),
            Self::Evaluate(args) => args.run(),
            Self::Suite(args) => args.run(),
            Self::Confirm(args) => args.run(),
            Self::Runs(args) => args.run(),
        }
    }
}

impl TrainArgs {
    fn run(self) -> Result<()> {
        settle();
        fs::create_dir_all(&self.out).with_context(|| format!("making {}", self.out.display()))?;
        let tokenizer = self.out.join("tokenizer.json");
        match &self.from {
            _ if tokenizer.exists() => {}
            Some(from) => drop(
                fs::copy(from.join("tokenizer.json"), &tokenizer)
                    .with_context(|| format!("copying the tokenizer of {}", from.display()))?,
            ),
            None => self.tokenizer()?,
        }
        let device = self.cuda.map_or(Ok(Device::Cpu), Device::new_cuda)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of tokens")]
        let tokens = (self.tokens * 1e6) as u64;
        let plan = Plan {
            shape: Shape::pocket(),
            out: self.out.clone(),
            tokens,
            sitting: self.sitting,
            step_tokens: self.step_tokens,
            workers: self.workers,
            rate: self.rate,
            decay: self.decay,
            from: self.from.clone(),
            shops: self.shops,
            seed: self.seed,
            device,
        };
        let mut file = OpenOptions::new().create(true).append(true).open(self.out.join("training.log"))?;
        let mut log = |text: &str| {
            say(text);
            // A full disk stops the run at its next checkpoint, with an error that names the disk.
            drop(writeln!(file, "{text}"));
        };
        train(&plan, &mut log)?;
        for (name, seen) in [("seen", true), ("unseen", false)] {
            log(&verdict(name, &scores(&self.out, seen, self.evaluate)?));
        }
        if self.shops > 0 {
            log(&purchases(&self.out, self.evaluate)?);
        }
        Ok(())
    }

    fn tokenizer(&self) -> Result<()> {
        let mut oracle = Oracle::start()?;
        let bar = bar(TOKENIZER_RUNS, "runs for the tokenizer");
        let mut runs = Vec::new();
        for index in TOKENIZER_FIRST..TOKENIZER_FIRST + TOKENIZER_RUNS {
            runs.extend(
                training_run(Stream::Training, self.seed.wrapping_add(998), index, &mut oracle)?
                    .map(|(_, run)| run),
            );
            bar.inc(1);
        }
        if self.shops > 0 {
            let shopping = Shopping::new()?;
            for index in 0..TOKENIZER_SHOPS {
                runs.push(shopping.run(self.seed.wrapping_add(998), index)?);
            }
        }
        bar.finish_and_clear();
        let tokenizer =
            make_tokenizer(&runs, Shape::pocket().vocabulary).map_err(anyhow::Error::from_boxed)?;
        tokenizer.save(self.out.join("tokenizer.json"), true).map_err(anyhow::Error::from_boxed)
    }
}

impl EvaluateArgs {
    fn run(self) -> Result<()> {
        if self.shop {
            say(&purchases(&self.model, self.n)?);
            return Ok(());
        }
        let name = if self.unseen { "unseen" } else { "seen" };
        say(&verdict(name, &scores(&self.model, !self.unseen, self.n)?));
        Ok(())
    }
}

impl SuiteArgs {
    fn run(self) -> Result<()> {
        let recipe = Recipe { name: self.name, seed: self.seed };
        let mut oracle = Oracle::start()?;
        let bar = bar(self.tasks, "tasks");
        let mut text = String::new();
        for index in 0..self.tasks {
            text.push_str(&line(&recipe.task(index, &mut oracle)?).to_string());
            text.push('\n');
            bar.inc(1);
        }
        bar.finish_and_clear();
        fs::write(&self.out, text).with_context(|| format!("writing {}", self.out.display()))
    }
}

impl ConfirmArgs {
    fn run(self) -> Result<()> {
        let confirmed = wait(confirm(Path::new("/proc/self/exe"), self.first, self.n))??;
        say(&format!(
            "{} runs, {} answers, {} different",
            confirmed.runs,
            confirmed.answers,
            confirmed.different.len()
        ));
        for (command, shown, said) in confirmed.different.iter().take(5) {
            say(&format!("--- {command}\nexpert was shown:\n{shown}\nsandbox said:\n{said}"));
        }
        if !confirmed.different.is_empty() {
            bail!("the sandbox says something else than the expert was shown");
        }
        Ok(())
    }
}

impl RunsArgs {
    fn run(self) -> Result<()> {
        if self.shop {
            let shopping = Shopping::new()?;
            for index in 0..self.n {
                let drills = self.drills;
                print(&if drills { shopping.drill(1, index) } else { shopping.run(1, index) }?);
            }
            return Ok(());
        }
        let mut oracle = Oracle::start()?;
        for index in 0..self.n {
            if let Some((_, run)) = training_run(Stream::Training, 1, index, &mut oracle)? {
                print(&run);
            }
        }
        Ok(())
    }
}

fn print(run: &Trajectory) {
    for segment in &run.segments {
        say(&format!("[{} {:?}] {}", segment.role, segment.weight, segment.text));
    }
    say(&format!("= {} turns, {}\n", run.turns, if run.solved { "solved" } else { "not solved" }));
}

/// What the model in `dir` does on held-out programs.
fn scores(dir: &Path, seen: bool, n: u64) -> Result<[Score; 5]> {
    wait(evaluate(&model(dir)?, Stream::Validation, seen, n))?
}

/// What the model in `dir` buys.
fn purchases(dir: &Path, n: u64) -> Result<String> {
    let bought = Shopping::new()?.evaluate(&model(dir)?, n)?;
    let tried = bought.tried.max(1) as f64;
    Ok(format!(
        "shop: {}/{} as wished ({:.0} %), reward {:.3}; {:.1} turns a run",
        bought.full,
        bought.tried,
        100.0 * bought.full as f64 / tried,
        bought.reward / tried,
        bought.turns as f64 / tried
    ))
}

fn model(dir: &Path) -> Result<LocalModel> {
    let named = Named { name: "pocket".to_owned(), spec: dir.display().to_string() };
    Ok(LocalModel::new(named, &ArtifactBytes::from_dir(dir)?, &EngineOptions::cpu())?)
}

fn verdict(name: &str, scores: &[Score; 5]) -> String {
    let sum = |of: fn(&Score) -> usize| scores.iter().map(of).sum::<usize>();
    let (tried, solved) = (sum(|s| s.tried), sum(|s| s.solved));
    let share = |solved: usize, tried: usize| 100.0 * solved as f64 / tried.max(1) as f64;
    let by: Vec<String> = scores.iter().map(|s| format!("{:.0} %", share(s.solved, s.tried))).collect();
    let turns = sum(|s| s.turns) as f64 / tried.max(1) as f64;
    format!(
        "{name} families: {solved}/{tried} repaired ({:.0} %), by bugs 1–5: {}; {turns:.1} turns a run",
        share(solved, tried),
        by.join(", ")
    )
}

fn wait<F: Future>(future: F) -> Result<F::Output> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future))
}

fn bar(n: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg} {eta}");
    ProgressBar::new(n).with_message(what).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Settings of the process that training needs: matrix products on one thread, as each worker has its own.
#[expect(unsafe_code, reason = "candle reads its number of threads from the environment alone")]
fn settle() {
    // SAFETY: no other thread runs yet.
    unsafe { std::env::set_var("RAYON_NUM_THREADS", "1") };
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    keep_memory();
}

/// Keeps freed memory in the process: a training step frees and takes hundreds of megabytes, and giving them
/// back to the system each time costs a third of the speed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "a setting of the C library")]
fn keep_memory() {
    const LARGEST: i32 = 32 << 20; // What glibc takes at the most.
    // SAFETY: mallopt only stores the values; they are within what it accepts.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGEST);
        libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
    }
}

#[expect(clippy::print_stdout, reason = "the command's own output")]
fn say(text: &str) {
    println!("{text}");
}

/// Prints an error with its causes on one line.
#[expect(clippy::print_stderr, reason = "the command's own output")]
pub(crate) fn complain(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}
