//! What is told of a fine-tuning.
