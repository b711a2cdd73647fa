//! The picture of the README: the first curves of the quickstart's page, beside each other.

use anyhow::{Context, ensure};

use crate::shell::root;

/// What is shown of the page: losses and accuracies.
const FIGURES: usize = 2;
/// Of a figure of the page, in pixels.
const SIZE: (usize, usize) = (460, 300);

/// Writes `docs/src/quickstart.svg` from `runs/quickstart/report.html`.
pub(super) fn write() -> anyhow::Result<()> {
    let page = root().join("runs/quickstart/report.html");
    let text = std::fs::read_to_string(&page).with_context(|| page.display().to_string())?;
    let figures: Vec<&str> =
        text.split("<svg ").skip(1).filter_map(|rest| Some(rest.split_once("</svg>")?.0)).collect();
    ensure!(figures.len() >= FIGURES, "{} has {} pictures; {FIGURES} are expected", page.display(), figures.len());
    let (width, height) = (SIZE.0 * FIGURES, SIZE.1);
    let mut picture = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\n");
    for (place, figure) in figures.iter().take(FIGURES).enumerate() {
        picture += &format!("<svg x=\"{}\" {figure}</svg>\n", place * SIZE.0);
    }
    let out = root().join("docs/src/quickstart.svg");
    std::fs::write(&out, picture + "</svg>\n").with_context(|| out.display().to_string())
}
