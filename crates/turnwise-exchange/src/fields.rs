//! An object whose known keys are taken out one by one; what is left was not understood and is kept.
//!
//! A known key with a value of another kind than it should have is left as well: a stranger's oddity is no reason to
//! refuse the file.

use serde_json::{Map, Value};

/// What is left of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// The keys of a value, if it is an object.
    pub(crate) fn of(value: Value) -> Option<Self> {
        if let Value::Object(map) = value { Some(Self(map)) } else { None }
    }

    /// The keys of an object.
    pub(crate) fn from_map(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// What nobody took.
    pub(crate) fn left(self) -> Map<String, Value> {
        self.0
    }

    /// Whether the key is there, `null` or not.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Looks at a value without taking it.
    pub(crate) fn get(&self, key: &str) -> &Value {
        self.0.get(key).unwrap_or(&Value::Null)
    }

    /// Takes a text.
    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        let value = self.take(key, Value::is_string)?;
        if let Value::String(text) = value { Some(text) } else { None }
    }

    /// Takes a text, or a number as text.
    pub(crate) fn word(&mut self, key: &str) -> Option<String> {
        let value = self.take(key, |value| value.is_string() || value.is_number())?;
        Some(if let Value::String(text) = value { text } else { value.to_string() })
    }

    /// Takes a count, also one written as `3.0`.
    pub(crate) fn count(&mut self, key: &str) -> Option<u64> {
        let value = self.take(key, |value| whole(value).is_some())?;
        whole(&value)
    }

    /// Takes a count that fits a turn limit.
    pub(crate) fn small(&mut self, key: &str) -> Option<u32> {
        let fits = |value: &Value| whole(value).and_then(|count| u32::try_from(count).ok());
        let value = self.take(key, |value| fits(value).is_some())?;
        fits(&value)
    }

    /// Takes a whole number that fits.
    pub(crate) fn integer<T: TryFrom<i64>>(&mut self, key: &str) -> Option<T> {
        let fits = |value: &Value| value.as_i64().and_then(|number| T::try_from(number).ok());
        let value = self.take(key, |value| fits(value).is_some())?;
        fits(&value)
    }

    /// Takes a number.
    pub(crate) fn number(&mut self, key: &str) -> Option<f64> {
        self.take(key, |value| value.as_f64().is_some_and(f64::is_finite))?.as_f64()
    }

    /// Takes a yes or no.
    pub(crate) fn flag(&mut self, key: &str) -> Option<bool> {
        self.take(key, Value::is_boolean)?.as_bool()
    }

    /// Takes a list.
    pub(crate) fn list(&mut self, key: &str) -> Option<Vec<Value>> {
        let value = self.take(key, Value::is_array)?;
        if let Value::Array(list) = value { Some(list) } else { None }
    }

    /// Takes an object.
    pub(crate) fn object(&mut self, key: &str) -> Option<Self> {
        self.take(key, Value::is_object).and_then(Self::of)
    }

    /// Gives back what is left of an object that was taken.
    pub(crate) fn put_back(&mut self, key: &str, rest: Self) {
        if !rest.0.is_empty() {
            self.0.insert(key.to_owned(), Value::Object(rest.0));
        }
    }

    /// Takes whatever is there, but for `null`.
    pub(crate) fn any(&mut self, key: &str) -> Option<Value> {
        self.take(key, |_| true)
    }

    /// Takes the value if it is as wanted; a `null` of a known key says nothing and goes.
    fn take(&mut self, key: &str, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
        let value = self.0.get(key)?;
        if value.is_null() {
            self.0.shift_remove(key);
            return None;
        }
        if wanted(value) { self.0.shift_remove(key) } else { None }
    }
}

/// The largest whole number that every reader of JSON understands is 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is whole, and within what is exact"
)]
fn whole(value: &Value) -> Option<u64> {
    let fraction =
        |number: f64| ((0.0..=EXACT).contains(&number) && number.fract() == 0.0).then_some(number as u64);
    value.as_u64().or_else(|| value.as_f64().and_then(fraction))
}
