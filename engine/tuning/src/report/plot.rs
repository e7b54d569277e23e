//! Plots as SVG: bars, intervals, curves, a heat map.

use crate::eval::Point;
use crate::stats::Share;
use maud::html;
use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;

/// Draws into a text; a plot that cannot be drawn is left out, for its numbers stand in the tables.
fn drawn(
    size: (u32, u32),
    draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), String>,
) -> String {
    let mut svg = String::new();
    let result = {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&area).and_then(|()| area.present().map_err(|error| error.to_string()))
    };
    match result {
        Ok(()) => svg,
        Err(_) => String::new(),
    }
}

/// Points, what of them is drawn, in which colour, and what it is called.
type Line<'p> = (&'p [Point], fn(&Point) -> f64, RGBColor, &'p str);

/// Precision and recall over the threshold.
pub(super) fn curve(with: &[Point], without: &[Point]) -> String {
    drawn((960, 380), |area| {
        let text = |error: DrawingAreaErrorKind<_>| error.to_string();
        let span = with.first().map_or(0.0, |point| point.threshold)
            ..with.last().map_or(1.0, |point| point.threshold);
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(50)
            .build_cartesian_2d(span, 0.0..1.02)
            .map_err(text)?;
        chart
            .configure_mesh()
            .x_desc("evidence needed")
            .y_desc("share of columns")
            .draw()
            .map_err(text)?;
        let band = with
            .iter()
            .map(|point| (point.threshold, point.recall.high));
        let back = with
            .iter()
            .rev()
            .map(|point| (point.threshold, point.recall.low));
        let band: Vec<(f64, f64)> = band.chain(back).collect();
        chart
            .draw_series([Polygon::new(band, BLUE.mix(0.12))])
            .map_err(text)?;
        let lines: [Line<'_>; 4] = [
            (with, |point| point.recall.rate, BLUE, "recall"),
            (with, |point| point.precision.rate, RED, "precision"),
            (
                without,
                |point| point.recall.rate,
                CYAN,
                "recall, without names",
            ),
            (
                without,
                |point| point.precision.rate,
                MAGENTA,
                "precision, without names",
            ),
        ];
        for (points, value, color, name) in lines {
            if points.is_empty() {
                continue;
            }
            let line = points.iter().map(|point| (point.threshold, value(point)));
            chart
                .draw_series(LineSeries::new(line, color.stroke_width(2)))
                .map_err(text)?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerLeft)
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.3))
            .draw()
            .map_err(text)
    })
}

/// Bars with their numbers, the longest first.
pub(super) fn bars(values: &[(String, f64)], unit: &str) -> String {
    let most = values.iter().map(|(_, value)| *value).fold(0.001, f64::max);
    let markup = html! {
        svg xmlns="http://www.w3.org/2000/svg" width="960" height=(values.len() * 20 + 8) font-family="sans-serif" font-size="12" {
            @for (at, (name, value)) in values.iter().enumerate() {
                text x="216" y=(at * 20 + 16) text-anchor="end" { (name) }
                rect x="224" y=(at * 20 + 5) width=(format!("{:.1}", 600.0 * value / most)) height="14" fill="#2a78d6" {}
                text x=(format!("{:.1}", 230.0 + 600.0 * value / most)) y=(at * 20 + 16) { (format!("{value:.1} {unit}")) }
            }
        }
    };
    markup.into_string()
}

/// Shares with whiskers, a line for each.
pub(super) fn intervals(groups: &[(String, Vec<(&str, Share)>)]) -> String {
    let lines: usize = groups.iter().map(|(_, shares)| shares.len() + 1).sum();
    let x = |share: f64| format!("{:.1}", 300.0 + 600.0 * share);
    let mut rows = Vec::new();
    for (name, shares) in groups {
        rows.push((name.as_str(), None));
        rows.extend(shares.iter().map(|(what, share)| (*what, Some(share))));
    }
    let markup = html! {
        svg xmlns="http://www.w3.org/2000/svg" width="960" height=(lines * 20 + 28) font-family="sans-serif" font-size="12" {
            @for tick in 0..=4 {
                line x1=(x(f64::from(tick) / 4.0)) x2=(x(f64::from(tick) / 4.0)) y1="0" y2=(lines * 20) stroke="#ccc" {}
                text x=(x(f64::from(tick) / 4.0)) y=(lines * 20 + 16) text-anchor="middle" { (tick * 25) " %" }
            }
            @for (at, (name, share)) in rows.iter().enumerate() {
                @let y = at * 20 + 11;
                @match share {
                    None => { text x="8" y=(y + 5) font-weight="bold" { (name) } }
                    Some(share) => {
                        text x="284" y=(y + 4) text-anchor="end" { (name) }
                        @if share.of > 0 {
                            line x1=(x(share.low)) x2=(x(share.high)) y1=(y) y2=(y) stroke="#2a78d6" stroke-width="3" {}
                            circle cx=(x(share.rate)) cy=(y) r="4" fill="#123a6b" {}
                        }
                    }
                }
            }
        }
    };
    markup.into_string()
}

/// Rows over columns; the darker, the nearer to 1.
pub(super) fn heat(columns: &[&str], rows: &[(String, Vec<f64>)]) -> String {
    const CELL: usize = 18;
    let (left, top) = (260, 130);
    let markup = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(left + columns.len() * CELL + 60) height=(top + rows.len() * CELL + 8)
            font-family="sans-serif" font-size="11" {
            @for (at, name) in columns.iter().enumerate() {
                @let x = left + at * CELL + 12;
                text x=(x) y=(top - 6) transform=(format!("rotate(-60 {x} {})", top - 6)) { (name) }
            }
            @for (line, (name, rates)) in rows.iter().enumerate() {
                @let y = top + line * CELL;
                text x=(left - 6) y=(y + 13) text-anchor="end" { (name) }
                @for (at, rate) in rates.iter().enumerate() {
                    rect x=(left + at * CELL) y=(y) width=(CELL - 1) height=(CELL - 1) fill="#1f5fb0" fill-opacity=(format!("{:.2}", rate.max(0.03))) {
                        title { (name) ": " (columns[at]) " " (format!("{:.1} %", 100.0 * rate)) }
                    }
                }
            }
        }
    };
    markup.into_string()
}
