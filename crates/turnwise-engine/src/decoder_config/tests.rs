//! What is read, filled in and refused.

use super::{DecoderConfig, Family, LayerType, RopeScaling};
use crate::LoadError;

const QWEN: &str = r#"{"model_type":"qwen3","hidden_size":64,"num_hidden_layers":2,"num_attention_heads":4,
    "num_key_value_heads":2,"head_dim":32,"intermediate_size":96,"vocab_size":100,"rms_norm_eps":1e-6,
    "rope_parameters":{"rope_theta":1000000.0,"rope_type":"default"},"max_position_embeddings":4096,
    "tie_word_embeddings":true,"torch_dtype":"bfloat16"}"#;

fn changed(from: &str, to: &str) -> Result<DecoderConfig, LoadError> {
    DecoderConfig::from_json(QWEN.replace(from, to).as_bytes())
}

#[test]
fn reads_its_own_writing_and_the_nested_rope_base() {
    let config = changed("", "").unwrap();
    assert_eq!(config.model_type, Family::Qwen3);
    assert_eq!((config.query_width(), config.key_width()), (128, 64));
    assert_eq!(config.rope_theta, 1e6);
    for config in [
        config.clone(),
        DecoderConfig {
            sliding_window: Some(7),
            layer_types: vec![LayerType::FullAttention, LayerType::SlidingAttention],
            rope_scaling: RopeScaling::Linear { factor: 2.0 },
            attention_bias: true,
            ..config
        },
    ] {
        let written = serde_json::to_vec(&config).unwrap();
        assert_eq!(DecoderConfig::from_json(&written).unwrap(), config);
    }
}

#[test]
fn refuses_what_it_cannot_run() {
    let error = changed("qwen3", "gpt2").unwrap_err();
    assert_eq!(
        error.to_string(),
        "model type `gpt2` is not supported; use a checkpoint of one of these: llama, mistral, qwen2, qwen3, \
         mamba"
    );
    let missing = changed("\"hidden_size\":64,", "");
    assert!(matches!(missing, Err(LoadError::MissingSetting { key: "hidden_size" })));
    let refused = |from: &str, to: &str| match changed(from, to) {
        Err(LoadError::UnsupportedSetting { key, value }) => (key, value),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused("\"head_dim\":32", "\"head_dim\":20"), ("head_dim".into(), "20".into()));
    let (key, value) = refused("\"default\"", "\"dynamic\"");
    assert_eq!((key.as_str(), value.contains("dynamic")), ("rope_parameters", true));
    assert_eq!(refused("\"default\"", "\"llama3\"").0, "rope_parameters");
    assert_eq!(refused("\"tie", "\"quantization_config\":{\"bits\":4},\"tie").0, "quantization_config");
    let window = "\"sliding_window\":9,\"layer_types\":[\"full_attention\",\"odd\"],\"tie";
    assert_eq!(refused("\"tie", window).0, "layer_types");
    assert!(matches!(changed("\"vocab_size\"", "vocab"), Err(LoadError::Json { .. })));
}

#[test]
fn windows_are_where_the_family_puts_them() {
    let windows = |family: &str, more: &str| {
        let config = QWEN.replace("qwen3", family).replace("\"tie", &format!("{more},\"tie"));
        let config = DecoderConfig::from_json(config.as_bytes()).unwrap();
        [config.window(0), config.window(1)]
    };
    assert_eq!(windows("mistral", r#""sliding_window":9"#), [Some(9); 2]);
    assert_eq!(windows("mistral", r#""sliding_window":null"#), [None; 2]);
    assert_eq!(windows("llama", r#""sliding_window":9"#), [None; 2]);
    assert_eq!(windows("qwen2", r#""sliding_window":9,"use_sliding_window":false"#), [None; 2]);
    let used = r#""sliding_window":9,"use_sliding_window":true,"max_window_layers":1"#;
    assert_eq!(windows("qwen2", used), [None, Some(9)]);
    let listed = r#""layer_types":["sliding_attention","full_attention"]"#;
    assert_eq!(windows("qwen2", &format!("{used},{listed}")), [Some(9), None]);
}

#[test]
fn rope_settings_are_found_under_their_old_name_too() {
    let old = r#""rope_theta":5e5,"rope_scaling":{"type":"linear","factor":4.0},"max"#;
    let config = changed("\"max", old).unwrap();
    assert_eq!((config.rope_theta, config.rope_scaling), (5e5, RopeScaling::Linear { factor: 4.0 }));
}
