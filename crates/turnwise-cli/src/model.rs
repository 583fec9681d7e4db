//! Where models come from.

use std::sync::Arc;

use turnwise_core::Model;

use crate::{error::Failure, options::ModelOptions};

/// Loads the model that the options name.
pub(crate) fn load(options: &ModelOptions) -> Result<Arc<dyn Model>, Failure> {
    Ok(turnwise_engine::load(&options.model, &options.engine())?)
}
