//! Attention as a picture that does not move.

use std::fmt::Write;

use super::AttentionMap;
use crate::report::escaped_in_html;

/// Of all heads in small: a picture's width, the height of a token, and what is between two pictures.
const THUMB: usize = 56;
const THUMB_TOKEN: usize = 4;
const GAP: usize = 12;
/// Room for the numbers of layers and heads.
const MARGIN: usize = 34;
/// Less than this is not seen in small, and there is much of it.
const SEEN_IN_SMALL: f32 = 0.1;

/// Of one layer: the height of a token, the width of the lines, and that of a letter.
const TOKEN: usize = 22;
const LINES: usize = 260;
const LETTER: usize = 8;
const SEEN: f32 = 0.02;

/// A head's colour: the circle of colours, divided by the heads.
fn color(head: usize, heads: usize) -> String {
    format!("hsl({},65%,45%)", head * 360 / heads.max(1))
}

fn begin(width: usize, height: usize, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-label=\"{title}\" font-family=\"sans-serif\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    )
}

/// All heads, a layer a row.
pub(super) fn overview(map: &AttentionMap) -> String {
    let tall = (map.pieces.len() * THUMB_TOKEN).max(THUMB / 2);
    let x_of = |head: usize| MARGIN + head * (THUMB + GAP);
    let y_of = |layer: usize| MARGIN + layer * (tall + GAP);
    let mut svg = begin(x_of(map.heads), y_of(map.layers), "attention of all heads, a layer a row");
    let number = |svg: &mut String, x: usize, y: usize, number: usize| {
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{y}\" font-size=\"12\" fill=\"#555\" text-anchor=\"middle\">{number}</text>"
        );
    };
    for head in 0..map.heads {
        number(&mut svg, x_of(head) + THUMB / 2, MARGIN * 2 / 3, head);
    }
    for layer in 0..map.layers {
        number(&mut svg, MARGIN / 2, y_of(layer) + tall / 2, layer);
        for head in 0..map.heads {
            let (x, y) = (x_of(head), y_of(layer));
            let _ = writeln!(svg, "<g stroke=\"{}\"><title>layer {layer}, head {head}</title>", color(head, map.heads));
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{THUMB}\" height=\"{tall}\" fill=\"#f6f6f6\" stroke=\"none\"/>"
            );
            let height = |token: usize| y + token * THUMB_TOKEN + THUMB_TOKEN / 2;
            for (looking, looked_at, weight) in map.lines(layer, head, SEEN_IN_SMALL) {
                line(&mut svg, (x, height(looking)), (x + THUMB, height(looked_at)), weight);
            }
            svg += "</g>\n";
        }
    }
    svg + "</svg>\n"
}

fn line(svg: &mut String, from: (usize, usize), to: (usize, usize), weight: f32) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = writeln!(svg, "<path d=\"M{x1} {y1}L{x2} {y2}\" opacity=\"{weight:.2}\"/>");
}

/// Heads of one layer over each other.
pub(super) fn layer(map: &AttentionMap, layer: usize, heads: &[usize]) -> String {
    let mut heads: Vec<usize> = heads.iter().copied().filter(|head| *head < map.heads).collect();
    heads.sort_unstable();
    heads.dedup();
    // A letter of a script with wide ones is as wide as two of Latin's.
    let width = |text: &str| text.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum::<usize>();
    let longest = map.pieces.iter().map(|piece| width(&piece.text)).max().unwrap_or(0);
    let words = longest * LETTER + 2 * LETTER;
    let (left, right) = (words, words + LINES);
    let top = TOKEN + TOKEN / 2;
    let height = |token: usize| top + token * TOKEN + TOKEN / 2;
    let (width, tall) = (right + words, height(map.pieces.len()));
    let mut svg = begin(width, tall, &format!("attention of layer {layer}"));
    let names: Vec<String> =
        heads.iter().map(|head| format!("<tspan fill=\"{}\">{head} </tspan>", color(*head, map.heads))).collect();
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{TOKEN}\" font-size=\"13\" fill=\"#555\" text-anchor=\"middle\">layer {layer}, heads {}</text>",
        width / 2,
        names.concat()
    );
    for head in heads {
        let _ = writeln!(svg, "<g stroke=\"{}\" stroke-width=\"2\">", color(head, map.heads));
        for (looking, looked_at, weight) in map.lines(layer, head, SEEN) {
            line(&mut svg, (left, height(looking)), (right, height(looked_at)), weight);
        }
        svg += "</g>\n";
    }
    for (token, piece) in map.pieces.iter().enumerate() {
        let (text, y) = (escaped_in_html(&piece.text), height(token) + 5);
        for (x, anchor) in [(left - LETTER / 2, "end"), (right + LETTER / 2, "start")] {
            let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" font-size=\"14\" text-anchor=\"{anchor}\">{text}</text>");
        }
    }
    svg + "</svg>\n"
}
