//! Where models come from: the one that is compiled in, or what the engine finds by its specification.

use std::sync::Arc;

use turnwise_core::Model;
use turnwise_engine::{LocalModel, Named};

use crate::{error::Failure, options::ModelOptions};

/// The specification of the shipped model.
pub(crate) const SHIPPED: &str = "pocket";

/// Loads the model that the options name.
pub(crate) fn load(options: &ModelOptions) -> Result<Arc<dyn Model>, Failure> {
    if options.model == SHIPPED {
        let named = Named { name: SHIPPED.to_owned(), spec: SHIPPED.to_owned() };
        return Ok(Arc::new(LocalModel::new(named, &turnwise_pocket::shipped(), &options.engine())?));
    }
    Ok(turnwise_engine::load(&options.model, &options.engine())?)
}
