//! Downloading one file into the cache, from where an earlier try left off.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::{Client, StatusCode, header};
use sha2::{Digest, Sha256};

use super::{Hub, HubError, HubSpec, Listing, Sibling, Watch, cache::Repository};
use crate::http::beginning;

/// How often in a row a download may break off without having brought anything.
const TRIES: u32 = 4;
/// The wait after the first of them.
const WAIT: Duration = Duration::from_millis(500);

/// What a download needs.
pub(super) struct Download<'a> {
    pub(super) hub: &'a Hub,
    pub(super) client: &'a Client,
    pub(super) repository: &'a Repository<'a>,
    pub(super) listing: &'a Listing,
    pub(super) watch: &'a dyn Watch,
}

impl Download<'_> {
    /// The file's place in the snapshot.
    pub(super) async fn required(&self, file: &str) -> Result<PathBuf, HubError> {
        let HubSpec { repo, revision, .. } = self.repository.spec().clone();
        let path = self.optional(file).await?;
        path.ok_or_else(|| HubError::NoFile { repo, revision, file: file.to_owned() })
    }

    /// The file's place in the snapshot; `None` when the repository does not have it.
    pub(super) async fn optional(&self, file: &str) -> Result<Option<PathBuf>, HubError> {
        let Some(sibling) = self.listing.siblings.iter().find(|sibling| sibling.rfilename == file) else {
            return Ok(None);
        };
        let etag = sibling.lfs.as_ref().map(|lfs| &lfs.sha256).or(sibling.blob_id.as_ref());
        // The hash becomes a file's name.
        let etag = etag.filter(|etag| etag.bytes().all(|byte| byte.is_ascii_hexdigit()) && !etag.is_empty());
        let Some((etag, total)) = etag.zip(sibling.size) else { return Ok(None) };
        let blob = self.repository.blob(etag);
        if !blob.exists() {
            let _lock = self.repository.lock(etag)?;
            // Another process may have been faster.
            if !blob.exists() {
                self.watch.begin(file, total, length(&incomplete(&blob)).min(total));
                let done = self.fill(sibling, &blob, total).await;
                self.watch.end();
                done?;
            }
        }
        self.repository.link(&self.listing.sha, file, etag).map(Some)
    }

    /// Makes the blob, going on as long as something comes.
    async fn fill(&self, sibling: &Sibling, blob: &Path, total: u64) -> Result<(), HubError> {
        let disk = |source| HubError::Disk { path: blob.to_owned(), source };
        blob.parent().map_or(Ok(()), fs::create_dir_all).map_err(disk)?;
        let partial = incomplete(blob);
        let mut idle = 0;
        while length(&partial) < total {
            let before = length(&partial);
            let cut = match self.piece(&sibling.rfilename, &partial).await {
                Ok(()) => None,
                Err(Stopped::Cut(source)) => source,
                Err(Stopped::For(error)) => return Err(error),
            };
            let have = length(&partial);
            idle = if have > before { 0 } else { idle + 1 };
            if idle >= TRIES {
                let HubSpec { repo, revision, .. } = self.repository.spec().clone();
                return Err(HubError::Cut {
                    repo,
                    revision,
                    file: sibling.rfilename.clone(),
                    have,
                    total,
                    source: cut,
                });
            }
            if have < total {
                tokio::time::sleep(WAIT * (1 << idle)).await;
            }
        }
        if !is_right(&partial, total, sibling).map_err(disk)? {
            fs::remove_file(&partial).map_err(disk)?;
            let HubSpec { repo, revision, .. } = self.repository.spec().clone();
            return Err(HubError::Damaged { repo, revision, file: sibling.rfilename.clone() });
        }
        fs::rename(&partial, blob).map_err(disk)
    }

    /// Appends what one request brings.
    async fn piece(&self, file: &str, partial: &Path) -> Result<(), Stopped> {
        let HubSpec { repo, revision, .. } = self.repository.spec();
        let (endpoint, commit) = (self.hub.endpoint.trim_end_matches('/'), &self.listing.sha);
        let url = format!("{endpoint}/{repo}/resolve/{commit}/{file}");
        let have = length(partial);
        let request = self.hub.authorised(self.client.get(url));
        let request = match have {
            0 => request,
            _ => request.header(header::RANGE, format!("bytes={have}-")),
        };
        let mut response = request.send().await.map_err(cut)?;
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Stopped::Cut(None));
        }
        if !status.is_success() {
            let said = beginning(&response.bytes().await.unwrap_or_default());
            return Err(Stopped::For(HubError::Refused {
                repo: repo.clone(),
                revision: format!("{revision}, file {file}"),
                status: status.as_u16(),
                said,
            }));
        }
        let disk = |source| Stopped::For(HubError::Disk { path: partial.to_owned(), source });
        // A server that does not go on from the middle begins anew, and so do we.
        let goes_on = status == StatusCode::PARTIAL_CONTENT;
        let mut options = File::options();
        let options = options.create(true).write(true).append(goes_on).truncate(!goes_on);
        let mut out = options.open(partial).map_err(disk)?;
        while let Some(bytes) = response.chunk().await.map_err(cut)? {
            out.write_all(&bytes).map_err(disk)?;
            self.watch.advance(bytes.len() as u64);
        }
        Ok(())
    }
}

/// Why a request brought no more.
enum Stopped {
    /// The connection broke off; it may be tried again.
    Cut(Option<reqwest::Error>),
    /// Trying again does not help.
    For(HubError),
}

fn cut(source: reqwest::Error) -> Stopped {
    Stopped::Cut(Some(source.without_url()))
}

fn incomplete(blob: &Path) -> PathBuf {
    blob.with_extension("incomplete")
}

/// How many bytes of a file are there.
fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Whether a file has the length and, where the hub tells it, the hash that it should have.
fn is_right(path: &Path, total: u64, sibling: &Sibling) -> io::Result<bool> {
    if length(path) != total {
        return Ok(false);
    }
    let Some(lfs) = &sibling.lfs else { return Ok(true) };
    let (mut sha, mut file, mut buffer) = (Sha256::new(), File::open(path)?, vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => sha.update(&buffer[..read]),
        }
    }
    let found: String = sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(found == lfs.sha256.to_lowercase())
}
