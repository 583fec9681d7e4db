//! The lists within a turn as JSON: numbers come back to the bit, also those that JSON has no words for.

use serde_json::{Value, json};

/// A number: `null` is no number, `"inf"` and `"-inf"` are endless.
pub(crate) fn number(number: f64) -> Value {
    if number.is_nan() {
        Value::Null
    } else if number.is_infinite() {
        json!(if number > 0.0 { "inf" } else { "-inf" })
    } else {
        json!(number)
    }
}

/// The number that [`number`] wrote; `None` for anything else.
pub(crate) fn to_number(value: &Value) -> Option<f64> {
    match value {
        Value::Null => Some(f64::NAN),
        Value::String(word) if word == "inf" => Some(f64::INFINITY),
        Value::String(word) if word == "-inf" => Some(f64::NEG_INFINITY),
        Value::Number(number) => number.as_f64(),
        Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number that may be missing, as `null`; one that is no number is missing as well.
pub(crate) fn optional(value: Option<f64>) -> Value {
    value.map_or(Value::Null, number)
}

/// The number that [`optional`] wrote; the inner `None` for `null`, the outer one for anything else.
pub(crate) fn to_optional(value: &Value) -> Option<Option<f64>> {
    if value.is_null() { Some(None) } else { to_number(value).map(Some) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};
    use serde_json::Value;

    use super::{number, optional, to_number, to_optional};

    proptest! {
        #[test]
        fn a_number_comes_back_to_the_bit(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            let text = number(value).to_string();
            let back = to_number(&serde_json::from_str::<Value>(&text).unwrap()).unwrap();
            assert!(back.to_bits() == bits || (value.is_nan() && back.is_nan()), "{text}");
        }
    }

    #[test]
    fn a_missing_number_is_null() {
        assert_eq!(to_optional(&optional(None)), Some(None));
        assert_eq!(to_optional(&optional(Some(0.5))), Some(Some(0.5)));
        assert_eq!(to_optional(&Value::Bool(true)), None);
    }
}
