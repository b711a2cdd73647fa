//! What every pipeline is: a model, the way to it from texts, and answers in the order of the texts.

use std::{
    path::Path,
    sync::{Arc, mpsc::sync_channel},
};

use embert_core::Batch;

use super::{
    builder::{Builder, Opening},
    reader::{Numbered, Reader, numbered},
    stream::{Ended, Stream},
};
use crate::{
    error::Error,
    schedule::{Sequence, Text},
};

/// What a pipeline does with its inputs. The tasks are embert's own: a pipeline of one is asked, and not the task.
pub trait Task: Sized + Send + Sync + 'static {
    /// What can be chosen when it is opened.
    #[doc(hidden)]
    type Options: Default;
    /// What goes in.
    type Input: Text + 'static;
    /// What comes out.
    type Output: Send + 'static;
    /// What is known of a row beside its tokens.
    #[doc(hidden)]
    type About: Send;
    /// What the model says of a row.
    #[doc(hidden)]
    type Part: Send;

    #[doc(hidden)]
    fn open(of: &Opening<'_>, options: Self::Options) -> Result<Opened<Self>, Error>;

    /// The rows of an input: one, or several where it goes through the model in pieces.
    #[doc(hidden)]
    fn rows(&self, reader: &Reader, input: Numbered<Self::Input>) -> Result<Vec<Sequence<Self::About>>, Error>;

    /// What the model says of each row of a batch.
    #[doc(hidden)]
    fn compute(&self, batch: &Batch, about: &[Self::About]) -> Result<Vec<Self::Part>, Error>;

    /// The answer of an input, of which these are the parts.
    #[doc(hidden)]
    fn output(&self, parts: Vec<Self::Part>) -> Self::Output;
}

/// A task that is ready.
#[doc(hidden)]
pub struct Opened<T> {
    pub(super) task: T,
    pub(super) reader: Reader,
    pub(super) warnings: Vec<String>,
}

/// A model that answers: [`Embedder`](crate::Embedder), [`Classifier`](crate::Classifier) and their sisters.
///
/// It can be shared between threads. A clone is the same model, and not another in memory.
#[derive(Debug)]
pub struct Pipeline<T: Task> {
    opened: Arc<Opened<T>>,
}

impl<T: Task> Clone for Pipeline<T> {
    fn clone(&self) -> Self {
        Self { opened: Arc::clone(&self.opened) }
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Opened<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("task", &self.task).field("warnings", &self.warnings).finish_non_exhaustive()
    }
}

impl<T: Task> Pipeline<T> {
    /// The model in a directory, or of that name on the Hugging Face hub (`organisation/name` or
    /// `organisation/name@revision`), on the best device that is there.
    ///
    /// # Errors
    /// As [`Builder::open`].
    pub fn from_pretrained(model: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder(model).open()
    }

    /// The same, with something to be said of how.
    pub fn builder(model: impl AsRef<Path>) -> Builder<T> {
        Builder::new(model.as_ref())
    }

    pub(super) fn new(opened: Opened<T>) -> Self {
        Self { opened: Arc::new(opened) }
    }

    /// What a person should know of: tensors that were not used, a hub that did not answer.
    pub fn warnings(&self) -> &[String] {
        &self.opened.warnings
    }

    /// How many inputs so far were longer than the model reads, and were cut.
    pub fn cut(&self) -> usize {
        self.opened.reader.cut()
    }

    pub(super) fn task(&self) -> &T {
        &self.opened.task
    }

    /// The answer of each input, in their order.
    ///
    /// # Errors
    /// The first of an input that cannot be encoded.
    pub fn run(&self, inputs: impl IntoIterator<Item = impl Into<T::Input>>) -> Result<Vec<T::Output>, Error> {
        let inputs: Vec<T::Input> = inputs.into_iter().map(Into::into).collect();
        let mut outputs = Vec::with_capacity(inputs.len());
        self.each(inputs.into_iter().map(Ok), |output| {
            outputs.push(output);
            Ok::<_, Error>(())
        })?;
        Ok(outputs)
    }

    /// Gives `sink` the answer of each input, in their order, as they come: of any number of inputs, only some are in
    /// memory at a time (see [`Schedule`](crate::Schedule)). To stop early, `sink` returns an error.
    ///
    /// # Errors
    /// The first of an input that cannot be read, one that cannot be encoded, and `sink`; the answers of the inputs
    /// before have been given then.
    pub fn each<I: Into<T::Input>, E: From<Error> + Send>(
        &self,
        inputs: impl IntoIterator<Item = Result<I, E>, IntoIter: Send>,
        mut sink: impl FnMut(T::Output) -> Result<(), E>,
    ) -> Result<(), E> {
        let Opened { task, reader, .. } = &*self.opened;
        reader.settings.schedule.run(
            numbered(inputs),
            |input| task.rows(reader, input),
            |batch, about| task.compute(batch, about),
            |parts| sink(task.output(parts)),
        )
    }

    /// The answer of each input, in their order, as an iterator: what [`each`](Self::each) gives its sink. A thread of
    /// its own computes a little ahead of who takes them; it ends when the iterator is dropped, as soon as `inputs` has
    /// given the input that it is being asked for.
    ///
    /// After an error nothing comes. On a thread of a rayon pool [`each`](Self::each) is to be used: who waits there
    /// for an answer keeps the pool from computing it.
    pub fn stream<I: Into<T::Input>, E: From<Error> + Send + 'static>(
        &self,
        inputs: impl IntoIterator<Item = Result<I, E>, IntoIter: Send + 'static>,
    ) -> Stream<T::Output, E> {
        /// Answers that wait to be taken.
        const AHEAD: usize = 64;
        let (pipeline, inputs) = (self.clone(), inputs.into_iter());
        let (sender, receiver) = sync_channel(AHEAD);
        let thread = std::thread::spawn(move || {
            let inputs = inputs.map(|input| input.map_err(Ended::By));
            let outcome = pipeline.each(inputs, |output| sender.send(Ok(output)).map_err(|_| Ended::Dropped));
            if let Err(Ended::By(error)) = outcome {
                // Who has dropped the iterator does not ask for errors either.
                let _ = sender.send(Err(error));
            }
        });
        Stream::new(receiver, thread)
    }
}
