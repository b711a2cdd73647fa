//! The table as a picture: a row for each model, a dot for each seed.

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use super::{measure::Row, spread::Spread};

/// Pixels from left to right, and for each part from top to bottom.
const WIDTH: i32 = 760;
const HEADER: i32 = 60;
const LINE: i32 = 38;
const FOOTER: i32 = 44;
/// Where the panels begin, how wide they are, and what is free between them.
const LEFT: i32 = 150;
const PANEL: i32 = 270;
const GAP: i32 = 40;
/// Units of the drawing to a pixel: the backend draws in whole units.
const FINE: i32 = 4;
const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(220, 220, 220);
const COLORS: [RGBColor; 6] = [
    RGBColor(78, 121, 167),
    RGBColor(242, 142, 43),
    RGBColor(225, 87, 89),
    RGBColor(42, 157, 143),
    RGBColor(176, 122, 161),
    RGBColor(156, 117, 95),
];

/// A panel's title, and the shares of one that it shows.
type Panel = (&'static str, fn(&Row) -> &[f64]);

const PANELS: [Panel; 2] = [
    ("held-out masked words that are filled in, %", |row| &row.accuracy),
    ("book of a held-out paragraph, %", |row| &row.score),
];

/// The picture as SVG.
///
/// # Errors
/// Where it cannot be drawn.
pub(super) fn svg(rows: &[Row]) -> anyhow::Result<String> {
    let height = HEADER + LINE * rows.len() as i32 + FOOTER;
    let mut svg = String::new();
    let units = |pixels: i32| (pixels * FINE).unsigned_abs();
    let area = SVGBackend::with_string(&mut svg, (units(WIDTH), units(height))).into_drawing_area();
    draw(&area, rows, height).map_err(|error| anyhow::anyhow!("the figure: {error}"))?;
    drop(area);
    let drawn = format!(r#"width="{}" height="{}""#, units(WIDTH), units(height));
    Ok(svg.replacen(&drawn, &format!(r#"width="{WIDTH}" height="{height}""#), 1))
}

fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    rows: &[Row],
    height: i32,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    area.fill(&WHITE)?;
    let text = |size: i32, horizontal| {
        // The backend divides the size by as much.
        let style = ("sans-serif", 1.24 * f64::from(size * FINE)).into_font().color(&INK);
        style.pos(Pos::new(horizontal, VPos::Center))
    };
    let at = |x: i32, y: i32| (x * FINE, y * FINE);
    let middle = |line: usize| HEADER + LINE * line as i32 + LINE / 2;
    for (line, row) in rows.iter().enumerate() {
        area.draw(&Text::new(row.model.name(), at(LEFT - 12, middle(line)), text(16, HPos::Right)))?;
    }
    for (number, (title, shares)) in (0..).zip(PANELS) {
        let left = LEFT + number * (PANEL + GAP);
        let axis = Axis::of(rows.iter().flat_map(shares).map(|share| 100.0 * share));
        let place = |percent: f64| left + (axis.share(percent) * f64::from(PANEL)).round() as i32;
        area.draw(&Text::new(title, at(left + PANEL / 2, HEADER - 32), text(16, HPos::Center)))?;
        for tick in axis.ticks() {
            let (x, line) = (place(tick), GRID.stroke_width(FINE.unsigned_abs()));
            area.draw(&PathElement::new([at(x, HEADER - 8), at(x, height - FOOTER + 8)], line))?;
            area.draw(&Text::new(format!("{tick}"), at(x, height - FOOTER + 22), text(14, HPos::Center)))?;
        }
        for ((line, row), color) in rows.iter().enumerate().zip(COLORS.into_iter().cycle()) {
            let (y, shares) = (middle(line), shares(row));
            if let Some(Spread { mean, low, high }) = Spread::of(shares) {
                let [low, mean, high] = [low, mean, high].map(|share| place(100.0 * share));
                let broad = color.stroke_width(3 * FINE.unsigned_abs());
                area.draw(&PathElement::new([at(low, y), at(high, y)], color.stroke_width(FINE.unsigned_abs())))?;
                area.draw(&PathElement::new([at(mean, y - 11), at(mean, y + 11)], broad))?;
            }
            for share in shares {
                area.draw(&Circle::new(at(place(100.0 * share), y), 4 * FINE, color.filled()))?;
            }
        }
    }
    area.present()
}

/// From one whole number of steps to another, with all numbers between them.
#[derive(Debug, PartialEq)]
struct Axis {
    low: f64,
    high: f64,
    step: f64,
}

impl Axis {
    /// Of numbers of a hundred.
    fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let numbers: Vec<f64> = numbers.collect();
        let Spread { low, high, .. } = Spread::of(&numbers).unwrap_or(Spread { mean: 0.0, low: 0.0, high: 100.0 });
        let steps = [1.0, 2.0, 5.0, 10.0, 20.0];
        let step = steps.into_iter().find(|step| (high - low) / step <= 5.0).unwrap_or(20.0);
        // A number on the edge has room for its dot.
        let (low, high) = ((low / step - 0.1).floor() * step, (high / step + 0.1).ceil() * step);
        Self { low, high: high.max(low + step), step }
    }

    fn share(&self, number: f64) -> f64 {
        (number - self.low) / (self.high - self.low)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let count = ((self.high - self.low) / self.step).round() as usize;
        (0..=count).map(|tick| self.low + tick as f64 * self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, svg};
    use crate::repro::{measure::Row, models::Model};

    #[test]
    fn an_axis_has_all_numbers_and_few_ticks() {
        let axis = Axis::of([71.3, 80.0, 75.2].into_iter());
        assert_eq!(axis, Axis { low: 70.0, high: 82.0, step: 2.0 });
        assert_eq!(axis.ticks().count(), 7);
        assert_eq!(Axis::of([50.0].into_iter()), Axis { low: 49.0, high: 51.0, step: 1.0 });
    }

    #[test]
    fn every_model_is_named_and_every_seed_has_a_dot() {
        let rows = Model::ALL.map(|model| Row {
            accuracy: vec![0.2, 0.21, 0.25],
            score: vec![0.8, 0.75, 0.82],
            ..Row::of(model)
        });
        let svg = svg(&rows).unwrap();
        assert!(Model::ALL.iter().all(|model| svg.contains(model.name())), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 2 * 3 * Model::ALL.len());
    }
}
