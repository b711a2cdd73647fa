//! The commands of the README and the book, run one after another, those of a page in a folder of its own.
//!
//! A block of `sh` is run as it stands, with the program in reach, by a shell that ends at the first error. What it names is
//! there: `YOUR/TEXT`, `DIR`, the tables of a task, `runs/quickstart`, which `embert quickstart` has made, and as `runs/mine`
//! the same where the page does not make that itself. Trainings are
//! cut to two steps. A block of `text` that follows at once is what it prints. `<!-- not run: why -->` before a block says
//! that it cannot be run, and why.

use std::{
    fs::{create_dir_all, remove_dir_all, write},
    os::unix::fs::symlink,
    path::Path,
    process::Command,
    time::Instant,
};

use anyhow::{Context, ensure};

use super::pages::{Block, Page};
use crate::shell::root;

/// In seconds.
const LONGEST_BLOCK: &str = "600";
const NOT_RUN: &str = "<!-- not run: ";

/// What stands before every block.
const PRELUDE: &str = r#"
set -euo pipefail
shopt -s expand_aliases
embert() {
    case "$1" in
    pretrain | distill | finetune)
        local kept=()
        while [ $# -gt 0 ]; do
            case "$1" in
            --epochs | --steps | --tokens | --budget) shift 2 ;;
            *) kept+=("$1") && shift ;;
            esac
        done
        command embert "${kept[@]}" --steps 2 --quiet
        ;;
    *) command embert "$@" ;;
    esac
}
"#;

pub(super) fn run_all(pages: &[Page], embert: &Path) -> anyhow::Result<()> {
    let model = root().join("runs/quickstart/model");
    ensure!(model.is_dir(), "{}: `cargo run --release -- quickstart` makes it", model.display());
    let folder = root().join("target/docs");
    if folder.exists() {
        remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    for page in pages.iter().filter(|page| page.blocks.iter().any(|block| block.language == "sh")) {
        let folder = folder.join(page.path.file_stem().unwrap_or_default());
        let makes_mine = page.blocks.iter().any(|block| is_run(block) && block.code.contains("--out runs/mine"));
        furnish(&folder, &model, embert, makes_mine).with_context(|| folder.display().to_string())?;
        let mut blocks = page.blocks.iter().peekable();
        while let Some(block) = blocks.next() {
            if block.language != "sh" {
                continue;
            }
            let place = format!("{}:{}", page.name(), block.line);
            if let Some(why) = block.before.strip_prefix(NOT_RUN) {
                println!("{place:<32}  not run: {}", why.trim_end_matches("-->").trim());
                continue;
            }
            let output = blocks.peek().filter(|next| next.language == "text" && next.follows_a_block);
            let start = Instant::now();
            run_block(block, output.map(|block| block.code.as_str()), &folder, embert).context(place.clone())?;
            println!("{place:<32}  {:.1} s", start.elapsed().as_secs_f64());
        }
    }
    Ok(())
}

/// What the commands need.
fn furnish(folder: &Path, model: &Path, embert: &Path, makes_mine: bool) -> anyhow::Result<()> {
    for name in ["YOUR/TEXT", "runs", "target/release"] {
        create_dir_all(folder.join(name))?;
    }
    symlink(embert, folder.join("target/release/embert"))?;
    for place in ["DIR", "runs/quickstart/model", "runs/mine/model"] {
        if !(makes_mine && place.contains("mine")) {
            copy_files(model, &folder.join(place))?;
        }
    }
    let stories = Command::new(embert).args(["data", "stories", "--count", "200"]).output()?;
    ensure!(stories.status.success(), "embert data stories: {}", stories.status);
    let stories = String::from_utf8(stories.stdout)?;
    write(folder.join("YOUR/TEXT/stories.txt"), &stories)?;
    let sentences: Vec<&str> = stories.lines().filter(|line| !line.is_empty()).collect();
    for (name, sentences) in ["questions.txt", "answers.txt"].iter().zip(sentences.chunks(10)) {
        write(folder.join(name), sentences.join("\n"))?;
    }
    for (name, sentences) in ["train.csv", "valid.csv", "test.csv"].iter().zip(sentences.chunks(100)) {
        let row = |sentence: &&str| {
            let label = if sentence.contains(" has ") { "thing" } else { "place" };
            format!("{label},\"{sentence}\"\n")
        };
        let rows: String = sentences.iter().map(row).collect();
        write(folder.join(name), format!("label,text\n{rows}"))?;
    }
    Ok(())
}

fn copy_files(from: &Path, to: &Path) -> anyhow::Result<()> {
    create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

fn is_run(block: &Block) -> bool {
    block.language == "sh" && !block.before.starts_with(NOT_RUN)
}

fn run_block(block: &Block, expected: Option<&str>, folder: &Path, embert: &Path) -> anyhow::Result<()> {
    let programs = embert.parent().context("no folder")?;
    let path = std::env::join_paths(
        std::iter::once(programs.to_owned())
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )?;
    let script = format!("{PRELUDE}{}", block.code);
    let mut bash = Command::new("timeout");
    // What is computed on, nobody is told of then.
    bash.args([LONGEST_BLOCK, "bash", "-c"])
        .arg(script)
        .current_dir(folder)
        .env("PATH", path)
        .env("EMBERT_DEVICE", "flex");
    let output = bash.output().context("bash")?;
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{}\n{}\n{said}{told}", output.status, block.code);
    if let Some(expected) = expected {
        ensure!(said == expected, "{}\nprints\n{said}\nand not\n{expected}", block.code);
    }
    Ok(())
}
