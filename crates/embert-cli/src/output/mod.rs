//! Lines on their way in, and answers on their way out.

mod answers;
mod parquet;
mod vectors;

use std::{
    io::{BufRead, BufReader, BufWriter, Write, stdout},
    path::Path,
};

use anyhow::Context;
use embert::{checkpoint::write_beside, data::open_bytes};

pub(crate) use self::{
    answers::{Answers, Format, Told},
    parquet::{float, floats, list, text, whole},
    vectors::VectorWriter,
};
use crate::half_written::removed_on_signal;

/// A line, or the news that it is not text.
pub(crate) type Line = Result<String, NotUtf8>;

/// A line that is not UTF-8.
#[derive(Debug)]
pub(crate) struct NotUtf8 {
    name: String,
    number: usize,
}

impl std::fmt::Display for NotUtf8 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, line {}: it is not UTF-8", self.name, self.number)
    }
}

impl std::error::Error for NotUtf8 {}

/// What a file to read is called, in errors.
pub(crate) fn name_of(input: &Path) -> String {
    if input == Path::new("-") { "standard input".to_owned() } else { input.display().to_string() }
}

/// Lets `tell` write a file, whole or not at all, or to standard output.
pub(crate) fn write_to(
    output: Option<&Path>,
    tell: impl FnOnce(&mut (dyn Write + Send)) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let tell = |out: &mut (dyn Write + Send)| {
        tell(out)?;
        Ok(out.flush()?)
    };
    match output {
        Some(path) => {
            // Until it is whole and in its place.
            let mut _removed = None;
            let written = write_beside(path, |file| {
                _removed = file.temporary().map(removed_on_signal);
                tell(&mut BufWriter::new(file))
            });
            written.map_err(|error: anyhow::Error| {
                // One of what is read says so itself.
                let is_of_the_file =
                    error.chain().len() == 1 && error.is::<std::io::Error>() && !is_broken_pipe(&error);
                if is_of_the_file { error.context(path.display().to_string()) } else { error }
            })
        }
        // Its lock is one thread's; a buffer as large as this asks for it seldom.
        None => tell(&mut BufWriter::with_capacity(1 << 16, stdout())),
    }
}

/// Whether somebody who read went away, and wants no more.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let of_io = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    };
    error.chain().any(of_io)
}

/// The lines of a file, compressed or not, or of standard input where it is `-`. A line ends at
/// `\n` alone, so that there are as many results as lines.
pub(crate) fn lines(input: &Path) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Line>> + Send + use<>> {
    let name = name_of(input);
    let mut reader: Box<dyn BufRead + Send> = if input == Path::new("-") {
        Box::new(BufReader::new(std::io::stdin())) // its lock is one thread's
    } else {
        Box::new(BufReader::new(open_bytes(input)?))
    };
    let mut number = 0;
    Ok(std::iter::from_fn(move || {
        let mut line = Vec::new();
        number += 1;
        match reader.read_until(b'\n', &mut line).with_context(|| name.clone()) {
            Ok(0) => None,
            Ok(_) => {
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                Some(Ok(String::from_utf8(line).map_err(|_| NotUtf8 { name: name.clone(), number })))
            }
            Err(error) => Some(Err(error)),
        }
    }))
}

/// Writes a line to standard error. Nobody to read it is no reason to stop.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// An error and its causes in one line, without those that it already tells of.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match told.as_str() {
        "" => cause,
        _ if told.contains(&cause) => told,
        _ => format!("{told}: {cause}"),
    })
}
