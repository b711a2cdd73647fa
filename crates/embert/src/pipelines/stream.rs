//! Answers as an iterator.

use std::{panic::resume_unwind, sync::mpsc::Receiver, thread::JoinHandle};

use crate::error::Error;

/// Answers in the order of their inputs: what [`Pipeline::stream`](crate::Pipeline::stream) returns.
#[derive(Debug)]
pub struct Stream<O, E> {
    outputs: Receiver<Result<O, E>>,
    thread: Option<JoinHandle<()>>,
}

/// Why a stream computes no more.
pub(super) enum Ended<E> {
    /// Nobody listens.
    Dropped,
    /// An error, which is told.
    By(E),
}

impl<E: From<Error>> From<Error> for Ended<E> {
    fn from(error: Error) -> Self {
        Self::By(error.into())
    }
}

impl<O, E> Stream<O, E> {
    pub(super) fn new(outputs: Receiver<Result<O, E>>, thread: JoinHandle<()>) -> Self {
        Self { outputs, thread: Some(thread) }
    }
}

impl<O, E> Iterator for Stream<O, E> {
    type Item = Result<O, E>;

    fn next(&mut self) -> Option<Self::Item> {
        let output = self.outputs.recv().ok();
        if output.is_none()
            && let Some(Err(panic)) = self.thread.take().map(JoinHandle::join)
        {
            resume_unwind(panic);
        }
        output
    }
}
