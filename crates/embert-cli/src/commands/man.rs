//! `embert man`.

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, Command};

use super::tree::{all_of, examples_of, program};
use crate::output::write_to;

/// Write the manual: a page for each command, made of its --help.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert man --out man/man1\n",
    "  man --local-file man/man1/embert-pretrain.1",
))]
pub(crate) struct Man {
    /// The folder to write into, which may have other pages; those of the same names are replaced.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Man {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        std::fs::create_dir_all(&self.out).with_context(|| self.out.display().to_string())?;
        for command in all_of(&program()) {
            let (name, page) = page(command.clone())?;
            write_to(Some(&self.out.join(name)), |file| Ok(file.write_all(&page)?))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The name and the text of a command's page.
fn page(mut command: Command) -> std::io::Result<(String, Vec<u8>)> {
    let examples: Vec<String> = examples_of(&command).iter().map(|line| as_typed(line)).collect();
    // Made by the library, it would not say which flags take a value.
    let usage = command.render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage).to_owned();
    // The library fills the lines of examples like any text.
    let man = clap_mangen::Man::new(command.override_usage(usage).after_help(None::<&'static str>));
    let mut page = Vec::new();
    man.render(&mut page)?;
    write!(page, ".SH EXAMPLES\n.nf\n{}\n.fi\n", examples.join("\n"))?;
    Ok((man.get_filename(), page))
}

/// A line of roff that shows `line` sign by sign, and not in finer type.
fn as_typed(line: &str) -> String {
    let sign = |sign: char| match sign {
        '\\' => r"\(rs".to_owned(),
        '-' => r"\-".to_owned(),
        '\'' => r"\(aq".to_owned(),
        '`' => r"\(ga".to_owned(),
        '^' => r"\(ha".to_owned(),
        '~' => r"\(ti".to_owned(),
        sign => sign.to_string(),
    };
    // Nothing, before which a dot is no request.
    let start = r"\&".to_owned();
    std::iter::once(start).chain(line.chars().map(sign)).collect()
}

#[cfg(test)]
mod tests {
    use super::{all_of, as_typed, page, program};

    fn page_of(name: &str) -> String {
        let program = program();
        let command = all_of(&program).into_iter().find(|command| command.get_bin_name() == Some(name)).unwrap();
        String::from_utf8(page(command.clone()).unwrap().1).unwrap()
    }

    #[test]
    fn a_page_is_named_by_all_words_of_its_command() {
        let program = program();
        let names: Vec<String> = all_of(&program).into_iter().map(|command| page(command.clone()).unwrap().0).collect();
        for name in ["embert.1", "embert-fill-mask.1", "embert-data-build.1"] {
            assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
        }
    }

    #[test]
    fn examples_stand_in_a_page_line_by_line() {
        let page = page_of("embert quickstart");
        let expected = ".SH EXAMPLES\n.nf\n\
            \\&embert quickstart\n\\&embert quickstart \\-\\-out runs/first \\-\\-seed 7\n.fi\n";
        assert!(page.ends_with(expected), "{page}");
        assert_eq!(page.matches("runs/first").count(), 1, "{page}");
    }

    #[test]
    fn a_synopsis_says_which_flags_take_a_value() {
        let page = page_of("embert data build");
        for part in ["\\fBembert data build\\fR [OPTIONS] ", " \\-\\-corpus <PATH>... "] {
            assert!(page.contains(part), "{page}");
        }
    }

    #[test]
    fn what_is_to_be_copied_stays_as_it_is_typed() {
        assert_eq!(as_typed(".a-b ~/c 'd' \"e\" \\"), r#"\&.a\-b \(ti/c \(aqd\(aq "e" \(rs"#);
    }
}
