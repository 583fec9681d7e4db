//! Pictures of the page, one after each act, for people who look at a run.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A trial's pictures.
#[derive(Debug)]
pub(crate) struct Pictures {
    folder: PathBuf,
    count: u32,
}

impl Pictures {
    /// In a folder of the trial's own, which is made with the first picture.
    pub(crate) fn new(folder: &Path, task: &str, trial: u32) -> Self {
        let plain = |letter: char| {
            if letter.is_ascii_alphanumeric() || "-._".contains(letter) { letter } else { '_' }
        };
        let name: String = task.chars().map(plain).collect();
        Self { folder: folder.join(format!("{name}.{trial}")), count: 0 }
    }

    /// Keeps the next one.
    pub(crate) fn keep(&mut self, picture: &[u8]) -> Result<(), String> {
        self.count += 1;
        let path = self.folder.join(format!("{:03}.png", self.count));
        fs::create_dir_all(&self.folder).and_then(|()| fs::write(&path, picture)).map_err(|error| {
            format!("the picture {} was not written: {error}; check the disk and the folder", path.display())
        })
    }
}
