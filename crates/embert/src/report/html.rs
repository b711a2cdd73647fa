//! The page of a run: one file that needs nothing else, neither a network nor scripts.

use serde_json::Value;

use super::charts::{Figure, figures, number, parts, percent};
use super::{Piece, of_event, part_name, samples};

/// A page about a run: its last numbers, their curves, what it fills in, and its config.
///
/// `lines` are those of `metrics.jsonl`; what is not there is not shown, so that a page can be made at any time.
///
/// # Errors
/// Where a picture cannot be drawn; the message says why.
pub fn html(title: &str, config_toml: &str, lines: &[Value]) -> Result<String, String> {
    let (title, config, style) = (escaped(title), escaped(config_toml), include_str!("style.css"));
    let (tiles, samples) = (tiles(lines), sample_list(lines));
    let charts: String = figures(lines)?.iter().map(figure).collect();
    let none = if tiles.is_empty() { "<p class=\"note\">This run has no numbers yet.</p>\n" } else { "" };
    Ok(format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<h1>{title}</h1>
{none}<dl class="tiles">
{tiles}</dl>
<div class="charts">
{charts}</div>
{samples}<h2>Config</h2>
<details>
<summary>config.toml</summary>
<pre>{config}</pre>
</details>
</body>
</html>
"#
    ))
}

/// The last numbers of the run, each with its name.
fn tiles(lines: &[Value]) -> String {
    let step = of_event(lines, "step").next_back();
    let validated = of_event(lines, "validated").next_back();
    let mut tiles = String::new();
    let mut tile = |name: &str, value: Option<String>, note: &str| {
        let (name, note) =
            (escaped(name), if note.is_empty() { String::new() } else { format!("<small>{note}</small>") });
        if let Some(value) = value {
            tiles += &format!("<div><dt>{name}</dt><dd>{value}{note}</dd></div>\n");
        }
    };
    tile("Last step", shown(step.or(validated), "step", number), "");
    tile("Loss", shown(step, "loss", number), "");
    let at = shown(validated, "step", number).map_or(String::new(), |at| format!("at step {at}"));
    tile("Held-out loss", shown(validated, "valid_loss", number), &at);
    for part in parts(lines) {
        let name = part_name(part);
        let baseline = shown(validated, &format!("valid_{part}_baseline"), percent);
        let note = baseline.map_or(String::new(), |share| format!("; {share} for always the commonest answer"));
        match shown(validated, &format!("valid_{part}_accuracy"), percent) {
            Some(accuracy) => tile(&format!("Right: {name}"), Some(accuracy), &format!("held out{note}")),
            None => tile(&format!("Right: {name}"), shown(step, &format!("{part}_accuracy"), percent), ""),
        }
    }
    tile("Tokens", shown(step, "tokens", number), "");
    tile("Tokens per second", shown(step, "tokens_per_second", number), "");
    tile("GFLOP/s", shown(step, "gflops_per_second", number), "");
    tiles
}

/// A number of a line in words; none where the line has no such number.
fn shown(line: Option<&Value>, key: &str, show: fn(f64) -> String) -> Option<String> {
    match line?.get(key)? {
        Value::Null => Some("not finite".to_owned()),
        value => value.as_f64().map(show),
    }
}

fn figure(figure: &Figure) -> String {
    let Figure { title, note, svg } = figure;
    format!("<figure><figcaption><b>{title}</b> {note}</figcaption>\n{svg}</figure>\n")
}

/// What the model filled in at the last validation.
fn sample_list(lines: &[Value]) -> String {
    let Some(validated) = of_event(lines, "validated").next_back() else { return String::new() };
    let items: String = samples(validated).map(|pieces| format!("<li>{}</li>\n", sample(&pieces))).collect();
    if items.is_empty() {
        return items;
    }
    format!(
        "<h2>Words filled in</h2>\n<p class=\"note\">At the last validation: <ins>right</ins>, or <del>wrong</del> \
         <small>(with the word that was there)</small>.</p>\n<ol>\n{items}</ol>\n"
    )
}

fn sample(pieces: &[Piece<'_>]) -> String {
    let marked = |piece: &Piece<'_>| match piece {
        Piece::Given(text) => escaped(text),
        Piece::Guessed { guess, original } => {
            let (word, was) = (escaped(guess), escaped(original));
            if guess == original {
                format!("<ins title=\"right\">{word}</ins>")
            } else {
                format!("<del title=\"the word was: {was}\">{word}</del> <small>({was})</small>")
            }
        }
    };
    pieces.iter().map(marked).collect()
}

/// Text as it stands in HTML and XML, in elements and in attributes. What XML has no way to say is a mark in its place.
pub(crate) fn escaped(text: &str) -> String {
    let is_said = |letter: char| {
        ['\t', '\n', '\r'].contains(&letter) || (letter >= ' ' && !['\u{fffe}', '\u{ffff}'].contains(&letter))
    };
    let text: String = text.chars().map(|letter| if is_said(letter) { letter } else { '\u{fffd}' }).collect();
    super::escaped(&text, |letter| matches!(letter, '&' | '<' | '>' | '"' | '\''))
}
