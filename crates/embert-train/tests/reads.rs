//! What is asked back from a device, which waits for every read. One test, since the whole process's reads are counted.

#[path = "all/common/mod.rs"]
mod common;

use burn::tensor::Device;
use common::{config, objective, settings, source, start};
use embert_core::{Batch, BertModel, ForInference, Pass};
use embert_kernels::{ComputeType, reads};
use embert_train::{Alone, Error, Event, Material, Training};

#[test]
fn a_device_is_asked_for_numbers_when_somebody_is_told_them_and_not_before() {
    let device = Device::flex();
    let model = BertModel::new(&config(0.0), &device, 1).for_inference(ComputeType::F32).unwrap();
    let batch = Batch::new(vec![1; 9], vec![0; 9], vec![4, 5]).unwrap();
    model.forward(&batch, &mut Pass::inference()).unwrap();
    assert_eq!(reads(), 0, "a forward pass");

    // Pieces of one example each; nothing is told of but every tenth step, and the end.
    let settings = Training {
        schedule: embert_train::Schedule::linear(20, 1),
        micro_batch_tokens: 1,
        log_every: 10,
        validate_every: 20,
        save_every: 20,
        ..settings()
    };
    let (training, held_out) = (source(20), source(5));
    let objective = objective();
    let devices = [device];
    let material =
        Material { objective: &objective, training: &training, held_out: &held_out, devices: &devices, ranks: &Alone };
    let mut steps = Vec::new();
    let mut before = reads();
    let on_event = |event: Event<'_, _>| {
        match event {
            Event::Batch { .. } => steps.push((reads() - before, 0)),
            Event::Step(_) => steps.push((reads() - before, 1)),
            Event::Validated { .. } | Event::Save(_) => {}
        }
        before = reads();
        Ok::<(), Error>(())
    };
    settings.run(start(&settings, 0.1), material, on_event, || false).unwrap();
    let told: Vec<u64> = steps.iter().filter(|(_, told)| *told == 1).map(|(reads, _)| *reads).collect();
    assert_eq!(told, [1, 1], "a report");
    let between: u64 = steps.iter().filter(|(_, told)| *told == 0).map(|(reads, _)| *reads).sum();
    assert_eq!((between, steps.len()), (0, 22), "the steps between");
}
