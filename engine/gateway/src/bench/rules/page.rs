//! The report as a page that needs nothing but a browser.

use super::report::{Report, Speed};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use plotters::coord::ranged1d::{IntoSegmentedCoord as _, SegmentValue};
use plotters::prelude::*;

/// Detectors in the plot; all are in the table.
const PLOTTED: usize = 24;

const STYLE: &str = "
:root { color-scheme: light dark; --faint: #8886; --bar: #2a78d6; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--faint); text-align: right; }
th:first-child, td:first-child, td.name, th.name { text-align: left; }
.bar { background: var(--bar); height: .7rem; border-radius: 2px; min-width: 1px; }
.bars td:last-child { width: 40%; }
figure { margin: 1rem 0; background: white; border-radius: 6px; padding: .5rem; }
figure svg { width: 100%; height: auto; }
figcaption { color: #555; }
";

/// Writes the page.
///
/// # Errors
/// When a plot cannot be drawn.
pub fn page(report: &Report) -> Result<String, String> {
    let drawn = |error: String| format!("a plot cannot be drawn: {error}");
    let densities = densities(report).map_err(drawn)?;
    let costs = costs(report).map_err(drawn)?;
    let body = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Wiremask: what rules cost" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "What rules cost" }
                p {
                    (report.sample) ": " (report.rows) " rows of " (report.columns) " columns; "
                    (report.fields) " values of " (report.bytes) " bytes are looked at. Packs: "
                    (report.packs.join(", ")) ". Scanner: " (report.scanner) ", "
                    (format!("{:.2}", report.ns_per_field)) " ns a value with all detectors. "
                    (report.machine.processor) ", Linux " (report.machine.kernel) ", wiremask "
                    (report.version) "."
                }
                h2 { "Scanners on this sample" }
                (speeds(report))
                h2 { "Throughput against density" }
                (figure(&densities, "Invented rows of 12 columns; bytes of the values that are looked at. Both axes: more is to the right and up; speed is logarithmic."))
                h2 { "Cost of each detector" }
                (figure(&costs, "Nanoseconds that a detector adds for each value that it looks at."))
                (detectors(report))
            }
        }
    };
    Ok(body.into_string())
}

fn figure(svg: &str, caption: &str) -> Markup {
    html! {
        figure {
            (PreEscaped(svg))
            figcaption { (caption) }
        }
    }
}

fn speeds(report: &Report) -> Markup {
    let all = || report.scanners.iter().chain([&report.copy]);
    let fastest = all().map(|speed| speed.gib_per_second).fold(0.0, f64::max);
    let width = |speed: &Speed| format!("width:{:.2}%", 100.0 * speed.gib_per_second / fastest);
    html! {
        table.bars {
            tr { th { "scanner" } th { "GiB/s" } th { "ns per value" } th { "" } }
            @for speed in all() {
                tr {
                    td { (speed.scanner) }
                    td { (format!("{:.3}", speed.gib_per_second)) }
                    td { (format!("{:.2}", speed.ns_per_field)) }
                    td { div.bar style=(width(speed)) {} }
                }
            }
        }
    }
}

fn detectors(report: &Report) -> Markup {
    html! {
        table {
            tr {
                th { "detector" } th.name { "entity" } th.name { "pack" } th { "values" }
                th { "starts per 1000" } th { "matches" } th { "ns per value" }
            }
            @for detector in &report.detectors {
                tr {
                    td { (detector.name) }
                    td.name { (detector.entity) }
                    td.name { (detector.pack) }
                    td { (detector.fields) }
                    td { (format!("{:.2}", detector.starts_per_1000_fields)) }
                    td { (detector.matches) }
                    td {
                        @match detector.ns_per_field {
                            Some(cost) => { (format!("{cost:.3}")) }
                            None => { "–" }
                        }
                    }
                }
            }
        }
    }
}

/// Speed over density, a line for each scanner and one for copying.
fn densities(report: &Report) -> Result<String, String> {
    let points = |at: usize| {
        let points = report.densities.iter();
        points.filter_map(move |density| {
            Some((density.percent, density.speeds.get(at)?.gib_per_second))
        })
    };
    let series = 0..report.scanners.len();
    let speeds = || series.clone().flat_map(points).map(|(_, speed)| speed);
    let low = speeds().fold(f64::MAX, f64::min) / 2.0;
    let high = speeds().fold(report.copy.gib_per_second, f64::max) * 2.0;
    let most = report
        .densities
        .iter()
        .map(|d| d.percent)
        .fold(1.0, f64::max);
    let mut svg = String::new();
    let drawn = (|| {
        let area = SVGBackend::with_string(&mut svg, (960, 420)).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin(10)
            .x_label_area_size(45)
            .y_label_area_size(70)
            .build_cartesian_2d(0.0..most, (low..high).log_scale())?;
        chart
            .configure_mesh()
            .x_desc("fields with something sensitive, %")
            .y_desc("GiB/s")
            .draw()?;
        for (at, speed) in report.scanners.iter().enumerate() {
            let color = Palette99::pick(at).to_rgba();
            chart
                .draw_series(LineSeries::new(points(at), color.stroke_width(2)).point_size(3))?
                .label(&speed.scanner)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color));
        }
        let copy = report.copy.gib_per_second;
        chart
            .draw_series(LineSeries::new([(0.0, copy), (most, copy)], BLACK.mix(0.5)))?
            .label("copying")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], BLACK.mix(0.5)));
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.3))
            .draw()?;
        area.present()
    })();
    drawn.map_err(|error: DrawingAreaErrorKind<_>| error.to_string())?;
    Ok(svg)
}

/// The dearest detectors.
fn costs(report: &Report) -> Result<String, String> {
    let costs: Vec<(&str, f64)> = report
        .detectors
        .iter()
        .filter_map(|detector| Some((&*detector.name, detector.ns_per_field?)))
        .take(PLOTTED)
        .collect();
    let most = costs.iter().map(|(_, cost)| *cost).fold(0.001, f64::max) * 1.05;
    let rows = i32::try_from(costs.len()).unwrap_or(1).max(1);
    let mut svg = String::new();
    let drawn = (|| {
        let height = u32::try_from(60 + 22 * rows).unwrap_or(600);
        let area = SVGBackend::with_string(&mut svg, (960, height)).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(190)
            .build_cartesian_2d(0.0..most, (0..rows - 1).into_segmented())?;
        let name = |at: &SegmentValue<i32>| match at {
            SegmentValue::CenterOf(at) => {
                let from_top = usize::try_from(rows - 1 - at).unwrap_or(usize::MAX);
                costs.get(from_top).map_or("", |(name, _)| name).to_owned()
            }
            SegmentValue::Exact(_) | SegmentValue::Last => String::new(),
        };
        chart
            .configure_mesh()
            .disable_y_mesh()
            .y_labels(costs.len())
            .y_label_formatter(&name)
            .x_desc("ns per value")
            .draw()?;
        chart.draw_series((0..rows).rev().zip(&costs).map(|(at, (_, cost))| {
            let corners = [
                (0.0, SegmentValue::Exact(at)),
                (*cost, SegmentValue::Exact(at + 1)),
            ];
            let mut bar = Rectangle::new(corners, BLUE.mix(0.6).filled());
            bar.set_margin(3, 3, 0, 0);
            bar
        }))?;
        area.present()
    })();
    drawn.map_err(|error: DrawingAreaErrorKind<_>| error.to_string())?;
    Ok(svg)
}
