//! Checkpoints from the Hugging Face hub: `hf:ORG/NAME[@REV]` becomes a directory in Hugging Face layout, and
//! `hf:ORG/NAME/FILE.gguf[@REV]` a GGUF file.
//!
//! Files go into the cache that Hugging Face's own libraries use, in its layout, so that nothing is downloaded twice.
//! Only the files that a model is loaded from are downloaded, and nothing is ever uploaded.

mod cache;
mod download;
mod error;

use std::{env, path::PathBuf, time::Duration};

use reqwest::{Client, Url, header};
use serde::Deserialize;

use self::{cache::Repository, download::Download};
use crate::{
    http::{self, beginning},
    wait::wait_for,
};

pub use self::error::HubError;

/// How long the hub may send nothing.
const SILENCE: Duration = Duration::from_secs(60);

/// Files that every checkpoint has.
const REQUIRED: [&str; 3] = ["config.json", "tokenizer.json", "tokenizer_config.json"];
/// Files that some checkpoints have.
const OPTIONAL: [&str; 4] =
    ["chat_template.jinja", "generation_config.json", "turnwise.json", "profile.toml"];
/// Files that go before what is inside a GGUF file, where they are beside it.
const BESIDE_GGUF: [&str; 5] =
    ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "turnwise.json", "profile.toml"];
/// The list of shards, and the weights where there are no shards.
const INDEX: &str = "model.safetensors.index.json";
const WEIGHTS: &str = "model.safetensors";
/// How the names of GGUF files end.
const GGUF: &str = ".gguf";

/// A repository of the hub at a revision, or a GGUF file in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubSpec {
    /// `ORG/NAME`.
    pub repo: String,
    /// A branch, a tag or a commit.
    pub revision: String,
    /// The path of a GGUF file; `None` stands for the checkpoint in Hugging Face layout.
    pub file: Option<String>,
}

impl HubSpec {
    /// Reads `hf:ORG/NAME[@REV]` or `hf:ORG/NAME/FILE.gguf[@REV]`; the revision is `main` when none is given.
    ///
    /// # Errors
    /// When it is not of this form.
    pub fn parse(spec: &str) -> Result<Self, HubError> {
        let name = spec.strip_prefix("hf:").unwrap_or(spec);
        let (path, revision) = name.split_once('@').unwrap_or((name, "main"));
        // What stands behind the second slash is in the repository.
        let (repo, file) = match path.match_indices('/').nth(1) {
            Some((at, _)) => (&path[..at], Some(&path[at + 1..])),
            None => (path, None),
        };
        let plain = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        };
        // Both become paths of the cache, and neither may lead out of it.
        let is_plain = path.split('/').chain(revision.split('/')).all(plain);
        match is_plain && file.is_none_or(|file| file.ends_with(GGUF)) {
            true => {
                let file = file.map(str::to_owned);
                Ok(Self { repo: repo.to_owned(), revision: revision.to_owned(), file })
            }
            false => Err(HubError::Spec { spec: spec.to_owned() }),
        }
    }

    /// The last part of the repository's name, or the GGUF file's without its ending.
    pub fn name(&self) -> &str {
        let file = self.file.as_deref().and_then(|file| file.strip_suffix(GGUF));
        let name = file.unwrap_or(&self.repo);
        name.rsplit('/').next().unwrap_or(name)
    }
}

/// Sees how a download goes on.
pub trait Watch: Sync {
    /// A file of so many bytes is being downloaded, of which so many were there already.
    fn begin(&self, file: &str, total: u64, have: u64);
    /// So many more bytes came.
    fn advance(&self, bytes: u64);
    /// The file is complete or was given up.
    fn end(&self);
}

/// Looks at nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn begin(&self, _file: &str, _total: u64, _have: u64) {}
    fn advance(&self, _bytes: u64) {}
    fn end(&self) {}
}

/// Where the hub is, where its files are kept, and whether it may be asked at all.
pub struct Hub {
    /// `https://huggingface.co` or a mirror of it.
    pub endpoint: String,
    /// The folder with a folder for each repository.
    pub cache: PathBuf,
    /// A token for private and gated repositories. It is sent to `endpoint` and shown nowhere.
    pub token: Option<String>,
    /// Use what is in the cache and connect to nothing.
    pub offline: bool,
}

impl Hub {
    /// As Hugging Face's own libraries are told: `HF_ENDPOINT`, `HF_HUB_CACHE`, `HF_HOME`, `HF_TOKEN`,
    /// `HF_HUB_OFFLINE`.
    pub fn from_env() -> Self {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let cache_home = set("XDG_CACHE_HOME").map(PathBuf::from);
        let cache_home = cache_home.unwrap_or_else(|| env::home_dir().unwrap_or_default().join(".cache"));
        let home = set("HF_HOME").map_or_else(|| cache_home.join("huggingface"), PathBuf::from);
        let cache = set("HF_HUB_CACHE").or_else(|| set("HUGGINGFACE_HUB_CACHE"));
        let token = set("HF_TOKEN").or_else(|| {
            let path = set("HF_TOKEN_PATH").map_or_else(|| home.join("token"), PathBuf::from);
            std::fs::read_to_string(path).ok().map(|token| token.trim().to_owned())
        });
        let offline = set("HF_HUB_OFFLINE").unwrap_or_default().to_uppercase();
        Self {
            endpoint: set("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".to_owned()),
            cache: cache.map_or_else(|| home.join("hub"), PathBuf::from),
            token: token.filter(|token| !token.is_empty()),
            offline: ["1", "ON", "YES", "TRUE"].contains(&&*offline),
        }
    }

    /// The directory with the model's files, or the GGUF file, downloaded if they are not there. A download that was cut off is gone
    /// on with. When the hub cannot be reached, what is there serves.
    ///
    /// # Errors
    /// When a file is neither in the cache nor to be had.
    pub fn fetch(&self, spec: &HubSpec, watch: &dyn Watch) -> Result<PathBuf, HubError> {
        let repository = Repository::new(&self.cache, spec);
        let cached = repository.complete();
        match &cached {
            // A commit never changes, so there is nothing to ask.
            Ok(directory) if self.offline || cache::is_commit(&spec.revision) => return Ok(directory.clone()),
            Err(_) if self.offline => return cached,
            Ok(_) | Err(_) => {}
        }
        match wait_for(self.download(&repository, watch)).map_err(|source| HubError::Threads { source })? {
            Err(error @ HubError::Unreachable { .. }) => cached
                .inspect(|_| {
                    tracing::warn!(%error, "the hub cannot be reached; what is in the cache is used");
                })
                .map_err(|_| error),
            result => result,
        }
    }

    async fn download(&self, repository: &Repository<'_>, watch: &dyn Watch) -> Result<PathBuf, HubError> {
        let url: Url =
            self.endpoint.parse().map_err(|_| HubError::Endpoint { endpoint: self.endpoint.clone() })?;
        let client = http::client(&url, SILENCE).map_err(|source| HubError::Client { source })?;
        let listing = self.list(&client, repository).await?;
        let download = Download { hub: self, client: &client, repository, listing: &listing, watch };
        if let Some(file) = &repository.spec().file {
            let path = download.required(file).await?;
            for beside in BESIDE_GGUF {
                download.optional(&sibling(file, beside)).await?;
            }
            repository.remember(&listing.sha)?;
            return Ok(path);
        }
        listing.refuse_mere_ggufs(repository.spec())?;
        for file in REQUIRED {
            download.required(file).await?;
        }
        for file in OPTIONAL {
            download.optional(file).await?;
        }
        match download.optional(INDEX).await? {
            Some(index) => {
                for shard in cache::shards(&index)? {
                    download.required(&shard).await?;
                }
            }
            None => drop(download.required(WEIGHTS).await?),
        }
        repository.remember(&listing.sha)?;
        Ok(repository.snapshot(&listing.sha))
    }

    /// What the repository holds.
    async fn list(&self, client: &Client, repository: &Repository<'_>) -> Result<Listing, HubError> {
        let HubSpec { repo, revision, .. } = repository.spec();
        let endpoint = self.endpoint.trim_end_matches('/');
        let revision_in_url = revision.replace('/', "%2F");
        let url = format!("{endpoint}/api/models/{repo}/revision/{revision_in_url}?blobs=true");
        let response = self.authorised(client.get(&url)).send().await;
        let unreachable = |source: reqwest::Error| HubError::Unreachable {
            repo: repo.clone(),
            url: endpoint.to_owned(),
            source: source.without_url(),
        };
        let response = response.map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?;
        if !status.is_success() {
            return Err(HubError::Refused {
                repo: repo.clone(),
                revision: revision.clone(),
                status: status.as_u16(),
                said: beginning(&body),
            });
        }
        serde_json::from_slice(&body).map_err(|source| HubError::Malformed {
            url,
            began: beginning(&body),
            source,
        })
    }

    fn authorised(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.token {
            Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        }
    }
}

/// The path of a file beside another.
fn sibling(file: &str, beside: &str) -> String {
    file.rsplit_once('/').map_or_else(|| beside.to_owned(), |(folder, _)| format!("{folder}/{beside}"))
}

impl Listing {
    /// A repository that holds GGUF files and no other weights does not say which of them is meant.
    fn refuse_mere_ggufs(&self, spec: &HubSpec) -> Result<(), HubError> {
        let names = || self.siblings.iter().map(|sibling| sibling.rfilename.as_str());
        let files: Vec<String> = names().filter(|name| name.ends_with(GGUF)).map(str::to_owned).collect();
        match files.is_empty() || names().any(|name| [INDEX, WEIGHTS].contains(&name)) {
            true => Ok(()),
            false => {
                let (repo, revision) = (spec.repo.clone(), spec.revision.clone());
                Err(HubError::OnlyGguf { repo, revision, files })
            }
        }
    }
}

/// What the hub says of a revision.
#[derive(Debug, Deserialize)]
struct Listing {
    /// The commit.
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Debug, Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    /// Git's hash of a file that git holds itself.
    #[serde(rename = "blobId")]
    blob_id: Option<String>,
    lfs: Option<Lfs>,
}

#[derive(Debug, Deserialize)]
struct Lfs {
    sha256: String,
}

#[cfg(test)]
mod tests;
