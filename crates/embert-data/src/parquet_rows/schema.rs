//! The columns that a Parquet file has, and what of them is read.

use std::sync::Arc;

use arrow_schema::DataType;
use parquet::arrow::{ProjectionMask, parquet_to_arrow_schema_by_columns};
use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as PhysicalType};
use parquet::errors::ParquetError;
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

/// A column, or a field of one that is a struct.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) root: usize, // among the file's columns
    pub(super) field: Option<String>,
}

/// The columns of a file. A struct stands for its fields, `answers.text`, as the `datasets` library flattens it.
pub(super) fn columns(schema: &SchemaDescriptor) -> Vec<Column> {
    let column = |(root, column): (usize, &TypePtr)| {
        let name = column.name();
        if !is_struct(column) {
            return vec![Column { name: name.to_owned(), root, field: None }];
        }
        let fields = column.get_fields().iter().map(|field| field.name().to_owned());
        fields.map(|field| Column { name: format!("{name}.{field}"), root, field: Some(field) }).collect()
    };
    schema.root_schema().get_fields().iter().enumerate().flat_map(column).collect()
}

/// Whether a type is a group that is neither a list nor a map.
fn is_struct(of: &Type) -> bool {
    let info = of.get_basic_info();
    of.is_group()
        && info.converted_type() == ConvertedType::NONE
        && info.logical_type_ref().is_none()
        && info.has_repetition()
        && info.repetition() != Repetition::REPEATED
}

impl Column {
    /// The leaves of the file's schema that hold this column's values.
    pub(super) fn leaves(&self, schema: &SchemaDescriptor) -> Vec<usize> {
        let is_own = |leaf: &usize| {
            let of_field = |field| schema.column(*leaf).path().parts().get(1) == Some(field);
            schema.get_column_root_idx(*leaf) == self.root && self.field.as_ref().is_none_or(of_field)
        };
        (0..schema.num_columns()).filter(is_own).collect()
    }

    /// The type of its values; none for a struct without a field.
    pub(super) fn data_type(&self, schema: &SchemaDescriptor) -> Result<Option<DataType>, ParquetError> {
        let only = ProjectionMask::leaves(schema, self.leaves(schema));
        let schema = parquet_to_arrow_schema_by_columns(schema, only, None)?;
        let column = schema.fields().first().map(|column| column.data_type());
        let data_type = match column {
            Some(DataType::Struct(fields)) if self.field.is_some() => fields.first().map(|field| field.data_type()),
            other => other,
        };
        Ok(data_type.cloned())
    }
}

/// The schema with bytes where the columns of these indices have strings.
pub(super) fn with_bytes(schema: &SchemaDescriptor, roots: &[usize]) -> Result<Arc<SchemaDescriptor>, ParquetError> {
    let root = schema.root_schema();
    let mut fields = root.get_fields().to_vec();
    for index in roots {
        if let Some(field) = fields.get_mut(*index) {
            *field = as_bytes(field)?;
        }
    }
    let root = Type::group_type_builder(root.name()).with_fields(fields).build()?;
    Ok(Arc::new(SchemaDescriptor::new(Arc::new(root))))
}

fn as_bytes(of: &TypePtr) -> Result<TypePtr, ParquetError> {
    let info = of.get_basic_info();
    let changed = if of.is_group() {
        let group = Type::group_type_builder(of.name())
            .with_converted_type(info.converted_type())
            .with_logical_type(info.logical_type_ref().cloned())
            .with_repetition(info.repetition());
        group.with_fields(of.get_fields().iter().map(as_bytes).collect::<Result<_, _>>()?).build()?
    } else if is_string(of) {
        let bytes = Type::primitive_type_builder(of.name(), PhysicalType::BYTE_ARRAY);
        bytes.with_repetition(info.repetition()).build()?
    } else {
        return Ok(Arc::clone(of));
    };
    Ok(Arc::new(changed))
}

/// Whether the library takes values of a type for strings.
fn is_string(of: &Type) -> bool {
    let info = of.get_basic_info();
    let is_named = match info.logical_type_ref() {
        Some(logical) => matches!(logical, LogicalType::String | LogicalType::Json),
        None => matches!(info.converted_type(), ConvertedType::UTF8 | ConvertedType::JSON),
    };
    is_named && of.get_physical_type() == PhysicalType::BYTE_ARRAY
}
