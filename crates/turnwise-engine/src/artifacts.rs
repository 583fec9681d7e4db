//! The files of a checkpoint in Hugging Face layout, as bytes: read from a directory or a GGUF file, or compiled
//! in.
//!
//! It decides which files belong to a model and hashes them; it does not look into them beyond the list of
//! shards.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{LoadError, WeightFile, gguf};

type Bytes = Cow<'static, [u8]>;

/// The files of a checkpoint. A shipped model can be `include_bytes!`d without a copy.
#[derive(Clone, Debug)]
pub struct ArtifactBytes {
    /// `config.json`.
    pub config: Bytes,
    /// `tokenizer.json`.
    pub tokenizer: Bytes,
    /// `tokenizer_config.json`.
    pub tokenizer_config: Bytes,
    /// `chat_template.jinja`, where the template is not in `tokenizer_config.json`.
    pub chat_template: Option<Bytes>,
    /// `generation_config.json`, where there is one.
    pub generation_config: Option<Bytes>,
    /// `turnwise.json`, where there is one: the prompt profile and the longest reply.
    pub turnwise: Option<Bytes>,
    /// `profile.toml`, where there is one: the prompt profile itself.
    pub profile: Option<Bytes>,
    /// The files of weights, safetensors or GGUF, with their names and in the order of their names.
    pub weights: Vec<(String, WeightFile)>,
}

impl ArtifactBytes {
    /// Reads the checkpoint at a path: a directory in Hugging Face layout, or a `.gguf` file. `None` where the path is
    /// neither.
    ///
    /// # Errors
    /// As [`Self::from_dir`] and [`Self::from_gguf`].
    pub fn at(path: &Path) -> Result<Option<Self>, LoadError> {
        if path.is_dir() {
            Self::from_dir(path).map(Some)
        } else if path.to_string_lossy().ends_with(".gguf") {
            Self::from_gguf(path).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Reads a directory.
    ///
    /// # Errors
    /// When a file that must be there is missing or unreadable.
    pub fn from_dir(directory: &Path) -> Result<Self, LoadError> {
        Ok(Self {
            config: required(directory, "config.json")?,
            tokenizer: required(directory, "tokenizer.json")?,
            tokenizer_config: required(directory, "tokenizer_config.json")?,
            chat_template: optional(directory, "chat_template.jinja")?,
            generation_config: optional(directory, "generation_config.json")?,
            turnwise: optional(directory, "turnwise.json")?,
            profile: optional(directory, "profile.toml")?,
            weights: weights(directory)?,
        })
    }

    /// The bytes of the files of weights.
    pub fn weight_bytes(&self) -> u64 {
        self.weights.iter().map(|(_, bytes)| bytes.len() as u64).sum()
    }

    /// Reads a GGUF file. `tokenizer.json`, `tokenizer_config.json`, `chat_template.jinja`, `turnwise.json` and
    /// `profile.toml` beside it go before what is inside.
    ///
    /// # Errors
    /// When it is unreadable, truncated or corrupt, or holds a model or tokenizer that the engine does not know.
    pub fn from_gguf(path: &Path) -> Result<Self, LoadError> {
        let weights =
            WeightFile::map(path).map_err(|source| LoadError::File { path: path.to_owned(), source })?;
        let directory = path.parent().unwrap_or(Path::new(""));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        gguf::artifacts(&name, weights, |beside| Ok(optional(directory, beside)?.map(Cow::into_owned)))
    }

    /// A SHA-256 over the files that decide replies, in hex. `turnwise.json` and `profile.toml` are among them, as the
    /// profile decides what the model is shown.
    pub fn hash(&self) -> String {
        let mut sha = Sha256::new();
        let optional = [&self.chat_template, &self.generation_config, &self.turnwise];
        let optional = optional.map(|file| file.as_deref().unwrap_or_default());
        let texts =
            [self.config.as_ref(), &self.tokenizer, &self.tokenizer_config].into_iter().chain(optional);
        // Not there, it leaves no trace, so that checkpoints without it keep their hash.
        let texts = texts.chain(self.profile.as_deref());
        for file in texts.chain(self.weights.iter().map(|(_, bytes)| &**bytes)) {
            // The length keeps two files from being read as one.
            sha.update((file.len() as u64).to_le_bytes());
            sha.update(file);
        }
        sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn required(directory: &Path, name: &str) -> Result<Bytes, LoadError> {
    let path = directory.join(name);
    fs::read(&path).map(Cow::Owned).map_err(|source| LoadError::File { path, source })
}

fn optional(directory: &Path, name: &str) -> Result<Option<Bytes>, LoadError> {
    match required(directory, name) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(LoadError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Deserialize)]
struct ShardIndex {
    weight_map: BTreeMap<String, String>,
}

fn weights(directory: &Path) -> Result<Vec<(String, WeightFile)>, LoadError> {
    const INDEX: &str = "model.safetensors.index.json";
    let names = match optional(directory, INDEX)? {
        None => BTreeSet::from(["model.safetensors".to_owned()]),
        Some(index) => serde_json::from_slice::<ShardIndex>(&index)
            .map_err(|source| LoadError::Json { file: INDEX.into(), source })?
            .weight_map
            .into_values()
            .collect(),
    };
    let map = |name: String| {
        let path = directory.join(&name);
        let file = WeightFile::map(&path).map_err(|source| LoadError::File { path, source })?;
        Ok((name, file))
    };
    names.into_iter().map(map).collect()
}
