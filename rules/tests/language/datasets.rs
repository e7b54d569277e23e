//! What entries of data sets say about detectors: mode, mask, threshold, values that may pass.

use super::*;

#[test]
fn a_detector_is_switched_and_its_mask_changed_in_one_column_only() {
    let rules = sound(
        r#"
[[dataset]]
name = "quiet"
select = { table = "log", column = "line" }
set = { detectors = "ticket", mode = "shadow" }

[[dataset]]
select = { table = "log", column = "raw", detectors = ["ticket"] }
mode = "off"
reason = "ticket numbers of the vendor"

[[dataset]]
name = "blunt"
select = { table = "log", column = "note" }
set = { detectors = ["ticket"], mask = { operator = "fixed", value = "T" } }
"#,
    );
    let text = "T-12345 12345674";
    for (at, masked_text, counted) in [
        ("d.s.log.other", "*-***45 ********", ["ticket", "lot"]),
        ("d.s.log.line", "T-12345 ********", ["ticket/shadow", "lot"]),
        ("d.s.log.note", "T ********", ["ticket/blunt", "lot"]),
        ("d.s.other.line", "*-***45 ********", ["ticket", "lot"]),
    ] {
        let (new, names) = masked(&rules, &column(at), text);
        assert_eq!(
            (new.as_str(), names.as_slice()),
            (masked_text, &counted.map(str::to_owned)[..]),
            "{at}"
        );
    }
    let (new, names) = masked(&rules, &column("d.s.log.raw"), text);
    assert_eq!(
        (new.as_str(), names.as_slice()),
        ("T-12345 ********", &["lot".to_owned()][..])
    );
    let scoped = ["raw", "other"]
        .map(|name| rules.is_scoped(&column(&format!("d.s.log.{name}")), &Kin::default()));
    assert_eq!(scoped, [true, false]);
}

#[test]
fn a_column_in_shadow_mode_is_counted_and_not_masked() {
    let rules =
        sound("[[dataset]]\nselect = { table = \"log\", column = \"line\" }\nmode = \"shadow\"\n");
    let (new, names) = masked(&rules, &column("d.s.log.line"), "T-12345 12345674");
    assert_eq!(new, "T-12345 12345674");
    assert_eq!(names, ["ticket/shadow", "lot/shadow"]);
}

#[test]
fn a_detector_that_is_off_or_in_shadow_is_enforced_where_an_entry_asks() {
    for mode in ["off", "shadow"] {
        let base = BASE.replacen(
            "class = \"checksum\"",
            &format!("class = \"checksum\"\nmode = \"{mode}\""),
            1,
        );
        let overlay = "[pack]\nname = \"o\"\nversion = \"1\"\n[[dataset]]\nselect = { table = \"t\" }\nset = { detectors = \"lot\" }\n";
        let rules = compile(&[source("base.toml", &base), source("o.toml", overlay)]).unwrap();
        assert_eq!(value(&rules, "d.s.t.c", "12345674"), "********", "{mode}");
        assert_eq!(value(&rules, "d.s.u.c", "12345674"), "12345674", "{mode}");
    }
}

#[test]
fn the_most_exact_entry_decides_each_setting_and_the_later_among_equals() {
    let rules = sound(
        r#"
[[dataset]]
select = { table = "t*", detectors = "lot" }
mode = "shadow"

[[dataset]]
select = { table = "t", column = "c", detectors = "lot" }
mode = "enforce"

[[dataset]]
select = { table = "t", column = "d", detectors = "lot" }
set = { mask = { operator = "fixed", value = "a" } }

[[dataset]]
select = { table = "t", column = "d", detectors = "lot" }
set = { mask = { operator = "fixed", value = "b" }, mode = "enforce" }
"#,
    );
    for (at, new) in [
        ("d.s.t2.c", "12345674"),
        ("d.s.t.c", "********"),
        ("d.s.t.d", "b"),
        ("d.s.u.c", "********"),
    ] {
        assert_eq!(value(&rules, at, "12345674"), new, "{at}");
    }
}

#[test]
fn evidence_has_to_reach_the_threshold() {
    let rules = sound(
        r#"
[[dataset]]
select = { table = "t", column = "word*" }
set = { detectors = "lot", threshold = 0.95 }

[[dataset]]
select = { table = "t", column = "name*" }
set = { threshold = 1.0 }

[[dataset]]
select = { table = "t", column = "value*" }
set = { threshold = 0.9 }
"#,
    );
    for (at, text, new) in [
        ("d.s.t.value", "12345674", "********"),
        ("d.s.t.word", "12345674", "12345674"),
        ("d.s.t.word", "lot 12345674", "lot ********"),
        ("d.s.t.word", "lot 12345678", "lot 12345678"),
        ("d.s.t.name", "lot 12345674", "lot 12345674"),
        ("d.s.t.name_of_lot", "12345678", "********"),
        // A detector whose form no random value has is not silenced by any threshold.
        ("d.s.t.name", "T-12345", "*-***45"),
    ] {
        assert_eq!(value(&rules, at, text), new, "{at} {text}");
    }
}

#[test]
fn allowed_values_pass_in_their_data_sets_and_before_overlaps_are_resolved() {
    let rules = sound(
        r#"
[[allow]]
detector = ["ticket", "lot"]
values = ["t-1111"]
prefix = ["T-2"]
suffix = ["9"]
datasets = ["shop.public.staff", "crm.*.*.code"]
reason = "tickets of the demo"

[[allow]]
detector = "lot"
values = ["12345674"]
reason = "the example in the manual"

[[allow]]
detector = "ticket"
values = ["T-7777"]
reason = "long gone"
expires = 2026-11-20

[[detector]]
name = "half"
entity = "HALF"
class = "format"
match = ['\d{4}']
priority = -1
[detector.context]
columns = ["code", "staff"]
required = true
[detector.examples]
mask = [{ column = "code", value = "1111" }]
"#,
    );
    for (at, text, new) in [
        (
            "shop.public.staff.x",
            "T-1111 T-22222 T-33339 T-4444",
            "T-1111 T-22222 T-33339 *-**44",
        ),
        ("shop.public.staff.x", "T-7777", "*-**77"),
        ("shop.public.other.x", "T-1111", "*-**11"),
        // Allowed as a ticket, and still what another detector finds.
        ("crm.a.b.code", "T-1111", "T-****"),
        ("crm.a.b.x", "T-1111", "*-**11"),
        ("any.a.b.x", "12345674", "12345674"),
    ] {
        assert_eq!(value(&rules, at, text), new, "{at} {text}");
    }
    let reasons: Vec<String> = rules.allow_entries().map(|entry| entry.reason).collect();
    let used = rules.allowed_by(b"T-1111 12345674 T-7777", &column("shop.public.staff.x"));
    assert_eq!((reasons.len(), used.as_slice()), (3, &[0, 1][..]));
    let warning = rules.warnings().iter().next().unwrap();
    assert!(
        warning.message.contains("expired on 2026-11-20"),
        "{}",
        warning.message
    );
    assert_eq!(
        (warning.file.as_str(), rules.warnings().iter().count()),
        ("over.toml", 1)
    );
}
