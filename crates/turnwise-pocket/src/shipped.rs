//! The shipped pocket model, compiled in: `model/` holds what `turnwise-pocket train` wrote.

use std::borrow::Cow;
use turnwise_engine::{ArtifactBytes, WeightFile};

/// The shipped model's files.
pub fn shipped() -> ArtifactBytes {
    ArtifactBytes {
        config: Cow::Borrowed(include_bytes!("../model/config.json")),
        tokenizer: Cow::Borrowed(include_bytes!("../model/tokenizer.json")),
        tokenizer_config: Cow::Borrowed(include_bytes!("../model/tokenizer_config.json")),
        chat_template: None,
        generation_config: Some(Cow::Borrowed(include_bytes!("../model/generation_config.json"))),
        turnwise: Some(Cow::Borrowed(include_bytes!("../model/turnwise.json"))),
        profile: None,
        weights: vec![(
            "model.safetensors".to_owned(),
            WeightFile::from(&include_bytes!("../model/model.safetensors")[..]),
        )],
    }
}
