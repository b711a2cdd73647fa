//! What do the fused operations take, beside the plain ones that define them?

#![allow(missing_docs, reason = "criterion_group! makes items without any")]

use burn::tensor::{Device, Distribution, Tensor};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use embert::kernels::{
    Activation, AttentionPlan, ComputeType, CpuLevel, Lookup, PackedLinear, add_layer_norm, attention, embed,
    keep_freed_memory, linear, negative_log_likelihood,
};

const HIDDEN_SIZE: usize = 768;

fn random<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex())
}

/// `fused` as it is, and with the plain operations.
fn compare<const D: usize>(criterion: &mut Criterion, name: &str, tokens: usize, fused: impl Fn() -> Tensor<D>) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).throughput(Throughput::Elements(tokens as u64));
    group.bench_function(BenchmarkId::new("embert", tokens), |bencher| bencher.iter(&fused));
    group.bench_function(BenchmarkId::new("plain", tokens), |bencher| {
        CpuLevel::Plain.scope(|| bencher.iter(&fused));
    });
}

fn products(criterion: &mut Criterion) {
    keep_freed_memory();
    for (tokens, inputs, outputs) in [(16, 768, 768), (1024, 768, 768), (1024, 768, 3072), (1024, 3072, 768)] {
        let mut group = criterion.benchmark_group(format!("{tokens}x{inputs}x{outputs}"));
        // A multiplication and an addition for each cell and input.
        let flop = 2 * tokens * inputs * outputs;
        group.sample_size(10).throughput(Throughput::Elements(flop as u64));
        let (x, weight, bias) = (random([tokens, inputs]), random([outputs, inputs]), random([outputs]));
        for compute in ComputeType::PACKED {
            let packed = PackedLinear::new(weight.clone(), bias.clone(), compute).expect("flex has a packed form");
            group.bench_function(BenchmarkId::new("embert", compute), |bencher| {
                bencher.iter(|| packed.forward(x.clone(), None));
            });
        }
        group.bench_function(BenchmarkId::new("gemm", ComputeType::F32), |bencher| {
            bencher.iter(|| linear(x.clone(), weight.clone(), Some(bias.clone())));
        });
    }
}

fn operations(criterion: &mut Criterion) {
    for lengths in [vec![16], vec![128; 8], (0..32).map(|row| 5 + row * 123 / 31).collect()] {
        let tokens: usize = lengths.iter().sum();
        let projections = [(); 3].map(|()| random([tokens, HIDDEN_SIZE]));
        let plan = AttentionPlan::new(&lengths, &[], &Device::flex());
        compare(criterion, "attention", tokens, || attention(projections.clone(), &plan, 12, None));
    }
    for tokens in [16, 1024] {
        let (x, residual) = (random([tokens, HIDDEN_SIZE]), random([tokens, HIDDEN_SIZE]));
        let (weight, bias) = (random([HIDDEN_SIZE]), random([HIDDEN_SIZE]));
        compare(criterion, "residual and LayerNorm", tokens, || {
            add_layer_norm(residual.clone(), x.clone(), weight.clone(), bias.clone(), 1e-12)
        });
        let tables = [30_522, 512, 2].map(|size| random([size, HIDDEN_SIZE]));
        let ids: Vec<u32> = (0..tokens as u32).collect();
        let zeros = vec![0; tokens];
        compare(criterion, "embedding and LayerNorm", tokens, || {
            let [words, positions, segments] = tables.clone();
            let lookups =
                [(words, &ids), (positions, &zeros), (segments, &zeros)].map(|(table, ids)| Lookup { table, ids });
            let [words, positions, segments] = lookups;
            embed(words, positions, Some(segments), weight.clone(), bias.clone(), 1e-12)
        });
        let wide = random([tokens, 4 * HIDDEN_SIZE]);
        compare(criterion, "GELU", tokens, || Activation::Gelu.forward(wide.clone()));
    }
    let logits = random([300, 30_522]);
    let targets: Vec<u32> = (0..300).collect();
    compare(criterion, "likelihood of a word", 300, || negative_log_likelihood(logits.clone(), &targets));
}

criterion_group!(benches, products, operations);
criterion_main!(benches);
