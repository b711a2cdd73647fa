//! Attention as a page of a browser: one file that needs no network.

use super::AttentionMap;

/// Steps into which weights are rounded: two letters of the page each.
const STEPS: f32 = 255.0;

/// The page of [`AttentionMap::to_html`].
pub(super) fn page(map: &AttentionMap) -> String {
    let (style, script) = (include_str!("page.css"), include_str!("page.js"));
    let mut weights = String::with_capacity(2 * map.weights.len());
    for &weight in &map.weights {
        let step = (weight.clamp(0.0, 1.0) * STEPS).round() as u8;
        weights.extend([step >> 4, step & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
    }
    let texts: Vec<&str> = map.pieces.iter().map(|piece| piece.text.as_str()).collect();
    let parts: Vec<u32> = map.pieces.iter().map(|piece| piece.part).collect();
    let data = serde_json::json!({
        "layers": map.layers, "heads": map.heads, "tokens": texts, "parts": parts, "weights": weights,
    });
    // Nothing that a text says ends the script.
    let data = data.to_string().replace('<', "\\u003c");
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Attention</title>
<style>
{style}</style>
</head>
<body>
<h1>Attention</h1>
<p><label>Layer <select id="layer" autocomplete="off"></select></label> <label id="parts" hidden>Between <select id="part" autocomplete="off">
<option value="">all</option><option value="00">first and first</option><option value="01">first and second</option>
<option value="10">second and first</option><option value="11">second and second</option></select></label></p>
<p id="heads"></p>
<p class="note">A token on the left looks at those on the right. A click on a colour turns a head on or off, a double click
chooses it alone; point at a token to see its lines alone.</p>
<svg id="view" role="img" aria-label="what tokens look at"></svg>
<h2>All heads</h2>
<p class="note">A layer a row. A click chooses a head.</p>
<div id="all"></div>
<script>
const data = {data};
{script}</script>
</body>
</html>
"#
    )
}
