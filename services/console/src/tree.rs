//! Where a code stands: the way down to it, its neighbours, what lies below.

use medcover_contract_terminology::CodeRef;

use crate::wording;

/// Neighbours shown on either side; the rest is folded away.
const NEAR: usize = 6;

/// A line of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) title: String,
    pub(crate) billable: bool,
}

impl From<&CodeRef> for Line {
    fn from(item: &CodeRef) -> Self {
        Self {
            code: item.code.clone(),
            label: wording::label(item),
            title: item.title.clone(),
            billable: item.billable,
        }
    }
}

/// The tree around one code.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) ancestors: Vec<Line>,
    /// Neighbours before the near ones.
    pub(crate) far_before: Vec<Line>,
    pub(crate) before: Vec<Line>,
    pub(crate) here: Line,
    pub(crate) children: Vec<Line>,
    pub(crate) after: Vec<Line>,
    /// Neighbours after the near ones.
    pub(crate) far_after: Vec<Line>,
}

impl Tree {
    /// The tree around `here`, which stands among `generation`, all children of its parent in their order.
    pub(crate) fn around(
        here: Line,
        ancestors: &[CodeRef],
        generation: &[CodeRef],
        children: &[CodeRef],
    ) -> Self {
        let at = generation.iter().position(|item| item.code == here.code);
        let (before, after) = match at {
            Some(at) => (&generation[..at], &generation[at + 1..]),
            None => (generation, &[][..]),
        };
        let (far_before, before) = before.split_at(before.len().saturating_sub(NEAR));
        let (after, far_after) = after.split_at(after.len().min(NEAR));
        Self {
            ancestors: lines(ancestors),
            far_before: lines(far_before),
            before: lines(before),
            here,
            children: lines(children),
            after: lines(after),
            far_after: lines(far_after),
        }
    }
}

pub(crate) fn lines(items: &[CodeRef]) -> Vec<Line> {
    items.iter().map(Line::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_contract_terminology::Level;

    fn item(code: &str) -> CodeRef {
        CodeRef {
            code: code.to_owned(),
            title: code.to_owned(),
            level: Level::Subcategory,
            billable: true,
        }
    }

    #[test]
    fn neighbours_far_away_are_folded() {
        let generation: Vec<_> = (0..20).map(|n| item(&format!("A{n:02}"))).collect();
        let tree = Tree::around(Line::from(&generation[8]), &[], &generation, &[]);
        let codes = |lines: &[Line]| lines.iter().map(|l| l.code.clone()).collect::<Vec<_>>();
        assert_eq!(codes(&tree.far_before), ["A00", "A01"]);
        assert_eq!(tree.before.len(), 6);
        assert_eq!(tree.after.len(), 6);
        assert_eq!(codes(&tree.far_after), ["A15", "A16", "A17", "A18", "A19"]);
    }

    #[test]
    fn a_code_without_parent_stands_alone() {
        let tree = Tree::around(Line::from(&item("1")), &[], &[], &[item("A00-A09")]);
        assert!(tree.before.is_empty() && tree.after.is_empty());
        assert_eq!(tree.children.len(), 1);
    }
}
