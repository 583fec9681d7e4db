//! Somebody's patches: SWE-bench predictions, as JSON lines, a list, or an object by instance.

use std::sync::Arc;

use serde_json::Value;

/// The model of predictions that name none.
const NOBODY: &str = "predictions";

/// A patch for a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prediction {
    /// Where it stands: `line 3`, `entry 2`, or the instance's name.
    pub(super) place: String,
    /// `instance_id`: the task.
    pub(super) task: String,
    /// `model_name_or_path`.
    pub(super) model: String,
    /// `model_patch`; empty where it is null.
    pub(super) patch: Arc<str>,
}

/// What cannot be read, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bad {
    pub(super) place: String,
    pub(super) why: String,
}

/// The predictions of a file, and what of it is none.
pub(super) fn read(text: &str) -> Vec<Result<Prediction, Bad>> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(list)) => {
            (1..).zip(list).map(|(number, value)| one(format!("entry {number}"), &value)).collect()
        }
        Ok(Value::Object(map)) if !map.contains_key("instance_id") => {
            map.into_iter().map(|(id, value)| of_instance(id, value)).collect()
        }
        // Anything else is a file of one line or of many.
        Ok(_) | Err(_) => lines(text),
    }
}

fn lines(text: &str) -> Vec<Result<Prediction, Bad>> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let read = |(number, line): (usize, &str)| {
        let place = format!("line {number}");
        match serde_json::from_str(line) {
            Ok(value) => one(place, &value),
            Err(error) => Err(Bad { place, why: format!("it is no JSON: {error}") }),
        }
    };
    lines.map(read).collect()
}

/// An entry of an object by instance: a prediction without its instance, or the patch alone.
fn of_instance(id: String, value: Value) -> Result<Prediction, Bad> {
    let place = format!("`{id}`");
    let mut value = match value.is_object() {
        true => value,
        false => serde_json::json!({ "model_patch": value }),
    };
    if value.get("instance_id").is_none() {
        value["instance_id"] = Value::String(id);
    }
    one(place, &value)
}

fn one(place: String, value: &Value) -> Result<Prediction, Bad> {
    let bad = |why: &str| Err(Bad { place: place.clone(), why: why.to_owned() });
    let Value::Object(fields) = value else {
        return bad("it is no object with `instance_id` and `model_patch`");
    };
    let Some(Value::String(task)) = fields.get("instance_id") else {
        return bad("it has no `instance_id`, which is a text");
    };
    let patch = match fields.get("model_patch") {
        Some(Value::String(patch)) => patch.as_str().into(),
        Some(Value::Null) => Arc::default(),
        Some(_) => return bad("its `model_patch` is no text"),
        None => return bad("it has no `model_patch`; an empty text is no change"),
    };
    let model = match fields.get("model_name_or_path") {
        Some(Value::String(model)) => model.clone(),
        Some(Value::Null) | None => NOBODY.to_owned(),
        Some(_) => return bad("its `model_name_or_path` is no text"),
    };
    Ok(Prediction { place, task: task.clone(), model, patch })
}

#[cfg(test)]
mod tests {
    use super::{Bad, read};

    fn seen(text: &str) -> Vec<String> {
        let line = |found| match found {
            Ok(super::Prediction { place, task, model, patch }) => format!("{place}: {task} {model} {patch}"),
            Err(Bad { place, why }) => format!("{place}! {why}"),
        };
        read(text).into_iter().map(line).collect()
    }

    #[test]
    fn the_three_shapes_are_read() {
        let one = r#"{"instance_id": "a", "model_name_or_path": "m", "model_patch": "p"}"#;
        assert_eq!(seen(one), ["line 1: a m p"]);
        assert_eq!(seen(&format!("{one}\n\n{one}\n")), ["line 1: a m p", "line 3: a m p"]);
        assert_eq!(seen(&format!("[{one},\n {one}]")), ["entry 1: a m p", "entry 2: a m p"]);
        let map = r#"{"a": {"model_patch": null}, "b": "p"}"#;
        assert_eq!(seen(map), ["`a`: a predictions ", "`b`: b predictions p"]);
    }

    #[test]
    fn what_is_none_is_named() {
        let lines = "{\"instance_id\": 1}\n{\"instance_id\": \"a\"}\n7\n{\"instance_id\": \"a\", \"model_patch\": 7}\nx";
        assert_eq!(
            seen(lines),
            [
                "line 1! it has no `instance_id`, which is a text",
                "line 2! it has no `model_patch`; an empty text is no change",
                "line 3! it is no object with `instance_id` and `model_patch`",
                "line 4! its `model_patch` is no text",
                "line 5! it is no JSON: expected value at line 1 column 1",
            ]
        );
    }
}
