//! The program, started by a test.

use assert_cmd::Command;

pub(crate) fn embert(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("embert").unwrap();
    command.args(arguments);
    command
}
