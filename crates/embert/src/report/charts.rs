//! The numbers of a run as pictures, and as a line of text.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use serde_json::Value;

use super::{of_event, part_name};

/// Width and height of a picture, in pixels: small, so that its text can be read on a telephone.
const SIZE: (u32, u32) = (460, 300);
/// Units of the drawing to a pixel. The backend draws in whole units: at one to a pixel, curves have steps.
const FINE: u32 = 4;
/// A curve of more points than this is drawn as means.
const MOST_POINTS: usize = 1000;
/// Text, axes and what belongs to no curve. Black and white are what the page swaps for its own two colours.
const INK: RGBAColor = RGBAColor(0, 0, 0, 0.75);
const GRID: RGBAColor = RGBAColor(0, 0, 0, 0.12);
/// The sum has the first colour, and its parts have those after it. All can be seen on white and on black.
const COLORS: [RGBColor; 6] = [
    RGBColor(78, 121, 167),
    RGBColor(242, 142, 43),
    RGBColor(42, 157, 143),
    RGBColor(225, 87, 89),
    RGBColor(176, 122, 161),
    RGBColor(156, 117, 95),
];

/// A picture with the words that belong to it.
pub(super) struct Figure {
    pub(super) title: &'static str,
    /// What was left out or averaged; may be empty.
    pub(super) note: String,
    pub(super) svg: String,
}

/// How the points of a curve are drawn.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    /// What is measured at each line, joined.
    Line,
    /// The sum of other lines: broad, so that it can be seen under its only part.
    Sum,
    /// What is measured now and then.
    HeldOut,
    /// What the points are to be compared with.
    Baseline,
}

struct Curve {
    name: String,
    color: RGBColor,
    mark: Mark,
    /// `(step, value)`, at most `MOST_POINTS`.
    points: Vec<(u64, f64)>,
    /// Of how many lines a point is the mean, at most.
    stretch: usize,
    /// How many values are null: they were not finite.
    missing: usize,
}

impl Curve {
    fn new(name: &str, color: usize, mark: Mark, lines: &[Value], key: &str) -> Self {
        let event = if matches!(mark, Mark::Line | Mark::Sum) { "step" } else { "validated" };
        let values = || of_event(lines, event).filter_map(|line| Some((line.get("step")?.as_u64()?, line.get(key)?)));
        let points: Vec<_> = values().filter_map(|(step, value)| Some((step, value.as_f64()?))).collect();
        let missing = values().filter(|(_, value)| value.is_null()).count();
        let stretch = points.len().div_ceil(MOST_POINTS);
        Self {
            name: name.to_owned(),
            color: COLORS[color % COLORS.len()],
            mark,
            points: means(&points),
            stretch,
            missing,
        }
    }

    fn style(&self) -> ShapeStyle {
        let width = |tenths: u32| tenths * FINE / 10;
        match self.mark {
            Mark::Line => self.color.stroke_width(width(18)),
            Mark::Sum => self.color.stroke_width(width(34)),
            Mark::HeldOut => self.color.filled(),
            Mark::Baseline => self.color.mix(0.6).stroke_width(width(12)),
        }
    }
}

/// The mean of each of `MOST_POINTS` equal stretches; of fewer points, the points.
fn means(points: &[(u64, f64)]) -> Vec<(u64, f64)> {
    let mean = |stretch: &[(u64, f64)]| {
        let share = 1.0 / stretch.len() as f64;
        let step: f64 = stretch.iter().map(|&(step, _)| step as f64 * share).sum();
        (step.round() as u64, stretch.iter().map(|&(_, value)| value * share).sum())
    };
    stretches(points, MOST_POINTS).map(mean).collect()
}

/// Values in `count` stretches of equal lengths, give or take one; none is empty, so of fewer values there are fewer.
fn stretches<T>(values: &[T], count: usize) -> impl Iterator<Item = &[T]> {
    let count = count.min(values.len());
    (0..count).map(move |index| &values[index * values.len() / count..(index + 1) * values.len() / count])
}

struct Chart {
    title: &'static str,
    unit: &'static str,
    show: fn(f64) -> String,
    /// Whether equal ratios are equal heights.
    logarithmic: bool,
    curves: Vec<Curve>,
    /// The last step of the run.
    last: u64,
}

/// A picture of each thing that the lines have numbers for.
pub(super) fn figures(lines: &[Value]) -> Result<Vec<Figure>, String> {
    let one = |title, unit, key| Chart::new(title, unit, lines, vec![Curve::new(title, 0, Mark::Line, lines, key)]);
    let charts = [
        losses(lines),
        Chart { show: percent, ..Chart::new("Accuracy", "right answers", lines, accuracies(lines)) },
        one("Learning rate", "learning rate", "learning_rate"),
        Chart { logarithmic: true, ..one("Gradient norm", "norm (logarithmic)", "gradient_norm") },
        one("Speed", "tokens per second", "tokens_per_second"),
    ];
    charts.iter().filter(|chart| chart.curves.iter().any(|curve| !curve.points.is_empty())).map(Chart::draw).collect()
}

/// The sum and its parts, and the losses on held-out text as points.
fn losses(lines: &[Value]) -> Chart {
    let mut curves = vec![Curve::new("sum", 0, Mark::Sum, lines, "loss")];
    for (index, part) in parts(lines).iter().enumerate() {
        curves.push(Curve::new(&part_name(part), index + 1, Mark::Line, lines, &format!("{part}_loss")));
        curves.push(Curve::new(&part_name(part), index + 1, Mark::HeldOut, lines, &format!("valid_{part}_loss")));
    }
    curves.push(Curve::new("sum", 0, Mark::HeldOut, lines, "valid_loss"));
    Chart::new("Loss", "loss", lines, curves)
}

fn accuracies(lines: &[Value]) -> Vec<Curve> {
    let mut curves = Vec::new();
    for (index, part) in parts(lines).iter().enumerate() {
        let mut curve = |mark, key: String| curves.push(Curve::new(&part_name(part), index + 1, mark, lines, &key));
        curve(Mark::Baseline, format!("valid_{part}_baseline"));
        curve(Mark::Line, format!("{part}_accuracy"));
        curve(Mark::HeldOut, format!("valid_{part}_accuracy"));
    }
    curves
}

/// The parts that the lines have losses or accuracies of, in order of appearance: a part has one colour everywhere.
pub(super) fn parts(lines: &[Value]) -> Vec<&str> {
    let mut parts = Vec::new();
    for line in of_event(lines, "step").chain(of_event(lines, "validated")) {
        for key in line.as_object().into_iter().flat_map(|line| line.keys()) {
            let key = key.strip_prefix("valid_").unwrap_or(key);
            match key.strip_suffix("_loss").or_else(|| key.strip_suffix("_accuracy")) {
                Some(part) if !parts.contains(&part) => parts.push(part),
                _ => {}
            }
        }
    }
    parts
}

impl Chart {
    fn new(title: &'static str, unit: &'static str, lines: &[Value], curves: Vec<Curve>) -> Self {
        let last = lines.iter().filter_map(|line| line.get("step")?.as_u64()).max().unwrap_or(0);
        Self { title, unit, show: number, logarithmic: false, curves, last }
    }

    fn draw(&self) -> Result<Figure, String> {
        let mut svg = String::new();
        self.draw_on(&mut svg).map_err(|error| error.to_string())?;
        let ((width, height), title) = (SIZE, self.title);
        let drawn = format!(r#"width="{}" height="{}""#, width * FINE, height * FINE);
        let shown = format!(r#"width="{width}" height="{height}" role="img" aria-label="{title}""#);
        let svg = svg.replacen(&drawn, &shown, 1);
        Ok(Figure { title, note: self.note(), svg })
    }

    fn note(&self) -> String {
        let mut note = Vec::new();
        let stretch = self.curves.iter().map(|curve| curve.stretch).max().unwrap_or(0);
        if stretch > 1 {
            note.push(format!("Each point of a curve is the mean of up to {stretch} lines."));
        }
        match self.curves.iter().map(|curve| curve.missing).sum::<usize>() {
            0 => {}
            1 => note.push("One value that is not finite is left out.".to_owned()),
            missing => note.push(format!("{} values that are not finite are left out.", number(missing as f64))),
        }
        note.join(" ")
    }

    /// The lowest and the highest value of the axis.
    fn range(&self) -> (f64, f64) {
        let values = self.curves.iter().flat_map(|curve| &curve.points).map(|&(_, value)| self.height(value));
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        match self.logarithmic {
            _ if low > high => (0.0, 1.0),
            true => (low - 0.1, high + 0.1),
            // Numbers without end cannot be divided into steps.
            false if high > 0.0 => (low.clamp(-1e300, 0.0), (high * 1.05).min(1e300)),
            false => (low.max(-1e300), 1.0),
        }
    }

    fn height(&self, value: f64) -> f64 {
        if self.logarithmic { value.log10() } else { value }
    }

    fn draw_on(&self, svg: &mut String) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
        let text = |pixels: f64| ("sans-serif", pixels * 1.24 * f64::from(FINE)).into_font().color(&INK);
        let last = self.last.clamp(1, 1 << 53); // as far as numbers of the picture are whole
        let (low, high) = self.range();
        let label = |value: &f64| match self.logarithmic {
            true => number(format!("{:.1e}", 10f64.powf(*value)).parse().unwrap_or(f64::NAN)), // two digits
            false => (self.show)(*value),
        };
        let longest = label(&high).len().max(5) as u32;

        let area = SVGBackend::with_string(svg, (SIZE.0 * FINE, SIZE.1 * FINE));
        let area = area.into_drawing_area();
        area.fill(&WHITE)?;
        let legend = self.draw_legend(&area, &text(14.0).pos(Pos::new(HPos::Left, VPos::Center)))?;
        let mut chart = ChartBuilder::on(&area)
            .margin(10 * FINE)
            .margin_top(legend)
            .margin_right((8 + 4 * number(last as f64).len() as u32) * FINE)
            .x_label_area_size(40 * FINE)
            .y_label_area_size((32 + 8 * longest) * FINE)
            .build_cartesian_2d(0..last, low..high)?;
        chart
            .configure_mesh()
            .bold_line_style(GRID.stroke_width(FINE))
            .light_line_style(TRANSPARENT)
            .axis_style(GRID.stroke_width(FINE))
            .set_all_tick_mark_size(3 * FINE)
            .x_labels(6)
            .y_labels(7)
            .x_label_formatter(&|step| number(*step as f64))
            .y_label_formatter(&label)
            .label_style(text(14.0))
            .x_desc("step")
            .y_desc(self.unit)
            .draw()?;
        for curve in &self.curves {
            let heights = curve.points.iter().map(|&(step, value)| (step, self.height(value)));
            let mut points: Vec<_> = heights.filter(|(_, height)| height.is_finite()).collect();
            if let (Mark::Baseline, Some(&first), Some(&end)) = (curve.mark, points.first(), points.last()) {
                points.insert(0, (0, first.1)); // from edge to edge, so that one validation has a line too
                points.push((last, end.1));
            }
            let style = curve.style();
            if curve.mark == Mark::HeldOut || points.len() == 1 {
                let radius = if points.len() > 40 { 2 } else { 4 };
                let ring = points.iter().map(|&point| Circle::new(point, (radius + 1) * FINE, WHITE.filled()));
                chart.draw_series(ring)?;
                chart.draw_series(points.iter().map(|&point| Circle::new(point, radius * FINE, style.filled())))?;
            } else {
                chart.draw_series(LineSeries::new(points, style))?;
            }
        }
        area.present()
    }

    /// Draws which colour and which mark is what, in rows from the top. Gives the height that it takes.
    fn draw_legend<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, plotters::coord::Shift>,
        text: &TextStyle<'_>,
    ) -> Result<u32, DrawingAreaErrorKind<B::ErrorType>> {
        let mut entries: Vec<(&str, ShapeStyle, Mark)> = Vec::new();
        for curve in self.curves.iter().filter(|curve| !curve.points.is_empty()) {
            if !entries.iter().any(|(name, ..)| *name == curve.name) {
                entries.push((&curve.name, curve.color.stroke_width(3 * FINE), Mark::Line));
            }
        }
        for (mark, name) in [(Mark::HeldOut, "held out"), (Mark::Baseline, "always the commonest answer")] {
            if self.curves.iter().any(|curve| curve.mark == mark && !curve.points.is_empty()) {
                entries.push((name, INK.stroke_width(FINE), mark));
            }
        }
        if entries.len() < 2 {
            return Ok(14 * FINE);
        }
        let (mut x, mut y) = (14, 18);
        for (name, style, mark) in entries {
            // Nothing here knows the widths of letters: most are narrower than this.
            let width = 36 + 8 * name.chars().count() as i32;
            if x > 14 && x + width > SIZE.0 as i32 {
                (x, y) = (14, y + 20);
            }
            let at = |right: i32| ((x + right) * FINE as i32, y * FINE as i32);
            match mark {
                Mark::HeldOut => area.draw(&Circle::new(at(10), 4 * FINE, style.filled()))?,
                Mark::Line | Mark::Sum | Mark::Baseline => area.draw(&PathElement::new([at(0), at(20)], style))?,
            }
            area.draw(&Text::new(name, at(26), text.clone()))?;
            x += width;
        }
        Ok((y + 18).unsigned_abs() * FINE)
    }
}

/// Three digits of a number, and all those before the point: `12,345`, `8.41`, `0.0123`, `5e-4`.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    let trimmed = |text: &str| text.trim_end_matches('0').trim_end_matches('.').to_owned();
    if size != 0.0 && !(1e-3..1e15).contains(&size) {
        let text = format!("{value:.2e}");
        return text.split_once('e').map_or(text.clone(), |(digits, power)| format!("{}e{power}", trimmed(digits)));
    }
    if size < 999.5 {
        let decimals = if size == 0.0 { 0.0 } else { (2.0 - size.log10().floor()).clamp(0.0, 5.0) };
        let text = format!("{value:.*}", decimals as usize);
        return if text.contains('.') { trimmed(&text) } else { text };
    }
    let digits = format!("{size:.0}");
    let mut text = if value < 0.0 { "-".to_owned() } else { String::new() };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share of one as a number of a hundred: `45.3%`.
pub(super) fn percent(share: f64) -> String {
    number(share * 100.0) + "%"
}

/// Values as bars of eighths: the mean of each of `width` stretches.
pub fn sparkline(values: &[f64], width: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let mean = |stretch: &[f64]| stretch.iter().sum::<f64>() / stretch.len() as f64;
    let means: Vec<f64> = stretches(values, width).map(mean).collect();
    let (low, high) = means.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &m| (l.min(m), h.max(m)));
    let bar = |mean: &f64| {
        let height = if high > low { (mean - low) / (high - low) } else { 0.0 };
        BARS[((height * 7.0).round() as usize).min(7)]
    };
    means.iter().map(bar).collect()
}
