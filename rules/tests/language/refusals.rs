//! What a pack may not say, and where the mistake stands.

use super::*;

#[test]
fn a_wide_entry_weakens_no_distinctive_detector_unless_it_says_so() {
    for entry in [
        "select = { table = \"t\" }\nmode = \"off\"\nreason = \"r\"",
        "select = { column = \"c\" }\nmode = \"shadow\"",
        "select = { table = \"t\", column = \"c*\" }\nmode = \"shadow\"",
        "select = { tag = \"open\" }\nmode = \"off\"\nreason = \"r\"",
        "select = { detectors = \"ticket\" }\nmode = \"shadow\"",
        "select = { type = \"jsonb\", path = \"$.a\" }\nmode = \"off\"\nreason = \"r\"",
    ] {
        let wrong = with(&format!("[[dataset]]\n{entry}\n"))
            .map(|_| ())
            .unwrap_err();
        let said = wrong.to_string();
        assert!(
            said.contains("the distinctive `ticket`") && said.contains("force = true"),
            "{entry}: {said}"
        );
        let reason = if entry.contains("reason") {
            ""
        } else {
            "reason = \"r\"\n"
        };
        let forced = format!("[[dataset]]\n{entry}\nforce = true\n{reason}");
        assert!(with(&forced).is_ok(), "{forced}");
    }
    for entry in [
        "select = { table = \"t\", column = [\"c\", \"d\"] }\nmode = \"off\"\nreason = \"r\"",
        "select = { detectors = \"lot\" }\nmode = \"off\"\nreason = \"r\"",
        "select = { table = \"*\" }\nset = { threshold = 1.0 }",
        "select = { column = \"c\" }\nset = { entity = \"X\" }\nmode = \"shadow\"",
    ] {
        let rules = with(&format!("[[dataset]]\n{entry}\n"));
        assert!(rules.is_ok(), "{entry}: {}", rules.map(|_| ()).unwrap_err());
    }
    let common = BASE.replacen(
        "class = \"distinctive\"",
        "class = \"distinctive\"\nchance = 0.6",
        1,
    );
    let raise = "[pack]\nname = \"o\"\nversion = \"1\"\n[[dataset]]\nselect = { table = \"*\" }\nset = { threshold = 0.9 }\n";
    let wrong = compile(&[source("base.toml", &common), source("o.toml", raise)])
        .map(|_| ())
        .unwrap_err();
    assert!(
        wrong
            .to_string()
            .contains("raises the threshold of the distinctive `ticket`"),
        "{wrong}"
    );
}

#[test]
fn what_means_nothing_is_refused_where_it_stands() {
    for (entry, message) in [
        (
            "[[dataset]]\nselect = { database = \"d\" }\nset = { entity = \"X\" }",
            "`column` is missing",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\" }",
            "`set` is missing",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", column = \"c\" }\nmode = \"off\"",
            "`reason` is missing",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", column = \"c\" }\nmode = \"off\"\nforce = true",
            "`reason` is missing",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\" }\nset = { entity = \"X\", threshold = 0.5 }",
            "has no threshold",
        ),
        (
            "[[dataset]]\nselect = { path = \"$.a\" }\nset = { threshold = 0.5 }",
            "a path selects values",
        ),
        (
            "[[dataset]]\nselect = { path = \"$.a\", detectors = \"lot\" }\nmode = \"shadow\"",
            "a path selects values",
        ),
        (
            "[[dataset]]\nselect = { path = \"user\" }\nset = { entity = \"X\" }",
            "path does not begin with `$`",
        ),
        (
            "[[dataset]]\nselect = { type = \"text\", path = \"$.a\" }\nset = { entity = \"X\" }",
            "of type text has no paths",
        ),
        (
            "[[dataset]]\nselect = { tag = \"a b\" }\nset = { entity = \"X\" }",
            "`a b` is no tag",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", detectors = \"lott\" }\nmode = \"shadow\"",
            "unknown detector `lott`",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", detectors = \"lot\" }\nset = { entity = \"X\" }",
            "an entity of their own",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", detectors = \"lot\" }\nmode = \"off\"\nset = { threshold = 0.1 }\nreason = \"r\"",
            "neither mask nor threshold",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", detectors = \"lot\" }\nset = { detectors = \"lot\" }",
            "`detectors` is given twice",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\" }\nmode = \"shadow\"\nset = { mode = \"off\" }\nreason = \"r\"",
            "`mode` is given twice",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\" }\nset = { threshold = 1.5 }",
            "threshold of 1.5 is not between 0 and 1",
        ),
        (
            "[[dataset]]\nselect = { table = \"t\", colunm = \"c\" }\nset = { entity = \"X\" }",
            "unknown key `colunm`",
        ),
        (
            "[[allow]]\ndetector = \"lot\"\nvalues = [\"1\"]",
            "`reason` is missing",
        ),
        (
            "[[allow]]\ndetector = \"lot\"\nvalues = [\"1\"]\nreason = \" \"",
            "reason is empty",
        ),
        (
            "[[allow]]\ndetector = \"lot\"\nreason = \"r\"",
            "`values` is missing",
        ),
        (
            "[[allow]]\ndetector = \"lot\"\nvalues = [\"1\"]\nreason = \"r\"\ndatasets = [\"a.b.c.d.e\"]",
            "names no data set",
        ),
        (
            "[[allow]]\ndetector = \"lot\"\nvalues = [\"1\"]\nreason = \"r\"\nexpires = 2027-06-30T00:00:00Z",
            "not a day alone",
        ),
        (
            "[[allow]]\ndetector = \"lost\"\nvalues = [\"1\"]\nreason = \"r\"",
            "did you mean `lot`?",
        ),
    ] {
        let wrong = with(&format!("{entry}\n")).map(|_| ());
        let said = wrong.expect_err(entry).to_string();
        assert!(said.contains(message), "{entry}: {said}");
        assert!(
            said.contains("over.toml:") && said.contains("help"),
            "{entry}: {said}"
        );
    }
}
