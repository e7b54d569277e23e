//! `wiremask bench`: what the gateway costs on this machine, over real sockets.
//!
//! An invented result goes from a server of ours through the route under test to a client of ours:
//! directly, through a relay that only moves bytes (the same runtime), through the gateway without
//! rules, and through the gateway with the starter pack. Server, relay and gateways are processes of
//! their own, so that each one's processor time is its own. Rounds take turns over the routes, and
//! what counts are the ratios within one run.

mod measure;
mod parts;
mod report;
mod rules;

use crate::commands::{Outcome, print};
use measure::{Kind, Plan, Route};
use parts::Parts;
use report::Report;
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;
use wiremask_benches::data::{COLUMNS_MAX, Format, Recipe, ResultSet};

/// Arguments of `bench`.
#[derive(Clone, Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    /// What to measure instead of the whole gateway
    #[command(subcommand)]
    what: Option<What>,
    /// Rows of a result
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000_000))]
    rows: u32,
    /// Columns of a result, about 15 bytes each
    #[arg(long, value_name = "NUMBER", default_value_t = 12,
          value_parser = clap::value_parser!(u16).range(1..=COLUMNS_MAX as i64))]
    columns: u16,
    /// Fields that hold something sensitive, in percent; the starter pack is measured with each
    #[arg(long, value_name = "PERCENT,...", value_delimiter = ',', default_values_t = [0.0, 1.0, 20.0],
          value_parser = percent)]
    density: Vec<f64>,
    /// How results travel: text, binary or copy
    #[arg(long, default_value_t = Format::Text)]
    format: Format,
    /// Rounds over all routes; medians of them are reported
    #[arg(long, value_name = "NUMBER", default_value_t = 5,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// Time for each route in each round
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    seconds: f64,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// Be one of the processes of a measurement
    #[arg(long, hide = true, value_enum)]
    part: Option<Part>,
    /// Where a relay relays to
    #[arg(long, hide = true, requires = "part")]
    upstream: Option<SocketAddr>,
}

/// Parts that are measured alone.
#[derive(Clone, Debug, clap::Subcommand)]
enum What {
    /// What each detector of rule packs costs, on invented rows or on your own data
    #[command(after_help = "\
Values of the sample stay in memory; neither the tables nor the page hold any. A detector's cost is
what a scan with it alone takes longer than a scan of the same values with none.

Examples:
  wiremask bench rules
  wiremask bench rules --pack starter --pack shop.toml --sample customers.csv --html cost.html
  wiremask bench rules --database postgresql://me@db.example/shop --table public.customer
  psql -c 'copy (select * from t limit 1000) to stdout csv header' | wiremask bench rules --sample -")]
    Rules(rules::Options),
}

/// A process of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Upstream,
    Relay,
}

fn percent(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    match number {
        0.0..=50.0 => Ok(number),
        _ => Err("not within 0 and 50".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    match number {
        0.01..=3600.0 => Ok(number),
        _ => Err("not within 0.01 and 3600".to_owned()),
    }
}

impl Options {
    fn recipe(&self, percent: f64) -> Recipe {
        Recipe {
            columns: usize::from(self.columns),
            density: percent / 100.0,
            format: self.format,
        }
    }

    fn plan(&self) -> Plan {
        Plan {
            rounds: usize::from(self.rounds),
            time: Duration::from_secs_f64(self.seconds),
            rows: self.rows as usize,
        }
    }
}

/// The name of the table with this density.
fn table_name(percent: f64) -> String {
    format!("bench_{percent}").replace('.', "_")
}

/// `wiremask bench`
pub fn run(options: &Options) -> Outcome {
    if let Some(What::Rules(options)) = &options.what {
        return rules::run(options);
    }
    match options.part {
        Some(Part::Upstream) => parts::serve_results(options),
        Some(Part::Relay) => parts::relay(options.upstream),
        None => measure(options),
    }
}

fn measure(options: &Options) -> Outcome {
    let parts = Parts::start(options)?;
    let mut densities = options.density.clone();
    densities.sort_by(f64::total_cmp);
    densities.dedup();
    // Routes that mask nothing carry the rows of the middle one.
    let plain = densities.get(1).or(densities.first());
    let plain = *plain.ok_or("no density was given")?;
    let mut routes = vec![
        Route::new(Kind::Direct, plain, parts.upstream.address, None),
        Route::new(
            Kind::Relay,
            plain,
            parts.relay.address,
            Some(parts.relay.pid()),
        ),
        Route::new(
            Kind::WithoutRules,
            plain,
            parts.unruled.address,
            Some(parts.unruled.pid()),
        ),
    ];
    for percent in densities {
        let starter = &parts.starter;
        routes.push(Route::new(
            Kind::Starter,
            percent,
            starter.address,
            Some(starter.pid()),
        ));
    }
    let plan = options.plan();
    for route in &mut routes {
        tell(options.json, &format!("checking {}", route.name()));
        let rows = ResultSet::new(options.recipe(route.percent));
        route.check(&rows, &plan)?;
    }
    for round in 1..=plan.rounds {
        for route in &mut routes {
            tell(
                options.json,
                &format!("round {round} of {}: {}", plan.rounds, route.name()),
            );
            route.measure(&plan)?;
        }
    }
    tell(options.json, "");
    drop(parts);
    let report = Report::new(options, &routes)?;
    print(&if options.json {
        report.json()?
    } else {
        report.text()
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What is going on, for people who wait.
fn tell(quiet: bool, text: &str) {
    let mut out = std::io::stderr();
    if !quiet && out.is_terminal() {
        // Nobody misses it.
        let _ = write!(out, "\r\x1b[K{text}");
    }
}
