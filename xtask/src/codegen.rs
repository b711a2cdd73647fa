//! `cargo xtask codegen`: from the table of the family (`xtask/models.toml`),
//! the constants of its crates and the tables of the book.

use std::{
    fmt::Write as _,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};
use clap::Args;
use serde::Deserialize;
use toml::{Table, Value};

use crate::shell::root;

/// Write what follows from xtask/models.toml.
#[derive(Debug, Args)]
pub(crate) struct Codegen {
    /// Write nothing; fail where a file is not what would be written.
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    #[serde(rename = "crate")]
    package: String,
    config: String,
    /// The config whose keys it has, where it has no others.
    wraps: Option<String>,
    constant: String,
    base_prefix: String,
    ties: Vec<(String, String)>,
    ignored: Vec<String>,
    names: Table,
    presets: Vec<Preset>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Preset {
    name: String,
    also: Option<String>,
    parameters: usize,
    sizes: Table,
}

impl Codegen {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let table = std::fs::read_to_string(root().join("xtask/models.toml"))?;
        let table: Table = table.parse().context("xtask/models.toml")?;
        let mut families = Vec::new();
        for (model_type, family) in table {
            let family: Family = family.try_into().with_context(|| format!("xtask/models.toml: {model_type}"))?;
            families.push((model_type, family));
        }

        let mut files = vec![(PathBuf::from("docs/src/models.md"), book(&families))];
        for (_, family) in &families {
            let source = PathBuf::from("crates").join(&family.package).join("src");
            files.push((source.join("layout.rs"), formatted(&layout(family))?));
            files.push((source.join("presets.rs"), formatted(&presets(family))?));
        }
        for (file, text) in files {
            let path = root().join(&file);
            if self.check {
                let found = std::fs::read_to_string(&path).unwrap_or_default();
                ensure!(
                    found == text,
                    "{} is not what follows from xtask/models.toml: cargo xtask codegen",
                    file.display()
                );
            } else {
                std::fs::write(path, text)?;
            }
        }
        Ok(())
    }
}

const MARK: &str = "// @generated from xtask/models.toml by `cargo xtask codegen`.\n\n";

fn layout(family: &Family) -> String {
    let pairs = |pairs: &mut dyn Iterator<Item = (&str, &str)>| {
        pairs.fold(String::new(), |text, (a, b)| text + &format!("({a:?}, {b:?}),\n"))
    };
    let names =
        pairs(&mut family.names.iter().map(|(ours, theirs)| (ours.as_str(), theirs.as_str().unwrap_or_default())));
    let ties = pairs(&mut family.ties.iter().map(|(copy, source)| (copy.as_str(), source.as_str())));
    format!(
        "{MARK}//! Where the parameters stand in Hugging Face's files.\n\n\
         use embert_checkpoint::Layout;\n\n\
         /// Our names and the file's, for the bare model and for each head.\n\
         pub static {}: Layout = Layout {{\n\
         base_prefix: {:?},\nnames: &[\n{names}],\nties: &[\n{ties}],\nignored: &{:?},\n}};\n",
        family.constant, family.base_prefix, family.ignored,
    )
}

fn presets(family: &Family) -> String {
    let mut names = String::new();
    let mut arms = String::new();
    for Preset { name, also, parameters, sizes } in &family.presets {
        let _ = writeln!(names, "({name:?}, {parameters}),");
        let also = also.iter().fold(String::new(), |text, also| format!("{text} | {also:?}"));
        let sizes = sizes.iter().fold(String::new(), |text, (key, value)| format!("{text}{key}: {},\n", rust(value)));
        let _ = match &family.wraps {
            None => writeln!(arms, "{name:?}{also} => Self {{\n{sizes}..Self::default()\n}},"),
            Some(of) => writeln!(arms, "{name:?}{also} => Self({of} {{\n{sizes}..Self::default().0\n}}),"),
        };
    }
    let config = &family.config;
    let wraps = family.wraps.as_ref().map(|of| format!("use embert_core::{of};\n\n")).unwrap_or_default();
    format!(
        "{MARK}//! The published models.\n\n\
         {wraps}use crate::{config};\n\n\
         /// Each published model's name, and its parameters without its heads (with the pooler, where there is one).\n\
         pub const PRESETS: [(&str, usize); {}] = [\n{names}];\n\n\
         impl {config} {{\n\
         /// The published model of that name, one of [`PRESETS`].\n\
         pub fn preset(name: &str) -> Option<Self> {{\n\
         Some(match name {{\n{arms}_ => return None,\n}})\n}}\n}}\n",
        family.presets.len(),
    )
}

fn rust(value: &Value) -> String {
    match value {
        Value::Float(number) => format!("{number:e}"),
        value => value.to_string(),
    }
}

fn formatted(source: &str) -> anyhow::Result<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("rustfmt")?;
    rustfmt.stdin.take().context("rustfmt")?.write_all(source.as_bytes())?;
    let output = rustfmt.wait_with_output()?;
    ensure!(output.status.success(), "rustfmt cannot read:\n{source}");
    Ok(String::from_utf8(output.stdout)?)
}

/// The page of the book.
fn book(families: &[(String, Family)]) -> String {
    let mut page = String::from(
        "<!-- Generated from xtask/models.toml by `cargo xtask codegen`. -->\n\n# Models\n\n\
         The published models that `--preset` and `…Config::preset` know. The parameters are those of the model\n\
         without its heads, with the pooler where there is one; the tests count them.\n\n\
         | preset | parameters | sizes, where they differ from transformers' defaults |\n| --- | ---: | --- |\n",
    );
    for Preset { name, also, parameters, sizes } in families.iter().flat_map(|(_, family)| &family.presets) {
        let also = also.iter().fold(String::new(), |text, also| format!("{text}, `{also}`"));
        let sizes: Vec<String> = sizes.iter().map(|(key, value)| format!("{key} {value}")).collect();
        let _ = writeln!(page, "| `{name}`{also} | {} | {} |", thousands(*parameters), sizes.join(", "));
    }
    page += "\n# Names of parameters\n\n\
        What a module is called in our crates and in Hugging Face's files; `{}` is a number. In the file of a bare\n\
        model the prefix is absent. A module has a `weight` and, but for embeddings, a `bias`.\n";
    for (model_type, family) in families {
        let _ = writeln!(page, "\n## {model_type}\n\n| in `{}` | in the file |\n| --- | --- |", family.package);
        for (ours, theirs) in &family.names {
            let _ = writeln!(page, "| `{ours}` | `{}` |", theirs.as_str().unwrap_or_default());
        }
    }
    page
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    groups.into_iter().map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(",")
}
