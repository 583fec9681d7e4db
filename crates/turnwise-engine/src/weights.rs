//! The tensors of a checkpoint by name, each checked against the shape it must have.

use candle_core::{Device, Tensor, safetensors::SliceSafetensors};

use crate::{ArtifactBytes, LoadError};

/// The tensors of a checkpoint.
pub(crate) struct Weights<'a> {
    files: Vec<SliceSafetensors<'a>>,
}

impl<'a> Weights<'a> {
    /// Reads the headers.
    pub(crate) fn open(artifacts: &'a ArtifactBytes) -> Result<Self, LoadError> {
        let mut files = Vec::new();
        for (name, bytes) in &artifacts.weights {
            let file = SliceSafetensors::new(bytes);
            files.push(file.map_err(|source| LoadError::Weights { file: name.clone(), source })?);
        }
        Ok(Self { files })
    }

    /// A tensor in the type it is stored in, on the processor.
    pub(crate) fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, LoadError> {
        let missing = || LoadError::MissingTensor { tensor: name.to_owned() };
        let file = self.files.iter().find(|file| file.get(name).is_ok()).ok_or_else(missing)?;
        let tensor = file
            .load(name, &Device::Cpu)
            .map_err(|source| LoadError::Weights { file: format!("of tensor {name}"), source })?;
        if tensor.dims() != shape {
            let found = tensor.dims().to_vec();
            return Err(LoadError::TensorShape { tensor: name.to_owned(), expected: shape.to_vec(), found });
        }
        Ok(tensor)
    }
}
