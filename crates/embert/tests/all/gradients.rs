//! Gradients of every parameter against PyTorch's, through each architecture, on every CPU backend.

use crate::support::{TRAINED, step};
use embert::Backend;

fn learns_as_pytorchs_does(architecture: usize) {
    let (case, pair_label) = TRAINED[architecture];
    for backend in [Backend::Flex, Backend::Ndarray] {
        step(case, pair_label, &backend.open().unwrap()).assert_gradients(case);
    }
}

#[test]
fn bert_learns_as_pytorchs_does() {
    learns_as_pytorchs_does(0);
}

#[test]
fn albert_learns_as_pytorchs_does() {
    learns_as_pytorchs_does(1);
}

#[test]
fn roberta_learns_as_pytorchs_does() {
    learns_as_pytorchs_does(2);
}

#[test]
fn distilbert_learns_as_pytorchs_does() {
    learns_as_pytorchs_does(3);
}
