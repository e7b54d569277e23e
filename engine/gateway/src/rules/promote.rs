//! The edit that sets a rule from `shadow` to `enforce`: one line of its pack and a comment above it, or, over
//! a pack that is built in, an overlay of one entry. Nothing else of a file changes.

use std::fmt::Write as _;

/// A pack with the entries at these lines (counted from 1) enforced, and a comment above each changed line;
/// nothing where an entry does not say `mode = "shadow"` exactly once.
pub fn enforce(text: &str, entries: impl Iterator<Item = usize>, comment: &str) -> Option<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let is_header = |line: &String| line.trim_start().starts_with("[[");
    let mut changes = Vec::new();
    for entry in entries {
        let within = lines.get(..entry)?;
        let first = within.iter().rposition(is_header)?;
        let rest = lines[first + 1..].iter().position(is_header);
        let end = rest.map_or(lines.len(), |rest| first + 1 + rest);
        let mut modes = (first..end).filter_map(|at| Some((at, shadow(&lines[at])?)));
        let change = modes.next()?;
        if modes.next().is_some() {
            return None;
        }
        changes.push(change);
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.0));
    changes.dedup();
    for (at, word) in changes {
        let line = &mut lines[at];
        line.replace_range(word..word + SHADOW.len(), "enforce");
        let indent: String = line
            .chars()
            .take_while(|c| matches!(c, ' ' | '\t'))
            .collect();
        lines.insert(at, format!("{indent}# {comment}\n"));
    }
    Some(lines.concat())
}

const SHADOW: &str = "shadow";

/// Where the word stands in a line with `mode = "shadow"` outside of a comment.
fn shadow(line: &str) -> Option<usize> {
    let code = match line.trim_start().starts_with('#') {
        true => return None,
        false => line,
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '"' | '\'' | '.');
    code.match_indices("mode").find_map(|(at, key)| {
        if code[..at].ends_with(is_part) {
            return None;
        }
        let value = code[at + key.len()..]
            .trim_start()
            .strip_prefix('=')?
            .trim_start();
        let word = value.strip_prefix(['"', '\''])?;
        let is_word = word.strip_prefix(SHADOW)?.starts_with(['"', '\'']);
        is_word.then(|| code.len() - word.len())
    })
}

/// An overlay that enforces one detector of the packs below it.
pub fn overlay(extends: &[String], detector: &str, (comment, reason): (&str, &str)) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let extends: Vec<String> = extends.iter().map(|pack| quoted(pack)).collect();
    format!(
        "[pack]\nname    = \"promoted\"\nversion = \"1\"\nextends = [{}]\n\n# {comment}\n[[dataset]]\n\
         select = {{ detectors = [{}] }}\nmode   = \"enforce\"\nreason = {}\n",
        extends.join(", "),
        quoted(detector),
        quoted(reason)
    )
}

/// Lines around a change.
const CONTEXT: usize = 3;

/// One hunk from the first line that differs to the last, as `patch` reads it; nothing where none does.
pub fn diff(file: &str, before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - same;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most);
    let tail = tail.take_while(|(a, b)| a == b).count();
    if same == old.len() && same == new.len() {
        return String::new();
    }
    let start = same.saturating_sub(CONTEXT);
    let behind = tail.min(CONTEXT);
    let part = |lines: &[&str]| lines.len() - tail + behind - start;
    // An empty side begins at line 0.
    let from = |lines: &[&str]| if part(lines) == 0 { 0 } else { start + 1 };
    let source = if before.is_empty() { "/dev/null" } else { file };
    let mut text = format!(
        "--- {source}\n+++ {file}\n@@ -{},{} +{},{} @@\n",
        from(&old),
        part(&old),
        from(&new),
        part(&new)
    );
    let mut push = |sign: char, lines: &[&str]| {
        for line in lines {
            let _ = writeln!(text, "{sign}{line}");
        }
    };
    push(' ', &old[start..same]);
    push('-', &old[same..old.len() - tail]);
    push('+', &new[same..new.len() - tail]);
    push(' ', &old[old.len() - tail..old.len() - tail + behind]);
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PACK: &str = "[pack]\nname = \"p\"\n\n[[dataset]]\nselect = { column = \"a\" }\n  mode   = 'shadow' # later\n\
                        # mode = \"shadow\"\n[[dataset]]\nselect = { column = \"b\" }\nset = { mode = \"shadow\" }\n";

    #[test]
    fn one_line_changes_and_a_comment_says_why() {
        let first = enforce(PACK, [4].into_iter(), "because").unwrap();
        assert_eq!(
            first,
            PACK.replacen(
                "  mode   = 'shadow'",
                "  # because\n  mode   = 'enforce'",
                1
            )
        );
        let second = enforce(PACK, [9].into_iter(), "because").unwrap();
        assert!(
            second.ends_with("# because\nset = { mode = \"enforce\" }\n")
                && second.contains("'shadow'")
        );
        let both = enforce(PACK, [4, 8].into_iter(), "because").unwrap();
        assert_eq!(both.matches("# because").count(), 2);
        for line in [1, 99] {
            assert_eq!(enforce(PACK, [line].into_iter(), "x"), None);
        }
        let twice = "[[dataset]]\nmode = \"shadow\"\nset = { mode = \"shadow\" }\n";
        assert_eq!(enforce(twice, [1].into_iter(), "x"), None);
        assert_eq!(
            enforce("[[dataset]]\nmy_mode = \"shadow\"\n", [1].into_iter(), "x"),
            None
        );
    }

    #[test]
    fn a_diff_is_what_patch_reads() {
        let new = enforce(PACK, [4].into_iter(), "because").unwrap();
        let expect = "--- p.toml\n+++ p.toml\n@@ -3,7 +3,8 @@\n \n [[dataset]]\n select = { column = \"a\" }\n\
            -  mode   = 'shadow' # later\n+  # because\n+  mode   = 'enforce' # later\n # mode = \"shadow\"\n [[dataset]]\n select = { column = \"b\" }\n";
        assert_eq!(diff("p.toml", PACK, &new), expect);
        assert_eq!(diff("p.toml", PACK, PACK), "");
        assert_eq!(
            diff("n.toml", "", "a\nb\n"),
            "--- /dev/null\n+++ n.toml\n@@ -0,0 +1,2 @@\n+a\n+b\n"
        );
    }
}
