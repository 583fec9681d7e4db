//! `turnwise import`: other tools' trajectories become a recorded run.
//!
//! A run's id follows from what its files hold, and a trial's from its own record, so that the same import again
//! finds everything there, and one that was cut off goes on.

mod recorded;
mod stream;
mod tally;

use std::{
    collections::BTreeSet,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;
use turnwise_core::{Clock, ModelInfo, Protection, RecordError, Recorder, RunEvent, RunId, RunStart};
use turnwise_exchange::{Format, Found, Meter, Unreadable, files_of};
use turnwise_store::{ImportedTrial, Reader, StoreRecorder};

use self::{
    recorded::{Given, Recorded},
    stream::Stream,
    tally::Tally,
};
use crate::{
    clock::SystemClock,
    error::{Failure, in_words},
    hex::hex,
    options::DbOption,
    printer::Printer,
};

/// How many turns are recorded together.
const BATCH: usize = 1000;
/// How many records that cannot be read are named, so that a file of another format does not fill the terminal.
const NAMED: usize = 10;
/// The model of a run whose replies were recorded elsewhere, and the beginning of its specification.
pub(super) const RECORDED: &str = "recorded";

/// What to import.
#[derive(Args, Debug)]
pub(crate) struct ImportArgs {
    /// Whose files these are
    #[arg(value_name = "FORMAT", value_parser = format_parser(Format::is_read))]
    format: Format,
    /// Files, packed by gzip or not, or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The run to add to, or the id of a new one; otherwise it follows from what the files hold
    #[arg(long, value_name = "ID", value_parser = run_id)]
    run: Option<String>,
    /// The suite of trajectories that name none
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// The model of trajectories that name none
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// The limit of turns of trajectories that name none
    #[arg(long, value_name = "N")]
    turn_limit: Option<u32>,
    #[command(flatten)]
    db: DbOption,
}

/// The parser of those formats that are wanted.
pub(super) fn format_parser(wanted: fn(Format) -> bool) -> impl TypedValueParser<Value = Format> {
    let names = Format::ALL.into_iter().filter(move |format| wanted(*format)).map(Format::as_str);
    PossibleValuesParser::new(names).try_map(|word| word.parse::<Format>())
}

fn run_id(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    match (1..=32).contains(&text.len()) && text.chars().all(plain) && text != "latest" {
        true => Ok(text.to_owned()),
        false => Err("an id has up to 32 lower-case letters, digits and `_`, and is not `latest`".to_owned()),
    }
}

/// Imports.
pub(crate) async fn import(args: ImportArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let files = files_of(args.format, &args.files)?;
    if files.is_empty() {
        return Err(Failure::Nothing {
            message: format!("no file ends in {}", args.format.endings().join(" or ")),
        });
    }
    let fingerprint = fingerprint(&args, &files);
    let run = RunId::new(args.run.clone().unwrap_or_else(|| fingerprint[..8].to_owned()));
    let recorder = StoreRecorder::open(&args.db.db).await?;
    let reader = Reader::open(&args.db.db).await?;
    refuse_other_runs(&reader, &run).await?;
    let given = Given { suite: args.suite.clone(), model: args.model.clone(), turn_limit: args.turn_limit };
    let mut import = Import {
        known: reader.trial_ids(&run).await?.into_iter().collect(),
        recorded: Recorded::new(run.clone(), args.format, given, &reader.trials(&run).await?)?,
        tally: Tally::new(run, args.format, files.len()),
        recorder,
        batch: Vec::new(),
        waiting: None,
        printer,
    };
    let meter = Meter::default();
    let mut stream = Stream::start(args.format, files, meter.clone(), printer);
    let clock = SystemClock::new();
    while let Some(found) = stream.next().await {
        match found {
            Err(unreadable) => stream.suspend(|| import.skip(&unreadable)),
            Ok(found) => {
                if import.tally.is_empty() {
                    let start = start(&args, &import.recorded.run, &fingerprint, clock.now_ms());
                    import.recorder.record(RunEvent::RunStarted(start)).await?;
                }
                import.take(*found).await?;
            }
        }
    }
    stream.finish();
    import.end(clock.now_ms()).await
}

/// A hash over what decides what is recorded. A file that cannot be read is no part of it.
fn fingerprint(args: &ImportArgs, files: &[PathBuf]) -> String {
    let mut hashes: Vec<[u8; 32]> = files.iter().filter_map(|file| hash_of(file).ok()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let mut hash = Sha256::new();
    for part in
        [args.format.as_str(), args.suite.as_deref().unwrap_or(""), args.model.as_deref().unwrap_or("")]
    {
        hash.update(part);
        hash.update([0]);
    }
    hash.update(args.turn_limit.unwrap_or_default().to_le_bytes());
    hashes.iter().for_each(|file| hash.update(file));
    hex(&hash.finalize())
}

fn hash_of(file: &Path) -> io::Result<[u8; 32]> {
    let mut file = std::fs::File::open(file)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&buffer[..read]),
        }
    }
}

/// Trajectories of others are not mixed into a run of our own.
async fn refuse_other_runs(reader: &Reader, run: &RunId) -> Result<(), Failure> {
    match reader.run(run).await? {
        Some(row) if row.model.device != "none" || !row.model.spec.starts_with(RECORDED) => {
            Err(Failure::usage(format!("run `{run}` was not imported; name another with `--run`")))
        }
        _ => Ok(()),
    }
}

fn start(args: &ImportArgs, run: &RunId, fingerprint: &str, at: i64) -> RunStart {
    let files: Vec<String> = args.files.iter().map(|file| file.display().to_string()).collect();
    let config = serde_json::json!({ "import": { "format": args.format.as_str(), "files": files } });
    RunStart {
        run: run.clone(),
        fingerprint: format!("import {fingerprint}"),
        config: config.to_string(),
        model: ModelInfo {
            name: RECORDED.to_owned(),
            spec: format!("{RECORDED}:{}", args.format),
            hash: format!("{RECORDED} {run}"),
            device: "none".to_owned(),
            context: None,
            profile: String::new(),
        },
        protection: Protection { kind: "none".to_owned(), facts: Vec::new() },
        command: format!("turnwise import {} {}", args.format, files.join(" ")),
        at,
    }
}

/// An import under way.
struct Import<'a> {
    recorder: StoreRecorder,
    recorded: Recorded,
    known: BTreeSet<String>,
    tally: Tally,
    batch: Vec<ImportedTrial>,
    /// What is being written while the next trials are read.
    waiting: Option<JoinHandle<Result<(), RecordError>>>,
    printer: &'a Printer,
}

impl Import<'_> {
    fn skip(&mut self, unreadable: &Unreadable) {
        self.tally.skipped += 1;
        if self.tally.skipped <= NAMED {
            self.printer.say("skipped", &in_words(unreadable));
        } else if self.tally.skipped == NAMED + 1 {
            self.printer.note("further records are skipped without a line for each");
        }
    }

    async fn take(&mut self, found: Found) -> Result<(), Failure> {
        self.tally.found(&found);
        let id = self.recorded.trial_id(&found.digest);
        if !self.known.insert(id.as_str().to_owned()) {
            self.tally.already += 1;
            return Ok(());
        }
        self.tally.imported(&found.trajectory);
        self.batch.push(self.recorded.trial(id, found.trajectory));
        let turns: usize = self.batch.iter().map(|trial| trial.turns.len() + 1).sum();
        if turns >= BATCH { self.write().await } else { Ok(()) }
    }

    async fn write(&mut self) -> Result<(), Failure> {
        self.written().await?;
        let (recorder, batch) = (self.recorder.clone(), std::mem::take(&mut self.batch));
        self.waiting = Some(tokio::spawn(async move { recorder.import(batch).await }));
        Ok(())
    }

    async fn written(&mut self) -> Result<(), Failure> {
        match self.waiting.take() {
            None => Ok(()),
            Some(waiting) => Ok(waiting.await.unwrap_or(Err(RecordError::Gone))?),
        }
    }

    async fn end(mut self, at: i64) -> Result<ExitCode, Failure> {
        self.write().await?;
        self.written().await?;
        if self.tally.is_empty() {
            self.recorder.close().await?;
            return Err(Failure::NothingImported {
                format: self.recorded.format,
                skipped: self.tally.skipped,
            });
        }
        self.recorder.record(RunEvent::RunFinished { run: self.recorded.run.clone(), at }).await?;
        self.recorder.close().await?;
        self.tally.print(self.printer)?;
        Ok(ExitCode::SUCCESS)
    }
}
