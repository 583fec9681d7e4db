//! Files as they are opened: plain or packed, one document or one line at a time, never more of them in memory than
//! one record.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::bufread::MultiGzDecoder;

use crate::Format;

/// The longest record, in bytes: what is longer is no trajectory.
pub(crate) const LONGEST_RECORD: u64 = 1 << 30;

/// What is wrong with a file or a record of it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file cannot be read, or is cut off where it is packed.
    #[error("it cannot be read")]
    Io {
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It is not JSON.
    #[error("it is not JSON")]
    Json {
        /// Where it stops being JSON.
        #[source]
        source: serde_json::Error,
    },
    /// It is JSON of another shape.
    #[error("it lacks {what}; is it of another format?")]
    Lacks {
        /// What a file of the format has.
        what: &'static str,
    },
    /// It is longer than any trajectory.
    #[error("it is longer than {} MiB", LONGEST_RECORD >> 20)]
    TooLong,
    /// It is no archive that can be read.
    #[error(
        "it is no archive of Inspect's; `inspect log convert --to json --output-dir DIR FILE` makes one that is"
    )]
    Archive {
        /// Why not.
        #[source]
        source: zip::result::ZipError,
    },
    /// The format is only written.
    #[error("files of the format `{format}` are only written")]
    OnlyWritten {
        /// The format.
        format: Format,
    },
}

/// A file, or a record of one, that was skipped.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct Unreadable {
    /// The file, with the line or the entry.
    pub place: String,
    /// What is wrong.
    #[source]
    pub fault: Fault,
}

/// Counts the bytes of files that have been read, for whoever shows progress. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<AtomicU64>);

impl Meter {
    /// How many bytes have been read.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A file whose bytes are counted.
struct Metered {
    file: File,
    meter: Meter,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.meter.add(read as u64);
        Ok(read)
    }
}

/// The files that are meant: a folder stands for those in it, however deep, that are named as the format's are.
///
/// # Errors
/// When a folder cannot be read.
pub fn files_of(format: Format, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Unreadable> {
    let mut files = Vec::new();
    for path in paths {
        match path.is_dir() {
            false => files.push(path.clone()),
            true => walk(format, path, &mut files).map_err(|source| Unreadable {
                place: path.display().to_string(),
                fault: Fault::Io { source },
            })?,
        }
    }
    Ok(files)
}

fn walk(format: Format, folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            walk(format, &path, files)?;
        } else if format.endings().iter().any(|ending| name.ends_with(ending)) {
            files.push(path);
        }
    }
    Ok(())
}

/// Opens a file and unpacks it if it is packed by gzip.
pub(crate) fn open(path: &Path, meter: &Meter) -> io::Result<Box<dyn BufRead>> {
    let file = Metered { file: File::open(path)?, meter: meter.clone() };
    let mut plain = BufReader::with_capacity(1 << 16, file);
    match plain.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        true => Ok(Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(plain)))),
        false => Ok(Box::new(plain)),
    }
}

/// The whole of a file.
pub(crate) fn whole(path: &Path, meter: &Meter) -> Result<Vec<u8>, Fault> {
    let io = |source| Fault::Io { source };
    let mut bytes = Vec::new();
    let read = open(path, meter).map_err(io)?.take(LONGEST_RECORD + 1).read_to_end(&mut bytes).map_err(io)?;
    if read as u64 > LONGEST_RECORD { Err(Fault::TooLong) } else { Ok(bytes) }
}

/// Reads a line into `line`, without its end; `false` when there is none left.
pub(crate) fn line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> Result<bool, Fault> {
    line.clear();
    let read =
        reader.take(LONGEST_RECORD + 1).read_until(b'\n', line).map_err(|source| Fault::Io { source })?;
    if read as u64 > LONGEST_RECORD {
        return Err(Fault::TooLong);
    }
    Ok(read > 0)
}
