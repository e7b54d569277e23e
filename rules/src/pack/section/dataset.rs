//! `[[dataset]]`: what is done with columns, with places inside their JSON, or with detectors there.

use super::{MODES, Mask, mask, reason, threshold, word};
use crate::info::Mode;
use crate::pack::diagnostics::{At, Site};
use crate::pack::table::Table;
use crate::path::JsonPath;
use crate::tags;

/// `[[dataset]]`.
#[derive(Debug)]
pub(crate) struct Dataset {
    pub(crate) site: Site,
    pub(crate) name: Option<String>,
    pub(crate) select: Select,
    pub(crate) entity: Option<String>,
    pub(crate) mask: Option<Mask>,
    pub(crate) mode: Option<Mode>,
    pub(crate) threshold: Option<At<f64>>,
    /// The detectors that the entry speaks about; none is the columns themselves.
    pub(crate) detectors: Vec<At<String>>,
    pub(crate) reason: Option<String>,
    /// Weakens distinctive detectors in more than one column, on purpose.
    pub(crate) force: bool,
}

/// `select = { ... }`: every part that is given must match; `*` stands for any characters.
#[derive(Debug, Default)]
pub(crate) struct Select {
    pub(crate) database: Vec<At<String>>,
    pub(crate) schema: Vec<At<String>>,
    pub(crate) table: Vec<At<String>>,
    pub(crate) column: Vec<At<String>>,
    pub(crate) types: Vec<At<String>>,
    /// Of the column or its table, in lower case.
    pub(crate) tags: Vec<At<String>>,
    /// Places inside JSON documents; empty is the whole value.
    pub(crate) paths: Vec<At<JsonPath>>,
}

impl Dataset {
    /// Is it about detectors in the columns, and not about the columns?
    pub(crate) fn is_about_detectors(&self) -> bool {
        !self.detectors.is_empty()
            || (self.threshold.is_some() && self.entity.is_none() && self.mask.is_none())
    }
}

pub(crate) fn dataset(table: Table<'_>) -> Option<Dataset> {
    let name = table.string("name").map(|n| n.value);
    let given = table.table("select");
    if given.is_none() && !table.has("select") {
        table.missing(
            "select",
            "add `select = { table = \"...\", column = \"...\" }`",
        );
    }
    let (select, mut detectors) = given.map(select).unzip();
    let mut mode = word(&table, "mode", &MODES);
    let mut dataset = Dataset {
        site: table.site.clone(),
        name,
        select: select.unwrap_or_default(),
        entity: None,
        mask: None,
        mode,
        threshold: None,
        detectors: Vec::new(),
        reason: None,
        force: table.bool("force").is_some_and(|force| force.value),
    };
    if let Some(set) = table.table("set") {
        dataset.entity = set.string("entity").map(|e| e.value);
        dataset.mask = mask(&set);
        dataset.threshold = threshold(&set);
        let own = set.strings("detectors");
        let twice = |key: &str, place: &str| {
            let help = format!("give it once, {place}");
            let message = format!("`{key}` is given twice");
            table.errors().add(&set.site, message, Some(help));
        };
        if !own.is_empty() && detectors.as_ref().is_some_and(|known| !known.is_empty()) {
            twice("detectors", "in `select` or in `set`");
        }
        if !own.is_empty() {
            detectors = Some(own);
        }
        if set.has("mode") {
            if mode.is_some() {
                twice("mode", "beside `select` or in `set`");
            }
            mode = word(&set, "mode", &MODES);
        }
        set.finish();
    }
    dataset.mode = mode;
    dataset.detectors = detectors.unwrap_or_default();
    dataset.reason = reason(&table).map(|reason| reason.value);
    check(&dataset, &table);
    table.finish();
    Some(dataset)
}

/// Combinations that mean nothing, or not what they seem to.
fn check(dataset: &Dataset, table: &Table<'_>) {
    let select = &dataset.select;
    let masks = dataset.entity.is_some() || dataset.mask.is_some();
    let selects = |parts: &[At<String>]| !parts.is_empty();
    let any = [&select.table, &select.column, &select.types, &select.tags];
    let named = selects(&dataset.detectors);
    if table.has("select")
        && !any.iter().any(|parts| selects(parts))
        && select.paths.is_empty()
        && !named
    {
        table.missing(
            "column",
            "select at least a `table`, a `column`, a `type`, a `tag`, a `path` or `detectors`",
        );
    }
    let mode = dataset.mode.unwrap_or(Mode::Enforce);
    let says_something = masks || dataset.threshold.is_some() || named;
    if mode == Mode::Enforce && !says_something && !table.has("set") {
        table.missing(
            "set",
            "add `set = { entity = \"...\", mask = { operator = \"redact\" } }`",
        );
    }
    if mode == Mode::Off && dataset.reason.is_none() && !table.has("reason") {
        table.missing(
            "reason",
            "say why these columns need no protection: `reason = \"...\"`",
        );
    }
    if dataset.force && dataset.reason.is_none() {
        table.missing("reason", "`force = true` needs one: `reason = \"...\"`");
    }
    let clash = |what: &str, help: &str| {
        table.errors().add(&table.site, what, Some(help.to_owned()));
    };
    if masks && dataset.threshold.is_some() && !named {
        clash(
            "a column that is masked whole has no threshold",
            "remove `threshold`, or name the `detectors` that it is for",
        );
    }
    if !select.paths.is_empty() && (named || dataset.threshold.is_some()) {
        clash(
            "a path selects values and no detectors",
            "remove `path`, or remove `detectors` and `threshold`",
        );
    }
    if let Some(entity) = dataset.entity.as_ref().filter(|_| named) {
        clash(
            &format!("the detectors have an entity of their own, and `{entity}` is another"),
            "remove `entity`, or remove `detectors` to decide about the whole column",
        );
    }
    if named && mode == Mode::Off && (masks || dataset.threshold.is_some()) {
        clash(
            "a detector that is off has neither mask nor threshold",
            "remove them, or the mode",
        );
    }
}

fn select(table: Table<'_>) -> (Select, Vec<At<String>>) {
    let mut select = Select {
        database: table.strings("database"),
        schema: table.strings("schema"),
        table: table.strings("table"),
        column: table.strings("column"),
        types: table.strings("type"),
        tags: table.strings("tag"),
        paths: Vec::new(),
    };
    for tag in &mut select.tags {
        tag.value.make_ascii_lowercase();
        if !tag.value.split('*').all(tags::may_be_part) {
            let help =
                "a tag has letters, digits, `_`, `-`, `.` and `:`; `*` stands for any of them";
            let message = format!("`{}` is no tag", tag.value);
            table
                .errors()
                .add(&tag.site, message, Some(help.to_owned()));
        }
    }
    for path in table.strings("path") {
        match JsonPath::parse(&path.value) {
            Ok(parsed) => select.paths.push(At {
                value: parsed,
                site: path.site,
            }),
            Err(wrong) => {
                let help =
                    "a path is `$` and then `.name`, `['name']`, `[0]`, `[*]`, `.*` or `..name`";
                table
                    .errors()
                    .add(&path.site, wrong.to_string(), Some(help.to_owned()));
            }
        }
    }
    if let Some(other) = select
        .types
        .iter()
        .find(|t| !select.paths.is_empty() && !matches!(t.value.as_str(), "json" | "jsonb"))
    {
        let help = "remove `type`, or write `type = [\"json\", \"jsonb\"]`";
        table.errors().add(
            &other.site,
            format!("a value of type {} has no paths", other.value),
            Some(help.to_owned()),
        );
    }
    let detectors = table.strings("detectors");
    table.finish();
    (select, detectors)
}
