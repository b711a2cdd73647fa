//! What must not stand anywhere.

use super::{Complaints, Source};

/// Words, and why they are not there. They are put together here, so that this file does not have them.
fn words() -> Vec<(String, &'static str)> {
    [
        (["to", "do!("].concat(), "what is not finished is not here"),
        (["unimple", "mented!("].concat(), "what is not finished is not here"),
        (["db", "g!("].concat(), "a debugging aid"),
        (["FIX", "ME"].concat(), "what is known to be wrong is mended"),
        (["/ho", "me/"].concat(), "a path of somebody's machine"),
        (["/ro", "ot/"].concat(), "a path of somebody's machine"),
        (["localhost", ":"].concat(), "an address of somebody's machine"),
    ]
    .into()
}

/// What may not stand in a library outside of its tests: what comes from outside never ends the process.
const IN_LIBRARIES: [(&str, &str); 4] = [
    (".unwrap()", "an error is a type"),
    (".expect(", "an error is a type"),
    ("panic!(", "an error is a type"),
    ("unreachable!(", "a state that cannot be is not written down"),
];

pub(super) fn complaints(sources: &[Source]) -> Complaints {
    let words = words();
    let mut complaints = Vec::new();
    for source in sources {
        let is_library = source.is_library();
        for (number, line) in source.lines() {
            let mut complain = |word: &str, why: &str| {
                complaints.push(format!("{}:{number}: {word:?} must not be there: {why}", source.name()));
            };
            for (word, why) in &words {
                if line.contains(word.as_str()) {
                    complain(word, why);
                }
            }
            let code = line.trim();
            if !is_library || code.starts_with("//") {
                continue;
            }
            for (word, why) in IN_LIBRARIES {
                if code.contains(word) {
                    complain(word, why);
                }
            }
            // `embert-checkpoint` knows no kernels, and reads what is saved.
            let may_read = ["crates/embert-kernels/", "crates/embert-checkpoint/"];
            let may_read = may_read.iter().any(|place| source.name().starts_with(place));
            if !may_read && (code.contains("into_data") || code.contains("into_scalar")) {
                complain("into_data", "what waits for a device is counted, in embert_kernels::read");
            }
            let is_unsafe = code.contains("unsafe {") || code.contains("unsafe fn") || code.contains("unsafe impl");
            if is_unsafe && !source.name().starts_with("crates/embert-kernels/") {
                complain("unsafe", "it is in embert-kernels alone");
            }
        }
    }
    complaints
}
