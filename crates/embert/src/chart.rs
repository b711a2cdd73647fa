//! The loss over the steps, as a picture and as a line of text.

use embert_train::{StepReport, Validation};
use plotters::prelude::*;

/// Width and height of the picture, in pixels.
const SIZE: (u32, u32) = (720, 400);

/// An SVG of the losses of a training: the sum and its terms, and the loss on
/// held-out text as points.
///
/// # Errors
/// Where the picture cannot be drawn; the message says why.
pub fn loss_chart(steps: &[StepReport], validations: &[Validation]) -> Result<String, String> {
    let mut svg = String::new();
    draw(&mut svg, steps, validations)?;
    Ok(svg)
}

fn draw(svg: &mut String, steps: &[StepReport], validations: &[Validation]) -> Result<(), String> {
    let said = |error: DrawingAreaErrorKind<_>| error.to_string();
    let highest = steps.iter().map(|report| report.loss).fold(0.0, f64::max) * 1.05;
    let last = steps.last().map_or(1, |report| report.step);
    let total = steps.iter().map(|report| (report.step, report.loss));
    let mut lines = vec![("loss", total.collect::<Vec<_>>())];
    for (part, &(name, _)) in steps.first().iter().flat_map(|report| report.parts.iter().enumerate()) {
        let points = steps.iter().filter_map(|report| Some((report.step, report.parts.get(part)?.1)));
        lines.push((name, points.collect()));
    }

    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE).map_err(said)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(44)
        .build_cartesian_2d(0..last, 0.0..highest.max(0.1))
        .map_err(said)?;
    chart.configure_mesh().light_line_style(WHITE).x_desc("step").y_desc("loss").draw().map_err(said)?;
    for (index, (name, points)) in lines.into_iter().enumerate() {
        let color = Palette99::pick(index).to_rgba();
        let series = LineSeries::new(points, color.stroke_width(2));
        chart
            .draw_series(series)
            .map_err(said)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2)));
    }
    let points =
        validations.iter().map(|validation| Circle::new((validation.step, validation.loss), 4, BLACK.filled()));
    chart
        .draw_series(points)
        .map_err(said)?
        .label("held out")
        .legend(|(x, y)| Circle::new((x + 8, y), 4, BLACK.filled()));
    chart.configure_series_labels().background_style(WHITE).border_style(BLACK).draw().map_err(said)?;
    area.present().map_err(said)
}

/// Values as bars of eighths: the mean of each of `width` stretches.
pub fn sparkline(values: &[f64], width: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let width = width.min(values.len());
    let means: Vec<f64> = (0..width)
        .map(|column| {
            let stretch = &values[column * values.len() / width..(column + 1) * values.len() / width];
            stretch.iter().sum::<f64>() / stretch.len() as f64
        })
        .collect();
    let (low, high) = means.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &m| (l.min(m), h.max(m)));
    let bar = |mean: &f64| {
        let height = if high > low { (mean - low) / (high - low) } else { 0.0 };
        BARS[((height * 7.0).round() as usize).min(7)]
    };
    means.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::sparkline;

    #[test]
    fn a_sparkline_falls_as_its_values_do() {
        assert_eq!(sparkline(&[7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0], 8), "█▇▆▅▄▃▂▁");
        assert_eq!(sparkline(&[4.0, 4.0, 0.0, 0.0], 2), "█▁");
        assert_eq!(sparkline(&[], 8), "");
    }
}
