//! The figures of the generated lab, at a size that every run of the tests can afford.
//!
//! The seeds are not those that rules were tuned on. The whole measurement is `wiremask rules eval`; this
//! holds what a change of a pack or of a decision could lose without anybody looking.

use std::sync::OnceLock;
use wiremask_rules::{Backend, Keys, PackSource, Ruleset, builtin, builtin_names};
use wiremask_tuning::decide::{Options, decide};
use wiremask_tuning::eval::{Evaluation, Evaluator};
use wiremask_tuning::lab::{LabTable, Set, lab};
use wiremask_tuning::labels::{Labels, write_labels};
use wiremask_tuning::overlay;
use wiremask_tuning::sample::{Column, ColumnFacts, Table};

/// Rows of each table: more distinct values than count as evidence.
const ROWS: u64 = 90;

/// The packs that commands use unless told otherwise.
fn packs() -> Vec<PackSource> {
    let names = builtin_names().filter(|name| !matches!(*name, "starter" | "free-text"));
    let pack = |name: &str| PackSource {
        name: name.to_owned(),
        text: builtin(name).unwrap_or_default().to_owned(),
    };
    names.map(pack).collect()
}

fn compile(packs: &[PackSource]) -> Ruleset {
    let keys = Keys::from_secret("test", b"a secret of a test");
    Ruleset::compile(packs, &keys, Backend::Portable).expect("built-in packs compile")
}

fn rules() -> &'static Ruleset {
    static RULES: OnceLock<Ruleset> = OnceLock::new();
    RULES.get_or_init(|| compile(&packs()))
}

/// Samples of tables, under their names or under meaningless ones.
fn sampled(tables: &[LabTable], names: bool) -> Vec<Table> {
    let one = |(number, table): (usize, &LabTable)| {
        let facts = |(at, label): (usize, &wiremask_tuning::labels::Label)| ColumnFacts {
            table: if names {
                table.name.clone()
            } else {
                format!("t{number}")
            },
            column: if names {
                label.column.clone()
            } else {
                format!("c{at}")
            },
            type_name: label.type_name.clone(),
            ..ColumnFacts::default()
        };
        let mut columns: Vec<Column> = (table.labels.iter().enumerate())
            .map(|label| Column::new(facts(label), 400))
            .collect();
        let mut reader = csv::Reader::from_reader(table.csv.as_bytes());
        for row in reader.byte_records() {
            let row = row.expect("the lab writes CSV");
            columns
                .iter_mut()
                .zip(&row)
                .for_each(|(column, value)| column.push(Some(value)));
        }
        Table { columns }
    };
    tables.iter().enumerate().map(one).collect()
}

/// What rules do to the cells of the lab.
fn evaluate(rules: &Ruleset, lab: &[LabTable], tables: &[Table]) -> Evaluation {
    let labels: Vec<_> = lab
        .iter()
        .flat_map(|table| table.labels.iter().cloned())
        .collect();
    let labels = Labels::read(write_labels(&labels).as_bytes()).expect("labels of the lab");
    let mut evaluator = Evaluator::new(rules);
    for (of_lab, table) in lab.iter().zip(tables) {
        for (label, column) in of_lab.labels.iter().zip(&table.columns) {
            let facts = column.facts.clone();
            let number = evaluator.column(&labels, &label.table, &label.column, facts);
            let number = number.expect("every column has a label");
            column
                .values()
                .for_each(|(value, count)| evaluator.cell(number, value, count));
        }
    }
    evaluator.finish("test")
}

/// The packs with what `rules suggest` would write.
fn decided(tables: &[Table], names: bool) -> Ruleset {
    let options = Options {
        names,
        ..Options::default()
    };
    let text = overlay("decisions", &[], &decide(rules(), tables, options));
    let mut packs = packs();
    packs.push(PackSource {
        name: "decisions".to_owned(),
        text,
    });
    compile(&packs)
}

/// Columns of which cells came through, for the message of a failure.
fn leaking(evaluation: &Evaluation) -> Vec<String> {
    let columns = evaluation.columns.iter();
    let leaking =
        columns.filter(|column| column.caught < column.cells && !column.entity.is_empty());
    leaking
        .map(|column| format!("{}.{}", column.table, column.column))
        .collect()
}

#[test]
fn with_their_names_nothing_strong_comes_through_and_little_else_changes() {
    for (seed, set) in [(20_261, Set::Tuning), (20_262, Set::HeldOut)] {
        let lab = lab(seed, set, ROWS);
        let tables = sampled(&lab, true);
        let packs = evaluate(rules(), &lab, &tables);
        assert!(
            packs.strong.rate >= 0.995,
            "seed {seed}: {:?}",
            leaking(&packs)
        );
        assert!(
            packs.over_masked.rate <= 0.01,
            "seed {seed}: {:?}",
            packs.over_masked
        );
        assert!(packs.named.rate >= 0.9, "seed {seed}: {:?}", packs.named);
        let with = evaluate(&decided(&tables, true), &lab, &tables);
        assert!(
            with.strong.rate >= 0.995,
            "seed {seed}: {:?}",
            leaking(&with)
        );
        assert!(with.named.rate >= 0.95, "seed {seed}: {:?}", leaking(&with));
        assert!(
            with.over_masked.rate <= 0.01,
            "seed {seed}: {:?}",
            with.over_masked
        );
        assert_eq!((packs.type_breaks, with.type_breaks), (0, 0));
    }
}

#[test]
fn values_alone_decide_strong_columns() {
    for (seed, set) in [(20_263, Set::Tuning), (20_264, Set::HeldOut)] {
        let lab = lab(seed, set, ROWS);
        let tables = sampled(&lab, false);
        let with = evaluate(&decided(&tables, false), &lab, &tables);
        assert!(
            with.strong.rate >= 0.995,
            "seed {seed}: {:?}",
            leaking(&with)
        );
        assert!(
            with.over_masked.rate <= 0.03,
            "seed {seed}: {:?}",
            with.over_masked
        );
        assert!(with.named.rate >= 0.6, "seed {seed}: {:?}", leaking(&with));
        assert!(with.strong.of >= 2_000, "the lab has lost its strong cells");
        assert!(
            with.format.of > 0,
            "the lab has lost the cells that only a name tells"
        );
    }
}
