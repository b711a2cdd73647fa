//! Reading and writing files: text that must be UTF-8, JSON, and writes that are never seen half done.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Error;

/// A whole text file; a byte-order mark at its start is not part of the text.
pub(crate) fn read_text(file: &Path) -> Result<String, Error> {
    let bytes = fs::read(file).map_err(|source| Error::io(file, source))?;
    let text = String::from_utf8(bytes)
        .map_err(|error| Error::NotUtf8 { file: file.to_path_buf(), position: error.utf8_error().valid_up_to() })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// A whole JSON file.
pub(crate) fn read_json(file: &Path) -> Result<Value, Error> {
    serde_json::from_str(&read_text(file)?).map_err(|source| Error::Json { file: file.to_path_buf(), source })
}

/// The lines of a text file. Only `\n` (or `\r\n`) ends a line: a vocabulary may hold U+2028 or a form feed as a token.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let lines = if text.is_empty() { None } else { Some(body.split('\n')) };
    lines.into_iter().flatten().map(|line| line.strip_suffix('\r').unwrap_or(line))
}

/// Writes beside `file` and then renames, so that a reader sees the old content or the new one and never a part.
pub(crate) fn write(file: &Path, content: &[u8]) -> Result<(), Error> {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part: PathBuf = file.with_file_name(name);
    let written = fs::File::create(&part)
        .and_then(|mut out| {
            out.write_all(content)?;
            out.sync_all()
        })
        .and_then(|()| fs::rename(&part, file));
    written.map_err(|source| {
        // What is left of a failed write is of no use to anyone; the error that matters is the first one.
        let _ = fs::remove_file(&part);
        Error::io(file, source)
    })
}
