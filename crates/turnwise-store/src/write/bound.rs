//! Statements and the values of their `?`s.

use sqlx::{Arguments, sqlite::SqliteArguments};

/// One value.
#[derive(Clone, Debug)]
pub(crate) enum Bound {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// Values in the order of their `?`s.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bindings(Vec<Bound>);

/// Statements, each ended by `;`, and their values.
#[derive(Debug)]
pub(crate) struct Script {
    /// The statements.
    pub(crate) sql: String,
    /// Their values.
    pub(crate) bindings: Bindings,
}

impl Script {
    /// A script without values.
    pub(crate) fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), bindings: Bindings::default() }
    }

    /// This and then the next.
    pub(crate) fn then(mut self, next: Self) -> Self {
        self.sql.push_str(&next.sql);
        Self { sql: self.sql, bindings: self.bindings.then(next.bindings) }
    }
}

impl Bindings {
    /// Adds the value of the next `?`.
    pub(crate) fn bind(&mut self, value: impl Into<Bound>) -> &mut Self {
        self.0.push(value.into());
        self
    }

    /// These and then the next.
    pub(crate) fn then(mut self, next: Self) -> Self {
        self.0.extend(next.0);
        self
    }

    /// The values as sqlx takes them.
    pub(crate) fn arguments(self) -> Result<SqliteArguments, sqlx::Error> {
        let mut arguments = SqliteArguments::default();
        arguments.reserve(self.0.len(), 0);
        for value in self.0 {
            match value {
                Bound::Null => arguments.add(None::<i64>),
                Bound::Integer(value) => arguments.add(value),
                Bound::Real(value) => arguments.add(value),
                Bound::Text(value) => arguments.add(value),
                Bound::Blob(value) => arguments.add(value),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }
}

impl<T: Into<Self>> From<Option<T>> for Bound {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! bound {
    ($($from:ty => $to:expr;)*) => {
        $(impl From<$from> for Bound {
            fn from(value: $from) -> Self {
                $to(value)
            }
        })*
    };
}
bound! {
    i64 => Self::Integer;
    i32 => |value| Self::Integer(i64::from(value));
    u32 => |value| Self::Integer(i64::from(value));
    u64 => |value: u64| Self::Integer(value.cast_signed());
    bool => |value| Self::Integer(i64::from(value));
    f64 => Self::Real;
    String => Self::Text;
    &'static str => |value: &str| Self::Text(value.to_owned());
    Vec<u8> => Self::Blob;
}
