//! The model that does nothing: it submits at once.

use turnwise_core::{Conversation, Model, ModelError, ModelInfo, SessionSpec};

use super::{Line, Recital, info};

/// The model that submits at once. What it solves needed no repair.
#[derive(Debug)]
pub struct NopModel {
    info: ModelInfo,
}

impl NopModel {
    /// The model `nop`.
    pub fn new() -> Self {
        Self { info: info("nop", "nop".into(), "nop".into()) }
    }
}

impl Default for NopModel {
    fn default() -> Self {
        Self::new()
    }
}

impl Model for NopModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn open(&self, spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError> {
        Ok(Recital::boxed([Line::free("submit")].into(), spec.style))
    }
}
