//! Reports as one page that needs nothing but a browser: tables and plots, and no value of the data.

mod plot;

use crate::decide::{Decision, Found, Verdict};
use crate::diff::Change;
use crate::eval::{Evaluation, Point};
use crate::labels::Strength;
use crate::stats::Share;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Serialize;
use std::collections::BTreeMap;

/// What one rule costs.
#[derive(Clone, Debug, Serialize)]
pub struct Cost {
    /// The detector.
    pub rule: String,
    /// Nanoseconds that it takes for each value it looks at.
    pub ns_per_field: f64,
}

/// What a page shows; parts that are empty are left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Page<'a> {
    /// The heading.
    pub title: &'a str,
    /// Where the data comes from and which packs looked at it.
    pub about: &'a str,
    /// Decisions over columns.
    pub decisions: &'a [Decision],
    /// Evaluations.
    pub evaluations: &'a [Evaluation],
    /// The threshold curve.
    pub curve: &'a [Point],
    /// The same without names.
    pub curve_without_names: &'a [Point],
    /// Costs of rules.
    pub costs: &'a [Cost],
    /// What would change.
    pub changes: &'a [Change],
}

const STYLE: &str = "
:root { color-scheme: light dark; --faint: #8884; --bar: #2a78d6; --bad: #c8352b; --good: #2b8a3e; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 84rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .2rem .5rem; border-bottom: 1px solid var(--faint); text-align: left; vertical-align: top; }
td.n, th.n { text-align: right; white-space: nowrap; }
code { font-size: .85rem; }
.mask { color: var(--bad); font-weight: 600; } .clear { color: var(--good); } .ask { color: #b7791f; font-weight: 600; }
figure { margin: 1rem 0; background: white; color: #222; border-radius: 6px; padding: .5rem; overflow-x: auto; }
figcaption { color: #555; } .why { color: #777; }
";

/// Writes the page.
pub fn page(page: &Page<'_>) -> String {
    let body = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Wiremask: " (page.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (page.title) }
                p { (page.about) }
                @if !page.evaluations.is_empty() { (evaluations(page.evaluations)) }
                @if !page.curve.is_empty() {
                    h2 { "Threshold" }
                    (figure(&plot::curve(page.curve, page.curve_without_names),
                        "Columns, by the evidence from which one is masked. Solid: with names; dashed: without. Shaded: 95 % interval of recall."))
                }
                @if !page.decisions.is_empty() {
                    h2 { "Columns" }
                    (decisions(page.decisions))
                    h2 { "Columns by rules" }
                    (figure(&heat(page.decisions), "The share of a column's distinct values that a rule accepts whole: the darker, the more."))
                    h2 { "What would change" }
                    (would_change(page.decisions))
                }
                @if !page.changes.is_empty() { h2 { "What changes" } (changes(page.changes)) }
                @if !page.costs.is_empty() {
                    h2 { "Cost of each rule" }
                    (figure(&plot::bars(&costs(page.costs), "ns a value"), "The dearest rules, alone on the columns that they look at."))
                }
            }
        }
    };
    body.into_string()
}

fn figure(svg: &str, caption: &str) -> Markup {
    html! { figure { (PreEscaped(svg)) figcaption { (caption) } } }
}

fn costs(costs: &[Cost]) -> Vec<(String, f64)> {
    let mut costs: Vec<(String, f64)> = costs
        .iter()
        .map(|cost| (cost.rule.clone(), cost.ns_per_field))
        .collect();
    costs.sort_by(|a, b| b.1.total_cmp(&a.1));
    costs.truncate(30);
    costs
}

fn percent(share: &Share) -> String {
    match share.of {
        0 => "–".to_owned(),
        _ => format!(
            "{:.2} % ({:.2}–{:.2})",
            100.0 * share.rate,
            100.0 * share.low,
            100.0 * share.high
        ),
    }
}

fn path(decision: &Decision) -> String {
    let parts = [&decision.schema, &decision.table, &decision.column];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(".")
}

fn decisions(decisions: &[Decision]) -> Markup {
    let mut sorted: Vec<&Decision> = decisions.iter().collect();
    sorted.sort_by_cached_key(|decision| (decision.verdict, path(decision)));
    html! {
        table {
            tr {
                th { "column" } th { "type" } th.n { "distinct" } th { "verdict" } th { "entity" } th { "top rule" }
                th.n { "hit rate" } th.n { "chance" } th { "name" } th { "mask" } th { "shapes" } th { "why" }
            }
            @for decision in sorted {
                tr {
                    td { (path(decision)) } td { (decision.type_name) } td.n { (decision.distinct) }
                    td class=(decision.verdict.as_str()) { (decision.verdict.as_str()) }
                    td { @if decision.verdict != Verdict::Scan { (decision.entity) } }
                    td { (decision.rule) }
                    td.n { @if !decision.rule.is_empty() { (percent(&decision.hits)) } }
                    td.n { @if !decision.rule.is_empty() { (format!("{:.1} %", 100.0 * decision.chance)) } }
                    td { (decision.name.as_str()) }
                    td { @if decision.verdict == Verdict::Mask { code { (decision.mask) } } }
                    td { @for shape in &decision.shapes { code { (shape) } " " } }
                    td.why { (decision.reasons.join("; ")) }
                }
            }
        }
    }
}

/// Columns over rules, those with something in them.
fn heat(decisions: &[Decision]) -> String {
    let shown: Vec<&Decision> = decisions
        .iter()
        .filter(|decision| !decision.fits.is_empty())
        .collect();
    let mut rules: BTreeMap<&str, f64> = BTreeMap::new();
    for fit in shown.iter().flat_map(|decision| &decision.fits) {
        *rules.entry(&fit.rule).or_default() += fit.hits.rate;
    }
    let mut rules: Vec<(&str, f64)> = rules.into_iter().collect();
    rules.sort_by(|a, b| b.1.total_cmp(&a.1));
    rules.truncate(40);
    let columns: Vec<&str> = rules.iter().map(|(rule, _)| *rule).collect();
    let rate = |decision: &Decision, rule: &str| {
        let of_rule = |fit: &&Found| fit.rule == rule;
        decision
            .fits
            .iter()
            .find(of_rule)
            .map_or(0.0, |fit| fit.hits.rate)
    };
    let rows: Vec<(String, Vec<f64>)> = (shown.iter().take(200))
        .map(|decision| {
            (
                path(decision),
                columns.iter().map(|rule| rate(decision, rule)).collect(),
            )
        })
        .collect();
    plot::heat(&columns, &rows)
}

fn would_change(decisions: &[Decision]) -> Markup {
    let now = |decision: &Decision| match decision.found.first() {
        None => "passes".to_owned(),
        Some(found) => format!("{} in {:.1} %", found.rule, 100.0 * found.hits.rate),
    };
    html! {
        table {
            tr { th { "column" } th { "with the packs alone" } th { "with the overlay" } }
            @for decision in decisions {
                @if matches!(decision.verdict, Verdict::Mask | Verdict::Clear) {
                    tr {
                        td { (path(decision)) } td { (now(decision)) }
                        td {
                            @if decision.verdict == Verdict::Mask { "masked whole as " (decision.entity) }
                            @else { "passes: " (decision.found.iter().map(|found| found.rule.as_str()).collect::<Vec<_>>().join(", ")) " off" }
                        }
                    }
                }
            }
        }
    }
}

fn evaluations(evaluations: &[Evaluation]) -> Markup {
    let points: Vec<(String, Vec<(&str, Share)>)> = (evaluations.iter())
        .map(|evaluation| {
            let shares = vec![
                ("precision", evaluation.scores.precision),
                ("recall", evaluation.scores.recall),
                ("strong caught", evaluation.strong),
                ("form only", evaluation.format),
                ("names, addresses", evaluation.named),
            ];
            (evaluation.variant.clone(), shares)
        })
        .collect();
    html! {
        h2 { "Leaks, over-masking, type breaks" }
        table {
            tr {
                th { "" } th.n { "leaks" } th.n { "strong caught" } th.n { "form only" } th.n { "names, addresses" } th.n { "over-masked" }
                th.n { "type breaks" } th.n { "precision" } th.n { "recall" } th.n { "F2" }
            }
            @for evaluation in evaluations {
                tr {
                    td { (evaluation.variant) } td.n { (evaluation.leaks) } td.n { (percent(&evaluation.strong)) }
                    td.n { @if evaluation.format.of > 0 { (percent(&evaluation.format)) } }
                    td.n { (percent(&evaluation.named)) } td.n { (percent(&evaluation.over_masked)) }
                    td.n { (evaluation.type_breaks) } td.n { (percent(&evaluation.scores.precision)) }
                    td.n { (percent(&evaluation.scores.recall)) } td.n { (format!("{:.4}", evaluation.scores.f2)) }
                }
            }
        }
        (figure(&plot::intervals(&points), "Shares with their 95 % intervals."))
        @for evaluation in evaluations {
            h3 { (evaluation.variant) ": where it goes wrong" }
            (confusion(evaluation))
            h3 { (evaluation.variant) ": rule by rule" }
            (by_rule(evaluation))
        }
    }
}

fn confusion(evaluation: &Evaluation) -> Markup {
    let wrong = evaluation.columns.iter().filter(|column| {
        column.type_breaks > 0
            || match column.strength {
                Strength::None => column.changed > 0,
                Strength::Strong | Strength::Named => column.caught < column.cells,
                Strength::Format | Strength::Weak => false,
            }
    });
    html! {
        table {
            tr { th { "column" } th { "is" } th.n { "cells" } th.n { "caught" } th.n { "changed" } th { "rule" } th { "looks like" } }
            @for column in wrong {
                tr {
                    td { (column.table) "." (column.column) } td { (column.entity) } td.n { (column.cells) }
                    td.n { (column.caught) } td.n { (column.changed) } td { (column.rule) }
                    td { @for shape in &column.confusion { code { (shape) } " " } }
                }
            }
        }
    }
}

fn by_rule(evaluation: &Evaluation) -> Markup {
    html! {
        table {
            tr { th { "rule" } th.n { "right" } th.n { "wrong" } th.n { "precision" } th.n { "recall of its entity" } th.n { "F2" } }
            @for rule in &evaluation.rules {
                tr {
                    td { (rule.rule) } td.n { (rule.right) } td.n { (rule.wrong) } td.n { (percent(&rule.scores.precision)) }
                    td.n { (percent(&rule.scores.recall)) } td.n { (format!("{:.3}", rule.scores.f2)) }
                }
            }
        }
    }
}

fn changes(changes: &[Change]) -> Markup {
    html! {
        table {
            tr { th { "column" } th.n { "newly masked" } th.n { "no longer masked" } th { "why" } }
            @for change in changes {
                tr {
                    td { (change.table) "." (change.column) } td.n { (percent(&change.newly)) }
                    td.n { (percent(&change.no_longer)) } td { (change.reason) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stands_alone_and_escapes() {
        let costs = [Cost {
            rule: "a<b".to_owned(),
            ns_per_field: 3.5,
        }];
        let text = page(&Page {
            title: "<title>",
            costs: &costs,
            ..Page::default()
        });
        assert!(text.contains("&lt;title&gt;") && text.contains("a&lt;b") && text.contains("<svg"));
        for outside in ["http:", "https:", "src=", "<script", "<link"] {
            assert!(
                !text
                    .replace("http://www.w3.org/2000/svg", "")
                    .contains(outside),
                "{outside}"
            );
        }
    }
}
