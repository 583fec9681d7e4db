//! What a checkpoint is, for eyes and for programs: shape, sizes, memory, what can be watched.

use indicatif::BinaryBytes;
use serde_json::{Value, json};
use turnwise_engine::ModelFacts;

/// Rows of what and how much.
pub(crate) fn rows(facts: &ModelFacts) -> Vec<(&'static str, String)> {
    let shape = &facts.shape;
    let stored: Vec<String> = facts.stored.iter().map(|(kind, count)| format!("{count} in {kind}")).collect();
    let size = |bytes: u64| BinaryBytes(bytes).to_string();
    let mut rows = vec![
        ("family", shape.model_type.name().to_owned()),
        ("parameters", stored.join(", ")),
        (
            "layers",
            format!("{} of width {}, each can be watched", shape.num_hidden_layers, shape.hidden_size),
        ),
        ("vocabulary", format!("{} rows, {} tokens", shape.vocab_size, facts.tokens)),
        ("files", size(facts.file_bytes)),
        ("memory", format!("{} for weights", size(facts.weight_bytes))),
        ("conversation", conversation(facts)),
    ];
    rows.extend(facts.available_bytes.map(|bytes| ("available", size(bytes))));
    rows
}

fn conversation(facts: &ModelFacts) -> String {
    let thousand = BinaryBytes(1_000 * facts.position_bytes);
    match facts.conversation_bytes {
        0 => format!("{thousand} for each 1,000 tokens"),
        fixed => format!("{} and {thousand} for each 1,000 tokens", BinaryBytes(fixed)),
    }
}

/// The same for programs, in bytes.
pub(crate) fn json(facts: &ModelFacts) -> Value {
    let shape = &facts.shape;
    json!({
        "family": shape.model_type.name(), "stored": facts.stored, "layers": shape.num_hidden_layers,
        "hidden_size": shape.hidden_size, "vocabulary": shape.vocab_size, "tokens": facts.tokens,
        "file_bytes": facts.file_bytes, "weight_bytes": facts.weight_bytes,
        "conversation_bytes": facts.conversation_bytes, "position_bytes": facts.position_bytes,
        "available_bytes": facts.available_bytes,
    })
}
