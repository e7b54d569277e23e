#![allow(clippy::unwrap_used)]
use super::*;
use crate::{builtin, builtin_examples, builtin_names};

fn source(name: &str) -> PolicySource {
    PolicySource {
        name: name.to_owned(),
        text: builtin(name).unwrap().to_owned(),
    }
}

fn examples(name: &str) -> Examples {
    let file = PolicySource {
        name: format!("{name}.examples.toml"),
        text: builtin_examples(name).unwrap().to_owned(),
    };
    Examples::read(&file).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_examples_of_every_built_in_file_hold() {
    for name in builtin_names() {
        let examples = examples(name);
        assert!(!examples.is_empty(), "{name} has no examples");
        let mut sources = vec![source(name)];
        sources.extend(examples.with.iter().map(|other| source(other)));
        let policies = PolicySet::load(&sources).unwrap_or_else(|error| panic!("{error}"));
        let wrong: Vec<String> = examples
            .run(&policies, None)
            .into_iter()
            .filter(|outcome| outcome.problem.is_some() || outcome.actual.is_none())
            .map(|o| format!("{}:{} {}: {:?}", o.file, o.line, o.name, o.problem))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let not_shown = examples.not_shown(&policies, name);
        assert!(
            not_shown.is_empty(),
            "{name}: no example shows {not_shown:?}"
        );
    }
}

fn read(text: &str) -> Result<Examples, Diagnostics> {
    Examples::read(&PolicySource {
        name: "x.examples.toml".to_owned(),
        text: text.to_owned(),
    })
}

#[test]
fn mistakes_are_told_with_their_place() {
    let error = |text: &str| read(text).unwrap_err().to_string();
    let typo = error("[[example]]\nname = \"a\"\nexpct = \"deny\"\n");
    assert!(typo.contains("x.examples.toml:3:1"), "{typo}");
    let nothing = error("[[example]]\nname = \"a\"\nexpect = \"deny\"\n");
    assert!(nothing.contains("`sql`"), "{nothing}");
    let action = error(
        "[[example]]\nname = \"a\"\nexpect = \"deny\"\ncommand.access = [{ action = \"delte\" }]\n",
    );
    assert!(action.contains("delte"), "{action}");
}

#[test]
fn sql_is_read_by_whoever_can_and_must_agree() {
    let examples = read(
        "[[example]]\nname = \"one\"\nsql = \"SELECT 1\"\nexpect = \"allow\"\n\
         command.access = [{ action = \"select\", database = \"main.shop\" }]\n\
         [[example]]\nname = \"two\"\nsql = \"?\"\nexpect = \"allow\"\n",
    )
    .unwrap();
    let policies = PolicySet::load(&[source("allow-all")]).unwrap();
    let alone = examples.run(&policies, None);
    assert_eq!(alone[0].actual, Some(VerdictKind::Allow));
    assert_eq!((alone[1].actual, &alone[1].problem), (None, &None));
    let mut reader = |text: &str, _: &Principal| match text {
        "?" => Err("no SQL".to_owned()),
        _ => Ok(Command {
            accesses: vec![],
            context: crate::Context {
                statements: 1,
                ..crate::Context::default()
            },
        }),
    };
    let read = examples.run(&policies, Some(&mut reader));
    let problem = |index: usize| read[index].problem.clone().unwrap_or_default();
    assert_eq!(
        problem(0),
        "as SQL, expected allow, got deny by not-understood"
    );
    assert_eq!(problem(1), "the SQL cannot be read: no SQL");
}
