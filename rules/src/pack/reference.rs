//! The keys of the pack language, in one table, and the reference that is written from it.
//!
//! Tests hold the table against the reader of packs, compile every example, and compare
//! `docs/reference/packs.md` with what is written here.

use std::fmt::Write as _;

/// A table of a pack.
struct Section {
    header: &'static str,
    about: &'static str,
    keys: &'static [Key],
}

/// A key of a table.
struct Key {
    name: &'static str,
    kind: &'static str,
    /// What holds without it; `required` where it must be there.
    default: &'static str,
    about: &'static str,
    /// Lines of the table that compile with what the table must have besides.
    example: &'static str,
}

/// The reference as Markdown.
pub fn pack_reference() -> String {
    let mut out = HEAD.to_owned();
    for section in SECTIONS {
        // Writing to a string cannot fail.
        let _ = write!(out, "\n## `{}`\n\n{}\n", section.header, section.about);
        for key in section.keys {
            let default = match key.default {
                "required" => "required".to_owned(),
                default => format!("default {default}"),
            };
            let _ = write!(
                out,
                "\n### `{}`\n\n*{}, {default}.* {}\n\n```toml\n{}\n```\n",
                key.name, key.kind, key.about, key.example
            );
        }
    }
    out.push_str(TAIL);
    out
}

const HEAD: &str = "\
# Rule packs

<!-- Written from rules/src/pack/reference.rs by `UPDATE=1 cargo nextest run -p wiremask-rules reference`. -->

A pack is a TOML file that says what is sensitive and how it is masked. It has one `[pack]` and any number of
`[[detector]]`, `[[allow]]` and `[[dataset]]`. A key that is not listed here is an error, with its line, a
caret and what would be right. All mistakes of all packs are reported at once.

Where a value may be a list, a single string will do. `*` in the names of a selection stands for any
characters.
";

const TAIL: &str = r#"
## How packs come together

**Layers.** What a pack extends comes before it; packs that are given keep their order otherwise. A pack that is
named or given more than once counts once. Later packs add detectors, allow entries and data-set entries;
names of detectors are unique over all packs.

**Which entry decides.** Of all entries that select a column the most exact one decides, compared in this order:
the column by its name; a tag; the column by a pattern; the table; the schema; the database; the type. Among
equals the later one decides. `mode`, `threshold` and `mask` of detectors are looked up one by one, so that
an entry that says nothing about one of them leaves it to the next; an entry that names its `detectors` goes
before one about all of them. Entries that mask or enforce ignore the case of names
and take a blank or a hyphen for `_` (`First Name` is `first_name`), those that weaken do not.

**Nothing is weakened by accident.** An entry that does not name its tables and columns without patterns may not
switch off a distinctive detector, put it into shadow mode, or raise a threshold above what it reaches, unless
it has `force = true` and a `reason`.

**Evidence.** The evidence of a match is 1 less the share of random values that would have it: `1 - chance` for a
valid value by itself, `1 - chance / 10` where one of the detector's words stands near by, 1 where the name of
the column is one of the detector's. A match counts if its evidence reaches the `threshold`, so that at most
`1 - threshold` of random values of its form are masked. `required = true` asks for a word or a name besides.
In a column that is named for a detector its validators are not asked: a mistyped card number is masked there.

**Overlaps.** A byte that several detectors match belongs to the one with the highest priority, then to the longest
match, then to the leftmost, then to the detector that comes first. What a loser covers beyond the winner stays
masked as its own. A detector in shadow mode takes nothing from others. A match that an allow entry names takes
part in nothing. `rules explain` shows the losers and every near miss.

**Tags.** In a comment of a column or its table: the word `wiremask:` and behind it, without a blank, tags
separated by commas, as in `COMMENT ON COLUMN person.mail IS 'for bills, wiremask:pii,email'`. A security
label of the provider `wiremask` is a list of tags; a label of another provider is the tag `label:` and its
name, such as `label:anon`. Tags have letters, digits, `_`, `-` and `.`, in either case. Whoever may comment on a
table can change its tags: select by them what is masked, and by names what is not.

**Paths.** `$` and then `.name`, `['name']`, `[0]`, `[*]`, `.*`, or `..` before any of them for any depth (a subset of
JSONPath, RFC 9535). A path selects values of columns of type json and jsonb. Everything inside a selected
object or array is masked, its keys included.

**Expiry.** An allow entry holds until the end of its day, in UTC. One that has expired is not applied, and
reported as a warning.

**Hash.** The packs that are in force have a hash, which goes into the record of every session. It changes with what
they say and with the id of the key, and not with comments, white space or the order of keys.

**Examples** are run whenever packs are loaded, built-in ones included. Packs with an example that fails are not put
into force. An example whose value another pack takes over or allows has not failed.
"#;

const SECTIONS: &[Section] = &[
    Section {
        header: "[pack]",
        about: "What the pack is.",
        keys: &[
            Key {
                name: "name",
                kind: "text",
                default: "required",
                about: "Its name: letters, digits, `-`, `_`, `.` and `+`.",
                example: "name = \"shop\"",
            },
            Key {
                name: "version",
                kind: "text",
                default: "required",
                about: "Its version, which packs that extend it pin. Any text of the same characters; compared as it is.",
                example: "version = \"2026.11\"",
            },
            Key {
                name: "extends",
                kind: "list of text",
                default: "none",
                about: "Packs that come before this one, as `name@version`. Built-in packs are there by themselves, \
                        others have to be given too. Another version is an error, none a warning, a circle an error.",
                example: "extends = [\"starter@1\"]",
            },
        ],
    },
    Section {
        header: "[[detector]]",
        about: "Finds one kind of value by its content.",
        keys: &[
            Key {
                name: "name",
                kind: "text",
                default: "required",
                about: "Its name, of which there is one in all packs together.",
                example: "name = \"order-number\"",
            },
            Key {
                name: "entity",
                kind: "text",
                default: "required",
                about: "What it protects. Detectors of the same entity share a key: equal values mask alike.",
                example: "entity = \"ORDER\"",
            },
            Key {
                name: "class",
                kind: "word",
                default: "required",
                about: "How a value is decidable. `\"distinctive\"`: the form is enough. `\"checksum\"`: a checksum that \
                        some random values pass. `\"format\"`: the form says little, so `required = true` must be in its \
                        context. `\"semantic\"`: decided by the column rather than by one value.",
                example: "class = \"distinctive\"",
            },
            Key {
                name: "match",
                kind: "list of text",
                default: "required",
                about: "Regular expressions over bytes, with ASCII classes and without looking around; any of them \
                        matches. A match has at least one byte.",
                example: "match = ['A-\\d{6}', 'B-\\d{8}']",
            },
            Key {
                name: "boundary",
                kind: "word",
                default: "`\"none\"`",
                about: "What may not touch a match. `\"none\"`: anything may. `\"digit\"`: no digit beside a digit. `\"word\"`: \
                        no letter, digit or underscore beside one. `\"whole-field\"`: nothing but white space around it.",
                example: "boundary = \"word\"",
            },
            Key {
                name: "validate",
                kind: "list of text",
                default: "none",
                about: "Validators that a value has to pass, all of them.",
                example: "match = ['\\d{16}']\nvalidate = [\"luhn\"]\nexamples = { mask = [\"4111111111111111\"] }",
            },
            Key {
                name: "chance",
                kind: "number",
                default: "0",
                about: "The share of random values of this form that pass, 0 to 1. Measured by `rules eval --chance`.",
                example: "chance = 0.02",
            },
            Key {
                name: "threshold",
                kind: "number",
                default: "0",
                about: "What the evidence of a match has to reach, 0 to 1: see *Evidence* below.",
                example: "chance = 0.02\nthreshold = 0.95",
            },
            Key {
                name: "priority",
                kind: "whole number",
                default: "400, 300, 200 or 100 by class",
                about: "Wins overlaps against detectors with less.",
                example: "priority = 450",
            },
            Key {
                name: "mask",
                kind: "table",
                default: "`{ operator = \"redact\" }`",
                about: "The masking operator and its options: see the reference of operators.",
                example: "mask = { operator = \"keep-last\", count = 4 }",
            },
            Key {
                name: "mode",
                kind: "word",
                default: "`\"enforce\"`",
                about: "`\"enforce\"`: findings are masked. `\"shadow\"`: they are counted only. `\"off\"`: there are none; \
                        an entry of a data set may still ask for the detector there.",
                example: "mode = \"shadow\"",
            },
            Key {
                name: "context",
                kind: "table",
                default: "none",
                about: "What speaks for and against it: `[detector.context]`.",
                example: "context = { columns = [\"order_no\"] }",
            },
            Key {
                name: "examples",
                kind: "table",
                default: "required",
                about: "Values that it must find and values that it must not: `[detector.examples]`.",
                example: "examples = { mask = [\"A-123456\"], pass = [\"A-12\"] }",
            },
        ],
    },
    Section {
        header: "[detector.context]",
        about: "What speaks for a detector and against it, besides the value.",
        keys: &[
            Key {
                name: "columns",
                kind: "list of text",
                default: "none",
                about: "Names of columns that say what the values are: then the form of a value is enough. Whole tokens of \
                        snake and camel case: `order_no` is in `customerOrderNo`, `pan` is not in `company`.",
                example: "columns = [\"order_no\", \"order_number\"]",
            },
            Key {
                name: "not_columns",
                kind: "list of text",
                default: "none",
                about: "Names of columns in which it finds nothing. They win over `columns`.",
                example: "not_columns = [\"version\"]",
            },
            Key {
                name: "words",
                kind: "table",
                default: "none",
                about: "Words near a match, inside text and documents: `[detector.context.words]`.",
                example: "words = { any = [\"order\"], before = 40, after = 10 }",
            },
            Key {
                name: "types",
                kind: "list of text",
                default: "every type that holds text",
                about: "Types of columns that it looks at, by the names of PostgreSQL. `text` stands for domains and types \
                        that are not built in too; arrays count as their elements.",
                example: "types = [\"text\", \"varchar\", \"int8\"]",
            },
            Key {
                name: "required",
                kind: "true or false",
                default: "`false`",
                about: "Never fires on a value alone: the column has one of its names, or one of its words stands near by.",
                example: "columns = [\"order_no\"]\nrequired = true",
            },
        ],
    },
    Section {
        header: "[detector.context.words]",
        about: "Words near a match.",
        keys: &[
            Key {
                name: "any",
                kind: "list of text",
                default: "none",
                about: "Whole words in either case; one of them is enough.",
                example: "any = [\"order\", \"purchase\"]",
            },
            Key {
                name: "before",
                kind: "whole number",
                default: "40",
                about: "Bytes before a match in which a word may stand, at most 256.",
                example: "any = [\"order\"]\nbefore = 24",
            },
            Key {
                name: "after",
                kind: "whole number",
                default: "10",
                about: "Bytes behind a match in which a word may stand, at most 256.",
                example: "any = [\"order\"]\nafter = 0",
            },
        ],
    },
    Section {
        header: "[detector.examples]",
        about: "Values that are run through all packs whenever these are loaded. An example is a text, or a table with \
                `value`, the `column` that it stands in, and the column's `type` (`text` if not given).",
        keys: &[
            Key {
                name: "mask",
                kind: "list",
                default: "required",
                about: "Values in which the detector must find something.",
                example: "mask = [\"A-123456\", { column = \"order_no\", value = \"A-123456\", type = \"varchar\" }]",
            },
            Key {
                name: "pass",
                kind: "list",
                default: "none",
                about: "Values in which it must find nothing.",
                example: "mask = [\"A-123456\"]\npass = [\"A-12\", \"XA-123456\"]",
            },
        ],
    },
    Section {
        header: "[[allow]]",
        about: "Values that a detector finds and that may pass.",
        keys: &[
            Key {
                name: "detector",
                kind: "list of text",
                default: "required",
                about: "The detectors that it is for.",
                example: "detector = \"order\"",
            },
            Key {
                name: "values",
                kind: "list of text",
                default: "none",
                about: "Matches that may pass, in either case. One of `values`, `prefix` and `suffix` must be there.",
                example: "values = [\"A-000000\"]",
            },
            Key {
                name: "prefix",
                kind: "list of text",
                default: "none",
                about: "Beginnings of matches that may pass, in either case.",
                example: "prefix = [\"A-0000\"]",
            },
            Key {
                name: "suffix",
                kind: "list of text",
                default: "none",
                about: "Ends of matches that may pass, in either case.",
                example: "suffix = [\"000\"]",
            },
            Key {
                name: "datasets",
                kind: "list of text",
                default: "everywhere",
                about: "Where: `table`, `schema.table`, `database.schema.table`, or that and `.column`. `*` stands for any \
                        characters. A value whose column is not known is not in any of them.",
                example: "datasets = [\"shop.public.staff\", \"test_*.*.*\"]",
            },
            Key {
                name: "reason",
                kind: "text",
                default: "required",
                about: "Why they may pass. Shown by `rules explain`.",
                example: "reason = \"orders of the demo\"",
            },
            Key {
                name: "expires",
                kind: "date",
                default: "never",
                about: "The last day on which it holds.",
                example: "expires = 2027-06-30",
            },
        ],
    },
    Section {
        header: "[[dataset]]",
        about: "What is done with columns, with places in their JSON documents, or with detectors there.\n\n\
                With `entity` or `mask` every value of the columns is masked whole. With `detectors`, or with a \
                `threshold` alone, the entry is about what detectors do there. With neither, `mode` puts the columns \
                into shadow mode (what detectors find is counted only) or takes them out (neither masked nor scanned).",
        keys: &[
            Key {
                name: "name",
                kind: "text",
                default: "the selection",
                about: "What it is called in reports and counters.",
                example: "name = \"customer-names\"",
            },
            Key {
                name: "select",
                kind: "table",
                default: "required",
                about: "Which columns: `[dataset.select]`.",
                example: "select = { table = \"customer\", column = [\"first_name\", \"last_name\"] }",
            },
            Key {
                name: "set",
                kind: "table",
                default: "none",
                about: "What holds for them: `[dataset.set]`.",
                example: "set = { entity = \"PERSON\", mask = { operator = \"pseudonym\", kind = \"first-name\" } }",
            },
            Key {
                name: "mode",
                kind: "word",
                default: "`\"enforce\"`",
                about: "`\"enforce\"`, `\"shadow\"` or `\"off\"`; `\"off\"` needs a `reason`.",
                example: "select = { table = \"notes\", column = \"body\" }\nmode = \"shadow\"",
            },
            Key {
                name: "reason",
                kind: "text",
                default: "none",
                about: "Why. Needed for `mode = \"off\"` and `force = true`.",
                example: "mode = \"off\"\nreason = \"random numbers\"",
            },
            Key {
                name: "force",
                kind: "true or false",
                default: "`false`",
                about: "The entry weakens distinctive detectors in more than single columns, on purpose.",
                example: "select = { table = \"public_*\" }\nmode = \"off\"\nforce = true\nreason = \"published anyway\"",
            },
        ],
    },
    Section {
        header: "[dataset.select]",
        about: "Every part that is given must fit. At least one besides `database` and `schema` must be there.",
        keys: &[
            Key {
                name: "database",
                kind: "list of text",
                default: "any",
                about: "Databases.",
                example: "database = \"shop\"\ntable = \"customer\"",
            },
            Key {
                name: "schema",
                kind: "list of text",
                default: "any",
                about: "Schemas.",
                example: "schema = [\"public\", \"sales\"]\ntable = \"customer\"",
            },
            Key {
                name: "table",
                kind: "list of text",
                default: "any",
                about: "Tables and views. What masks a column, or a place in it, holds for the partitions of its table too; \
                        what strengthens a detector for partitions, views and what is computed, what weakens one \
                        for the table that a query names.",
                example: "table = \"customer*\"",
            },
            Key {
                name: "column",
                kind: "list of text",
                default: "any",
                about: "Columns.",
                example: "column = [\"first_name\", \"last_name\"]",
            },
            Key {
                name: "type",
                kind: "list of text",
                default: "any",
                about: "Types of columns, by the names of PostgreSQL.",
                example: "type = [\"inet\", \"cidr\"]",
            },
            Key {
                name: "tag",
                kind: "list of text",
                default: "any",
                about: "Tags of the column or its table, any of them: see *Tags* below.",
                example: "tag = [\"pii\", \"label:anon\"]",
            },
            Key {
                name: "path",
                kind: "list of text",
                default: "the whole value",
                about: "Places in JSON documents: see *Paths* below.",
                example: "type = \"jsonb\"\npath = [\"$.user.email\", \"$.orders[*].phone\"]",
            },
            Key {
                name: "detectors",
                kind: "list of text",
                default: "none",
                about: "The entry is about these detectors in the columns. May stand in `set` as well.",
                example: "table = \"log\"\ndetectors = [\"order\"]",
            },
        ],
    },
    Section {
        header: "[dataset.set]",
        about: "What holds for what is selected.",
        keys: &[
            Key {
                name: "entity",
                kind: "text",
                default: "`\"COLUMN\"`",
                about: "What the columns hold. Rules of the same entity share a key.",
                example: "entity = \"PERSON\"",
            },
            Key {
                name: "mask",
                kind: "table",
                default: "`{ operator = \"redact\" }`",
                about: "How every value is masked; with `detectors`, how what they find is.",
                example: "mask = { operator = \"keep-first\", count = 1 }",
            },
            Key {
                name: "mode",
                kind: "word",
                default: "`\"enforce\"`",
                about: "As beside `select`; in one of the two places.",
                example: "detectors = [\"order\"]\nmode = \"shadow\"",
            },
            Key {
                name: "threshold",
                kind: "number",
                default: "that of each detector",
                about: "What the evidence of matches has to reach there, 0 to 1: see *Evidence* below. Of all detectors, or \
                        of those that the entry names.",
                example: "threshold = 0.99",
            },
            Key {
                name: "detectors",
                kind: "list of text",
                default: "none",
                about: "The entry is about these detectors in the columns. May stand in `select` as well.",
                example: "detectors = [\"order\"]\nmask = { operator = \"fixed\", value = \"A-0\" }",
            },
        ],
    },
];

#[cfg(test)]
mod tests;
