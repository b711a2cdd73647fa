//! The sum of all ranks' gradients.

use std::collections::HashMap;

use burn::{
    module::{Module, ModuleVisitor, Param, ParamId},
    optim::GradientsParams,
    tensor::{Device, Tensor, TensorData},
};
use embert_kernels::read_floats;

use super::Ranks;
use crate::error::Error;

/// Numbers that are summed together, about: 16 MiB of them. Of fewer at a time, the way there and back counts; of more,
/// memory.
const BUCKET: usize = 4 << 20;

/// The sum of the ranks' `gradients` of `model`, on each rank, by way of the host's memory, and its norm, `[1]`, as
/// [`global_norm`](crate::global_norm) has it. A parameter of which no rank has a gradient has none.
///
/// The norm is of the numbers that all have: taken on each rank's device, it could be another where kernels are.
///
/// Buckets are runs of parameters in the model's order, so that each holds the same at every step and on every rank. They
/// begin when the backward pass is over: Burn hands out gradients only then.
///
/// # Errors
/// Where gradients cannot be read from the device, or the other ranks cannot be reached.
pub(crate) fn sum_gradients<M: Module>(
    model: &M,
    mut gradients: GradientsParams,
    ranks: &dyn Ranks,
) -> Result<(GradientsParams, Option<Tensor<1>>), Error> {
    let Some(device) = model.devices().into_iter().next() else { return Ok((gradients, None)) };
    let mut take = Take { gradients: &mut gradients, rows: Vec::new() };
    model.visit(&mut take);
    let rows = take.rows;
    let mut owners: Vec<f32> = rows.iter().map(|row| f32::from(row.gradient.is_some())).collect();
    ranks.sum(&mut owners)?;
    let rows: Vec<Row> = rows.into_iter().zip(owners).filter(|&(_, owners)| owners > 0.0).map(|(row, _)| row).collect();

    let has_gradients = !rows.is_empty();

    let (mut summed, mut squares) = (HashMap::new(), 0.0);
    let mut bucket = Bucket::default();
    let mut sum = |mut bucket: Bucket| -> Result<(), Error> {
        let numbers = bucket.sum(ranks)?;
        squares += numbers.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>();
        summed.extend(rows_of(&bucket.parameters, &numbers, &device));
        Ok(())
    };
    for row in rows {
        bucket.push(row)?;
        if bucket.numbers.len() >= BUCKET {
            sum(std::mem::take(&mut bucket))?;
        }
    }
    sum(bucket)?;
    let mut put = Put { gradients: &mut gradients, summed };
    model.visit(&mut put);
    let norm = has_gradients.then(|| Tensor::from_data([squares.sqrt() as f32], &device));
    Ok((gradients, norm))
}

/// The parameters' gradients, which stand one after another in `numbers`.
fn rows_of(parameters: &[(ParamId, usize)], mut numbers: &[f32], device: &Device) -> Vec<(ParamId, Tensor<1>)> {
    let row = |&(id, length): &(ParamId, usize)| {
        let (row, rest) = numbers.split_at_checked(length)?;
        numbers = rest;
        Some((id, Tensor::from_data(TensorData::new(row.to_vec(), [length]), device)))
    };
    parameters.iter().filter_map(row).collect()
}

/// A parameter's gradient, as one row.
struct Row {
    id: ParamId,
    length: usize,
    gradient: Option<Tensor<1>>,
}

#[derive(Default)]
struct Bucket {
    parameters: Vec<(ParamId, usize)>,
    numbers: Vec<f32>,
}

impl Bucket {
    fn push(&mut self, row: Row) -> Result<(), Error> {
        self.parameters.push((row.id, row.length));
        match row.gradient {
            Some(gradient) if self.numbers.is_empty() => self.numbers = read_floats(gradient)?,
            Some(gradient) => self.numbers.extend(read_floats(gradient)?),
            None => self.numbers.resize(self.numbers.len() + row.length, 0.0),
        }
        Ok(())
    }

    fn sum(&mut self, ranks: &dyn Ranks) -> Result<Vec<f32>, Error> {
        let mut numbers = std::mem::take(&mut self.numbers);
        ranks.sum(&mut numbers)?;
        Ok(numbers)
    }
}

struct Take<'a> {
    gradients: &'a mut GradientsParams,
    rows: Vec<Row>,
}

impl ModuleVisitor for Take<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = self.gradients.remove::<D>(param.id).map(|gradient| gradient.flatten(0, D - 1));
        self.rows.push(Row { id: param.id, length: param.shape().num_elements(), gradient });
    }
}

struct Put<'a> {
    gradients: &'a mut GradientsParams,
    summed: HashMap<ParamId, Tensor<1>>,
}

impl ModuleVisitor for Put<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(row) = self.summed.remove(&param.id) {
            self.gradients.register::<D>(param.id, row.reshape(param.shape()));
        }
    }
}
