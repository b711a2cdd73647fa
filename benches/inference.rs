//! How long does a forward pass take, and what does padding that is not
//! computed save?

#![allow(missing_docs, reason = "criterion_group! makes items without any")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use embert::{
    Backend,
    core::{BertConfig, BertModel, ComputeType, ForInference, Pass},
};
use embert_benches::batch;

fn forward(criterion: &mut Criterion) {
    let device = Backend::Flex.open().expect("flex is compiled in");
    let config = BertConfig::preset("bert-mini").expect("a preset");
    let ragged: Vec<usize> = (0..32).map(|row| 5 + row * 123 / 31).collect();
    for (name, lengths) in [
        ("1x16", vec![16]),
        ("1x128", vec![128]),
        ("8x128", vec![128; 8]),
        ("32 of 5 to 128", ragged),
        ("32x128", vec![128; 32]),
    ] {
        let batch = batch(&lengths);
        let mut group = criterion.benchmark_group(format!("bert-mini {name}"));
        group.sample_size(10).throughput(Throughput::Elements(batch.tokens() as u64));
        for compute in ComputeType::PACKED {
            let model = BertModel::new(&config, &device, 0).for_inference(compute).expect("flex has packed forms");
            group.bench_function(compute.to_string(), |bencher| {
                bencher.iter(|| {
                    let output = model.forward(&batch, &mut Pass::inference()).expect("the ids are the model's");
                    output.last_hidden_state.into_data()
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, forward);
criterion_main!(benches);
