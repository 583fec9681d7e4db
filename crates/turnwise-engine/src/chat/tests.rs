//! Conversations rendered as Hugging Face transformers renders them: `tests/chat/reference.py` wrote what is expected.

use std::{fs, path::Path};

use serde_json::Value;
use turnwise_core::{Message, Role, Style, Tool, ToolCall};

use super::ChatTemplate;
use crate::{ArtifactBytes, Family, LoadError, fixture, tokenizer::SpecialTokens};

fn template(source: &str) -> Result<ChatTemplate, LoadError> {
    let artifacts = ArtifactBytes {
        chat_template: Some(source.as_bytes().to_vec().into()),
        ..fixture::checkpoint(&fixture::config(Family::Qwen3))
    };
    ChatTemplate::load(&artifacts, SpecialTokens { bos: "<s>".into(), eos: "</s>".into() })
}

fn message(said: &Value) -> Message {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let known = [Role::System, Role::User, Role::Assistant, Role::Tool];
    let role = known.into_iter().find(|role| role.as_str() == said["role"]).unwrap();
    let call = |call: &Value| ToolCall {
        id: text(&call["id"]),
        name: text(&call["name"]),
        arguments: text(&call["arguments"]),
    };
    Message {
        role,
        content: text(&said["content"]),
        tool_calls: said["tool_calls"].as_array().into_iter().flatten().map(call).collect(),
        tool_call_id: said["tool_call_id"].as_str().map(str::to_owned),
    }
}

fn style(conversation: &Value) -> Style {
    let parameters = r#"{"type": "object", "properties": {"command": {"type": "string",
        "description": "The bash <command> to exécute"}}, "required": ["command"]}"#;
    let bash = Tool {
        name: "bash".into(),
        description: "Execute a bash command".into(),
        parameters: parameters.into(),
    };
    let tools = if conversation["tools"] == true { vec![bash] } else { Vec::new() };
    Style { tools, enable_thinking: conversation["enable_thinking"].as_bool(), ..Style::PLAIN }
}

/// What is rendered otherwise than in `renderings.json` of the folder, and how many renderings there are.
fn differences(folder: &Path) -> (Vec<String>, usize) {
    let here = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/chat"));
    let read = |path: &Path| serde_json::from_str::<Value>(&fs::read_to_string(path).unwrap()).unwrap();
    let conversations = read(&here.join("conversations.json"));
    let mut wrong = Vec::new();
    let mut count = 0;
    for (model, renderings) in read(&folder.join("renderings.json")).as_object().unwrap() {
        let source = fs::read_to_string(folder.join(format!("{model}.jinja"))).unwrap();
        let template = match template(&source) {
            Ok(template) => template,
            Err(error) => {
                wrong.push(format!("{model}: {error:?}"));
                continue;
            }
        };
        for (name, conversation) in conversations.as_object().unwrap() {
            let messages: Vec<Message> =
                conversation["messages"].as_array().unwrap().iter().map(message).collect();
            let rendered = template.render(&messages, &style(conversation));
            count += 1;
            let expected = &renderings[name];
            let same = match &rendered {
                Ok(ours) => expected.as_str() == Some(ours),
                Err(_) => expected["refused"].is_string(),
            };
            if !same && !expected.is_null() {
                wrong.push(format!("{model}, {name}:\n{rendered:?}\nis not\n{expected}"));
            }
        }
    }
    (wrong, count)
}

#[test]
fn templates_are_rendered_as_transformers_does() {
    let (wrong, count) = differences(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/chat/templates")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert_eq!(count, 55);
}

/// Templates of real models, where a folder of them is named: they are not ours to ship.
#[test]
fn templates_of_real_models_are_rendered_as_transformers_does() {
    let Some(folder) = std::env::var_os("TURNWISE_CHAT_TEMPLATES") else { return };
    let (wrong, count) = differences(Path::new(&folder));
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn a_template_may_refuse() {
    let refusing = template("{{ raise_exception('no system role') }}").unwrap();
    assert!(refusing.render(&[], &Style::PLAIN).is_err());
}

#[test]
fn a_template_that_knows_tools_is_told_from_one_that_does_not() {
    let knows = |source| template(source).unwrap().knows_tools();
    assert!(knows("{% if tools %}{{ tools | tojson }}{% endif %}"));
    assert!(!knows("{% for message in messages %}{{ message.content }}{% endfor %}"));
}
