//! A model that starts as a part of another.

use std::collections::HashMap;

use burn::module::Module;

use crate::{error::Error, load::fill, parameters::shapes, save::values_by_path};

/// Gives `student` what it has in common with `teacher`: its layer 0 is the
/// teacher's layer `layers[0]`, and so on, and what stands outside of layers
/// is the same. What only one of the two has is left as it is.
///
/// # Errors
/// Where a parameter of the two has not the same shape, or the teacher's
/// device does not give its values back.
pub fn take_layers<S: Module>(teacher: &impl Module, student: S, layers: &[usize]) -> Result<S, Error> {
    let mut of_student = HashMap::new();
    let (teachers, students) = (shapes(teacher), shapes(&student));
    let differs = |teacher: &str, student: &str| match (teachers.get(teacher), students.get(student)) {
        (Some(found), Some(expected)) if found != expected => {
            Err(Error::Student { parameter: student.to_owned(), found: found.clone(), expected: expected.clone() })
        }
        _ => Ok(()),
    };
    for (path, values) in values_by_path(teacher)? {
        match path.split_once(".layer.").and_then(|(before, rest)| Some((before, rest.split_once('.')?))) {
            None => {
                differs(&path, &path)?;
                of_student.insert(path, values);
            }
            Some((before, (number, rest))) => {
                let is_taken = |&(_, layer): &(usize, &usize)| layer.to_string() == number;
                for (own, _) in layers.iter().enumerate().filter(is_taken) {
                    let own = format!("{before}.layer.{own}.{rest}");
                    differs(&path, &own)?;
                    of_student.insert(own, values.clone());
                }
            }
        }
    }
    Ok(fill(student, of_student))
}
