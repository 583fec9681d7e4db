//! Writing trajectories: into one file where a format holds many, and each into a file of its own where it holds one.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    Format, Trajectory,
    formats::{
        Words, atif::ATIF, chat, inspect, mini::MINI, openhands::OPENHANDS, sweagent::SWEAGENT, turns,
    },
    spare,
};

/// A failure to write.
#[derive(Debug, thiserror::Error)]
pub enum Unwritable {
    /// A file cannot be written.
    #[error("{} cannot be written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file is named for more than it can hold.
    #[error(
        "a file of the format `{format}` holds one trajectory, and there are more; name a folder with `-o`"
    )]
    OneEach {
        /// The format.
        format: Format,
    },
    /// A format whose files are many has to be told where to.
    #[error("trajectories of the format `{format}` are files; name a folder with `-o`")]
    Nowhere {
        /// The format.
        format: Format,
    },
}

/// Writes trajectories, one after the other.
pub struct Export {
    format: Format,
    path: PathBuf,
    target: Target,
    /// How often each task came.
    tasks: BTreeMap<String, u64>,
    written: u64,
    first: Option<Trajectory>,
}

enum Target {
    /// Each trajectory is a file in this folder.
    Folder,
    /// The one file is for one trajectory.
    File,
    /// One document a line.
    Lines(Box<dyn Write + Send>),
    /// Inspect's log as one object.
    Log(Box<dyn Write + Send>),
    /// Inspect's log as an archive.
    Archive(Box<ZipWriter<File>>),
}

impl Export {
    /// Begins to write to a file or folder, or, for formats of one document a line, to whatever `out` is.
    ///
    /// # Errors
    /// When the file cannot be made, or neither is given where it must be.
    pub fn to(
        format: Format,
        path: Option<&Path>,
        out: impl FnOnce() -> Box<dyn Write + Send>,
    ) -> Result<Self, Unwritable> {
        let name = path.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        let named = format.endings().iter().any(|ending| name.ends_with(ending));
        let made = |path: &Path| -> Result<File, Unwritable> {
            let failed = |source| Unwritable::File { path: path.to_owned(), source };
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(failed)?;
            }
            File::create(path).map_err(failed)
        };
        let target = match (format, path) {
            (Format::Turns | Format::OpenHands | Format::Chat, None) => Target::Lines(out()),
            (Format::Turns | Format::OpenHands | Format::Chat, Some(path)) => {
                Target::Lines(match name.ends_with(".gz") {
                    true => Box::new(GzEncoder::new(BufWriter::new(made(path)?), Compression::default())),
                    false => Box::new(BufWriter::new(made(path)?)),
                })
            }
            (_, None) => return Err(Unwritable::Nowhere { format }),
            (Format::Inspect, Some(path)) if name.ends_with(".eval") => {
                Target::Archive(Box::new(ZipWriter::new(made(path)?)))
            }
            (Format::Inspect, Some(path)) => Target::Log(Box::new(BufWriter::new(made(path)?))),
            (Format::Mini | Format::SweAgent | Format::Atif, Some(_)) if named => Target::File,
            (Format::Mini | Format::SweAgent | Format::Atif, Some(_)) => Target::Folder,
        };
        let path = path.map(Path::to_owned).unwrap_or_default();
        Ok(Self { format, path, target, tasks: BTreeMap::new(), written: 0, first: None })
    }

    /// Writes a trajectory.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, t: &Trajectory) -> Result<(), Unwritable> {
        let count = self.tasks.entry(t.task.clone()).or_default();
        *count += 1;
        let count = *count;
        self.written += 1;
        if self.first.is_none() {
            self.first = Some(Trajectory { turns: Vec::new(), ..t.clone() });
        }
        if self.written > 1 && matches!(self.target, Target::File) {
            return Err(Unwritable::OneEach { format: self.format });
        }
        self.put(t, count).map_err(|source| Unwritable::File { path: self.path.clone(), source })
    }

    fn put(&mut self, t: &Trajectory, count: u64) -> io::Result<()> {
        let format = self.format;
        match &mut self.target {
            Target::Folder => {
                let path = self.path.join(place(format, &t.task, count));
                if let Some(folder) = path.parent() {
                    fs::create_dir_all(folder)?;
                }
                fs::write(path, document(format, t).to_string())
            }
            Target::File => fs::write(&self.path, document(format, t).to_string()),
            Target::Lines(out) => writeln!(out, "{}", document(format, t)),
            Target::Log(out) => {
                match self.written {
                    1 => {
                        let head = inspect::header(0, Some(t)).to_string();
                        write!(out, "{},\"samples\":[", &head[..head.len() - 1])?;
                    }
                    _ => out.write_all(b",\n")?,
                }
                write!(out, "{}", sample(t, count))
            }
            Target::Archive(zip) => {
                zip.start_file(format!("samples/{}_epoch_{count}.json", safe(&t.task)), packed())?;
                write!(zip, "{}", sample(t, count))
            }
        }
    }

    /// Ends what needs an end, and says how many were written.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<u64, Unwritable> {
        let Self { path, target, written, first, .. } = self;
        let failed = |source| Unwritable::File { path, source };
        let header = inspect::header(usize::try_from(written).unwrap_or_default(), first.as_ref());
        match target {
            Target::Folder | Target::File => Ok(()),
            Target::Lines(mut out) => out.flush(),
            Target::Log(mut out) if written == 0 => write!(out, "{header}").and_then(|()| out.flush()),
            Target::Log(mut out) => out.write_all(b"]}\n").and_then(|()| out.flush()),
            Target::Archive(mut zip) => zip
                .start_file("header.json", packed())
                .map_err(io::Error::from)
                .and_then(|()| write!(zip, "{header}"))
                .and_then(|()| zip.finish().map(drop).map_err(io::Error::from)),
        }
        .map_err(failed)?;
        Ok(written)
    }
}

/// A trajectory as a document of a format: what a file of one trajectory holds, a line, or a sample.
pub(crate) fn document(format: Format, t: &Trajectory) -> Value {
    let words: Words = match format {
        Format::Turns => return turns::write(t),
        Format::Chat => return chat::write(t),
        Format::Inspect => inspect::SAMPLE,
        Format::Mini => MINI,
        Format::SweAgent => SWEAGENT,
        Format::Atif => ATIF,
        Format::OpenHands => OPENHANDS,
    };
    words.document(t)
}

/// A sample. Its epoch tells the trajectories of a task apart; its seed is ours.
fn sample(t: &Trajectory, epoch: u64) -> Value {
    let mut doc = document(Format::Inspect, t);
    doc["epoch"] = json!(epoch);
    doc["metadata"][spare::KEY]["seed"] = json!(t.seed);
    doc
}

fn packed() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

/// Where the tools themselves would put it.
fn place(format: Format, task: &str, count: u64) -> PathBuf {
    let task = safe(task);
    let name = if count == 1 { task } else { format!("{task}.{count}") };
    let file = match format == Format::Atif {
        true => PathBuf::from("agent").join("trajectory.json"),
        false => PathBuf::from(format!("{name}{}", format.endings()[0])),
    };
    Path::new(&name).join(file)
}

/// A task's id as the name of a file.
fn safe(task: &str) -> String {
    let plain = |c: char| if c == '/' || c == '\\' || c.is_control() { '_' } else { c };
    let name: String = task.trim_start_matches('.').chars().map(plain).take(100).collect();
    if name.is_empty() { "task".to_owned() } else { name }
}
