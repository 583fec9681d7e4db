//! The bytes of one file of weights: compiled in, made in memory, or mapped from disk.
//!
//! A mapped file takes no memory of its own, so that loading a model takes what the model takes.

use std::{borrow::Cow, fs::File, io, ops::Deref, path::Path, sync::Arc};

use memmap2::Mmap;

/// The bytes of one file of weights. Cheap to clone where they are mapped or compiled in.
#[derive(Clone, Debug)]
pub struct WeightFile(Bytes);

#[derive(Clone, Debug)]
enum Bytes {
    Held(Cow<'static, [u8]>),
    Mapped(Arc<Mmap>),
}

impl WeightFile {
    /// Maps a file. It must not be changed while it is in use, which is until the model is loaded.
    ///
    /// # Errors
    /// When it cannot be opened or mapped.
    pub fn map(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Self::from(Vec::new()));
        }
        #[expect(unsafe_code, reason = "mapping a file is the only way to read it without a second copy")]
        // SAFETY: the mapping is read-only and private to this value. Should another process change the file
        // meanwhile, numbers come out wrong; no reference to it is ever handed out as anything but bytes.
        let map = unsafe { Mmap::map(&file) }?;
        Ok(Self(Bytes::Mapped(Arc::new(map))))
    }
}

impl Deref for WeightFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Bytes::Held(bytes) => bytes,
            Bytes::Mapped(map) => map,
        }
    }
}

impl From<Vec<u8>> for WeightFile {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Bytes::Held(Cow::Owned(bytes)))
    }
}

impl From<&'static [u8]> for WeightFile {
    fn from(bytes: &'static [u8]) -> Self {
        Self(Bytes::Held(Cow::Borrowed(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::WeightFile;

    #[test]
    fn a_mapped_file_is_its_bytes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("weights");
        assert!(WeightFile::map(&path).is_err());
        for bytes in [&b""[..], b"some bytes"] {
            std::fs::write(&path, bytes).unwrap();
            let file = WeightFile::map(&path).unwrap();
            assert_eq!(&*file.clone(), bytes);
        }
    }
}
