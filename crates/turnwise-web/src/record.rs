//! Recordings: what came from the network in one run, so that the next run sees the same, byte for byte, without it.
//!
//! A recording is a HAR 1.2 file, which browsers write and many programs read, with fields of our own: `_bodySha256`
//! of a request, `_private` where it might go to private addresses, and `_refusal` where there was no response. It is
//! played by key (method, URL, body, permission) and by how often a trial asked: its second request of a key gets the
//! second response, and the last when there are no more. While it is recorded, what is in it already is played: so all
//! trials of a run see the same pages, and a run that was interrupted goes on.

mod har;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use reqwest::Method;
use url::Url;

use crate::fetch::{Refusal, Request, Response};

/// What came for one request: a response, or none.
type Outcome = Result<Response, Refusal>;

/// What came, in its order, by what was asked.
type Entries = BTreeMap<Key, Vec<Outcome>>;

/// What requests are told apart by. What comes for one that may go to private addresses says nothing of one that may not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    request: String,
    is_private: bool,
}

impl Key {
    /// The key of a request whose URL has no fragment, by the hash of its body.
    pub(crate) fn new(method: &Method, url: &Url, body: &str, is_private: bool) -> Self {
        Self { request: format!("{method} {url} {body}"), is_private }
    }
}

/// A recording that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The file cannot be read or written.
    #[error("the recording {} cannot be used; check that the file is there and may be written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is no recording, or ends in the middle.
    #[error("{} is not a whole recording (HAR 1.2): {why}; record it again", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        why: String,
    },
    /// What is asked for is not in the recording.
    #[error("{method} {url} is not in the recording {}; record the run again with the network", path.display())]
    Missing {
        /// The method.
        method: Method,
        /// The URL.
        url: String,
        /// The file.
        path: PathBuf,
    },
}

/// A recording that is written or played. One process writes it at a time; its trials share it.
#[derive(Debug)]
pub struct Tape {
    path: PathBuf,
    records: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    entries: Entries,
    /// The file, where it is written to, and where its last entry ends.
    file: Option<(File, u64)>,
}

impl Tape {
    /// Writes a recording, or goes on with one that is there.
    ///
    /// # Errors
    /// When the file cannot be written, or is there and no recording.
    pub fn record(path: &Path) -> Result<Self, TapeError> {
        let failed = |source| TapeError::File { path: path.to_owned(), source };
        let is_new = !path.try_exists().map_err(failed)?;
        let entries = if is_new { BTreeMap::new() } else { read(path)? };
        let mut file =
            OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(failed)?;
        if is_new {
            file.write_all(har::start().as_bytes()).map_err(failed)?;
        }
        let length = file.seek(SeekFrom::End(0)).map_err(failed)?;
        let end = length.saturating_sub(har::END.len() as u64);
        if !is_new && !ends_as_ours(path).map_err(failed)? {
            let why = "another program wrote it, so nothing can be added to it".to_owned();
            return Err(TapeError::Broken { path: path.to_owned(), why });
        }
        let state = Mutex::new(State { entries, file: Some((file, end)) });
        Ok(Self { path: path.to_owned(), records: true, state })
    }

    /// Plays a recording: nothing goes to the network.
    ///
    /// # Errors
    /// When the file cannot be read, or is no recording.
    pub fn replay(path: &Path) -> Result<Self, TapeError> {
        let state = Mutex::new(State { entries: read(path)?, file: None });
        Ok(Self { path: path.to_owned(), records: false, state })
    }

    /// Whether it only plays.
    pub fn is_replay(&self) -> bool {
        !self.records
    }

    /// What the recording has for the trial's request number `time` (from 0) of this key; `None` when it has to be
    /// fetched.
    pub(crate) fn find(
        &self,
        key: &Key,
        time: usize,
        request: &Request,
    ) -> Result<Option<Outcome>, TapeError> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match known(&state.entries, key)
            .and_then(|known| known.get(time).or_else(|| known.last().filter(|_| !self.records)))
        {
            Some(outcome) => Ok(Some(at(outcome.clone(), &request.url))),
            None if self.records => Ok(None),
            None => Err(TapeError::Missing {
                method: request.method.clone(),
                url: request.url.to_string(),
                path: self.path.clone(),
            }),
        }
    }

    /// Adds what came. Where another trial was faster, what it got counts, and is given back.
    pub(crate) fn keep(
        &self,
        key: Key,
        time: usize,
        request: &Request,
        outcome: Outcome,
    ) -> Result<Outcome, TapeError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { entries, file } = &mut *state;
        let is_private = key.is_private;
        let known = entries.entry(key).or_default();
        if let Some(first) = known.get(time) {
            return Ok(at(first.clone(), &request.url));
        }
        if let Some((file, end)) = file {
            let first = if *end == har::start().len() as u64 - har::END.len() as u64 { "" } else { "," };
            let entry = format!("{first}\n{}", har::written(request, is_private, &outcome));
            let written = file
                .seek(SeekFrom::Start(*end))
                .and_then(|_| file.write_all(format!("{entry}{}", har::END).as_bytes()));
            written.map_err(|source| TapeError::File { path: self.path.clone(), source })?;
            *end += entry.len() as u64;
        }
        known.push(outcome.clone());
        Ok(outcome)
    }
}

/// What is recorded under a key, or for any address under the key without its permission: a response then serves, too.
fn known<'a>(entries: &'a Entries, key: &Key) -> Option<&'a Vec<Outcome>> {
    entries.get(key).or_else(|| {
        let plain = entries.get(&Key { is_private: false, ..key.clone() })?;
        let is_barred = matches!(plain.first(), Some(Err(Refusal::PrivateAddress { .. })));
        (!is_barred).then_some(plain)
    })
}

/// A response as one to this URL: the recording does not know its fragment.
fn at(outcome: Outcome, url: &Url) -> Outcome {
    outcome.map(|response| Response { url: url.clone(), ..response })
}

fn read(path: &Path) -> Result<Entries, TapeError> {
    let text = std::fs::read(path).map_err(|source| TapeError::File { path: path.to_owned(), source })?;
    har::entries(&text).map_err(|why| TapeError::Broken { path: path.to_owned(), why })
}

fn ends_as_ours(path: &Path) -> std::io::Result<bool> {
    Ok(std::fs::read(path)?.ends_with(har::END.as_bytes()))
}
