//! Why a repository of the hub cannot be had.

use std::{io, path::PathBuf};

/// Why a repository of the hub cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The specification is of no form that there is.
    #[error("`{spec}` names no repository; write hf:ORG/NAME, hf:ORG/NAME@REVISION or hf:ORG/NAME/FILE.gguf")]
    Spec {
        /// The specification.
        spec: String,
    },
    /// `HF_ENDPOINT` is no address.
    #[error("HF_ENDPOINT is `{endpoint}`, which is no address; write https://HOST or unset it")]
    Endpoint {
        /// What it is.
        endpoint: String,
    },
    /// No client could be made.
    #[error("no https client could be made; check that the system's certificates are installed")]
    Client {
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// No thread or runtime could be had to wait in.
    #[error("no thread could be started to ask the hub; end some processes")]
    Threads {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The hub cannot be reached.
    #[error(
        "the hub at {url} cannot be reached for {repo}; check the connection or HF_ENDPOINT, or give a directory"
    )]
    Unreachable {
        /// The repository.
        repo: String,
        /// The hub.
        url: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The hub refused.
    #[error("the hub answered {status} for {repo} at {revision}: {said}; {}", advice(*status))]
    Refused {
        /// The repository.
        repo: String,
        /// The revision.
        revision: String,
        /// The status of HTTP.
        status: u16,
        /// What it said.
        said: String,
    },
    /// The hub sent something else than a list of files.
    #[error("{url} sent `{began}`, which is no list of files; check HF_ENDPOINT")]
    Malformed {
        /// The address.
        url: String,
        /// How what it sent begins.
        began: String,
        /// Why it could not be read.
        #[source]
        source: serde_json::Error,
    },
    /// A file is not in the cache, and nothing may be downloaded.
    #[error(
        "{file} of {repo} at {revision} is not in {}; unset HF_HUB_OFFLINE to download it, or copy it there",
        cache.display()
    )]
    NotCached {
        /// The repository.
        repo: String,
        /// The revision.
        revision: String,
        /// The file.
        file: String,
        /// Where it was looked for.
        cache: PathBuf,
    },
    /// The repository lacks a file.
    #[error(
        "{repo} at {revision} has no {file}; choose a repository with a whole checkpoint in safetensors, or name a GGUF file that it has"
    )]
    NoFile {
        /// The repository.
        repo: String,
        /// The revision.
        revision: String,
        /// The file.
        file: String,
    },
    /// The repository holds only GGUF files, and none of them is named.
    #[error("{repo} at {revision} holds only GGUF files; name one, as in hf:{repo}/{}: there are {}", files[0], files.join(", "))]
    OnlyGguf {
        /// The repository.
        repo: String,
        /// The revision.
        revision: String,
        /// The files: at least one.
        files: Vec<String>,
    },
    /// A list of shards is none.
    #[error("{} is no list of shards; remove it and run the same command again", path.display())]
    Index {
        /// The list.
        path: PathBuf,
    },
    /// A download broke off again and again.
    #[error(
        "the download of {file} of {repo} at {revision} broke off after {have} of {total} bytes; the same command \
         goes on from there"
    )]
    Cut {
        /// The repository.
        repo: String,
        /// The revision.
        revision: String,
        /// The file.
        file: String,
        /// Bytes that are there.
        have: u64,
        /// Bytes that should be.
        total: u64,
        /// What the connection says.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// A file came whole and is another than the hub says.
    #[error("{file} of {repo} at {revision} came damaged and was removed; run the same command again")]
    Damaged {
        /// The repository.
        repo: String,
        /// The revision.
        revision: String,
        /// The file.
        file: String,
    },
    /// The cache cannot be written.
    #[error("{} cannot be written; free some space, or set HF_HOME to another folder", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

fn advice(status: u16) -> &'static str {
    match status {
        // The hub answers 401 for repositories that do not exist, too.
        401 | 403 | 404 => {
            "check the name and the revision; a private or gated repository needs HF_TOKEN and its owner's consent"
        }
        429 => "the hub wants to be asked less often; come back later or set HF_TOKEN",
        _ => "run the same command again later",
    }
}
