//! Values of a Parquet file's columns, as JSON would have given them.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_schema::DataType;

use crate::lines::LONGEST_LINE;
use crate::value::Value;

/// What a type that is not read is; none of those that are.
pub(super) fn unread(data_type: &DataType) -> Option<String> {
    match data_type {
        DataType::Null | DataType::Boolean | DataType::Utf8 => None,
        number if number.is_integer() || number.is_floating() => None,
        DataType::List(items) => Some(format!("lists of {}", unread(items.data_type())?)),
        DataType::Struct(_) => Some("structs".into()),
        DataType::Map(..) => Some("maps".into()),
        other => Some(other.to_string()),
    }
}

/// Why a value is not taken.
pub(super) struct Unfit {
    pub(super) expected: String,
    pub(super) found: String,
}

/// Reads one value, and its items.
pub(super) struct Reading {
    lossy: bool,
    left: usize, // bytes of text, and items of lists, that it may still have
}

impl Reading {
    pub(super) fn new(lossy: bool) -> Self {
        Self { lossy, left: LONGEST_LINE }
    }

    /// The value at an index of an array, in which strings are bytes.
    pub(super) fn value(&mut self, array: &dyn Array, index: usize) -> Result<Value, Unfit> {
        if array.is_null(index) {
            return Ok(Value::Null);
        }
        let value = match array.data_type() {
            DataType::Null => Some(Value::Null),
            DataType::Boolean => array.as_boolean_opt().map(|array| Value::Bool(array.value(index))),
            DataType::Int8 => native::<Int8Type>(array, index).map(whole),
            DataType::Int16 => native::<Int16Type>(array, index).map(whole),
            DataType::Int32 => native::<Int32Type>(array, index).map(whole),
            DataType::Int64 => native::<Int64Type>(array, index).map(whole),
            DataType::UInt8 => native::<UInt8Type>(array, index).map(whole),
            DataType::UInt16 => native::<UInt16Type>(array, index).map(whole),
            DataType::UInt32 => native::<UInt32Type>(array, index).map(whole),
            DataType::UInt64 => native::<UInt64Type>(array, index).map(whole),
            DataType::Float16 => native::<Float16Type>(array, index).map(|number| Value::Float(number.into())),
            DataType::Float32 => native::<Float32Type>(array, index).map(|number| Value::Float(number.into())),
            DataType::Float64 => native::<Float64Type>(array, index).map(Value::Float),
            DataType::Binary => match array.as_binary_opt::<i32>() {
                Some(array) => Some(self.text(array.value(index))?),
                None => None,
            },
            DataType::List(_) => match array.as_list_opt::<i32>() {
                Some(array) => Some(self.list(&array.value(index))?),
                None => None,
            },
            _ => None,
        };
        value.ok_or_else(|| Unfit { expected: READ.into(), found: array.data_type().to_string() })
    }

    fn text(&mut self, bytes: &[u8]) -> Result<Value, Unfit> {
        self.take(bytes.len())?;
        match str::from_utf8(bytes) {
            Ok(text) => Ok(Value::Text(text.to_owned())),
            Err(_) if self.lossy => Ok(Value::Text(String::from_utf8_lossy(bytes).into_owned())),
            Err(error) => Err(Unfit {
                expected: "bytes of UTF-8".into(),
                found: format!("others from byte {} on", error.valid_up_to()),
            }),
        }
    }

    fn list(&mut self, items: &dyn Array) -> Result<Value, Unfit> {
        self.take(items.len())?;
        (0..items.len()).map(|index| self.value(items, index)).collect::<Result<_, _>>().map(Value::List)
    }

    fn take(&mut self, size: usize) -> Result<(), Unfit> {
        let unfit =
            || Unfit { expected: format!("at most {LONGEST_LINE} bytes of text, or items"), found: "more".into() };
        self.left = self.left.checked_sub(size).ok_or_else(unfit)?;
        Ok(())
    }
}

/// What is read, for an error.
pub(super) const READ: &str = "strings, numbers, booleans or lists of them";

fn native<T: ArrowPrimitiveType>(array: &dyn Array, index: usize) -> Option<T::Native> {
    Some(array.as_primitive_opt::<T>()?.value(index))
}

/// A whole number; one that 64 bits with a sign do not hold is a float, as of JSON.
fn whole(number: impl Into<i128>) -> Value {
    let number = number.into();
    i64::try_from(number).map_or(Value::Float(number as f64), Value::Integer)
}
