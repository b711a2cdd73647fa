//! The tree of the commands, as shells, the manual and tests walk it.

use clap::{Command, CommandFactory};

use super::Cli;

/// What the examples stand under, at the end of a command's --help.
const EXAMPLES: &str = "Examples:\n";

/// The program, whose commands know their full names.
pub(super) fn program() -> Command {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    program
}

/// A command, and all below it.
pub(super) fn all_of(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().filter(|below| !below.is_hide_set());
    [command].into_iter().chain(below.flat_map(all_of)).collect()
}

/// The examples of a command, a line each.
pub(super) fn examples_of(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let examples = help.strip_prefix(EXAMPLES).unwrap_or_default();
    examples.lines().map(|line| line.trim_start().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use clap::{Command, Parser, error::ErrorKind};

    use super::{Cli, all_of, examples_of, program};

    /// `embert data build`.
    fn name_of(command: &Command) -> &str {
        command.get_bin_name().unwrap_or(command.get_name())
    }

    /// The words that a shell would hand to the program, up to where input and output go.
    fn words(line: &str) -> Vec<String> {
        let mut words = Vec::new();
        for (index, part) in line.split('"').enumerate() {
            match index % 2 {
                1 => words.push(part.to_owned()),
                _ => words.extend(part.split_whitespace().map(str::to_owned)),
            }
        }
        words.split(|word| ["|", "<", ">"].contains(&word.as_str())).next().unwrap_or_default().to_vec()
    }

    #[test]
    fn every_command_teaches_by_examples_that_it_understands() {
        let program = program();
        for command in all_of(&program) {
            let name = name_of(command);
            let mut own = 0;
            for line in examples_of(command) {
                for part in line.split(" | ").flat_map(|part| part.split(" && ")) {
                    let Some((_, arguments)) = part.split_once("embert ") else { continue };
                    let words = [vec!["embert".to_owned()], words(arguments)].concat();
                    Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{line}: {error}"));
                    own += usize::from(format!("embert {arguments}").starts_with(name));
                }
            }
            assert!(own > 0, "{name} has no example");
        }
    }

    #[test]
    fn what_stands_below_a_help_is_examples_alone() {
        let program = program();
        for command in all_of(&program) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert_eq!(help.lines().count(), 1 + examples_of(command).len(), "{}", name_of(command));
        }
    }

    #[test]
    fn every_value_that_a_shell_offers_is_understood() {
        let program = program();
        for command in all_of(&program) {
            let flags = command.get_arguments().filter_map(|argument| Some((argument, argument.get_long()?)));
            for (argument, flag) in flags {
                for value in argument.get_possible_values() {
                    let value = format!("--{flag}={}", value.get_name());
                    let words = name_of(command).split(' ').chain([value.as_str()]);
                    // What else is expected is missing.
                    let error = Cli::try_parse_from(words).err().map(|error| error.kind());
                    let is_refused = matches!(error, Some(ErrorKind::InvalidValue | ErrorKind::ValueValidation));
                    assert!(!is_refused, "{}: {value}", name_of(command));
                }
            }
        }
    }

    #[test]
    fn shells_offer_the_values_of_flags_that_have_a_few() {
        let few =
            ["task", "recipe", "preset", "aggregation", "pooling", "by", "cpu", "dtype", "form", "choice", "format"];
        let program = program();
        let arguments = all_of(&program).into_iter().flat_map(|command| command.get_arguments());
        for argument in arguments.filter(|argument| argument.get_long().is_some_and(|flag| few.contains(&flag))) {
            assert!(!argument.get_possible_values().is_empty(), "{argument}");
        }
    }
}
