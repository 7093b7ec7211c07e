//! Tables as wide as the terminal, with colours where they can be seen.

use std::fmt::Write as _;

use console::{Style, Term, measure_text_width};

/// What separates two columns.
const GAP: &str = "  ";
/// A column that gives way keeps this much.
const NARROWEST: usize = 20;

/// How a column is shown.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    head: &'static str,
    style: Style,
    gives_way: bool,
    right: bool,
}

impl Column {
    /// A column that is never cut.
    pub(crate) fn new(head: &'static str) -> Self {
        Self {
            head,
            style: Style::new(),
            gives_way: false,
            right: false,
        }
    }

    /// Cut when the terminal is too narrow.
    pub(crate) fn gives_way(mut self) -> Self {
        self.gives_way = true;
        self
    }

    /// Numbers, which stand to the right.
    pub(crate) fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Stands out.
    pub(crate) fn bold(mut self) -> Self {
        self.style = self.style.bold();
        self
    }

    /// Stands back.
    pub(crate) fn dim(mut self) -> Self {
        self.style = self.style.dim();
        self
    }
}

/// Rows under heads.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; it has a cell for each column.
    pub(crate) fn row<C: Into<String>>(&mut self, cells: impl IntoIterator<Item = C>) {
        // A title is one line, whatever its source wrote.
        let one_line = |cell: C| {
            let text: String = cell.into();
            text.replace(char::is_control, " ")
        };
        self.rows.push(cells.into_iter().map(one_line).collect());
    }

    /// The table for standard output: cut to the terminal's width, and whole where output goes elsewhere.
    pub(crate) fn for_stdout(&self) -> String {
        let term = Term::stdout();
        let width = term.is_term().then(|| usize::from(term.size().1));
        self.render(width, console::colors_enabled())
    }

    fn render(&self, width: Option<usize>, colour: bool) -> String {
        let widths = self.widths(width);
        let heads = self.columns.iter().map(|column| column.head.to_owned());
        let mut text = self.line(&heads.collect::<Vec<_>>(), &widths, |_| {
            Style::new().underlined().force_styling(colour)
        });
        for row in &self.rows {
            text += &self.line(row, &widths, |column| {
                column.style.clone().force_styling(colour)
            });
        }
        text
    }

    fn widths(&self, available: Option<usize>) -> Vec<usize> {
        let cell_widths = |place: usize| {
            let cells = self.rows.iter().filter_map(move |row| row.get(place));
            cells.map(|cell| measure_text_width(cell)).max()
        };
        let mut widths: Vec<_> = self
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| cell_widths(place).unwrap_or(0).max(column.head.len()))
            .collect();
        let Some(available) = available else {
            return widths;
        };
        let total = widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
        let mut excess = total.saturating_sub(available);
        // What stands last matters least.
        for (width, column) in widths.iter_mut().zip(&self.columns).rev() {
            if column.gives_way {
                let narrowed = width.saturating_sub(excess).max(NARROWEST.min(*width));
                excess -= *width - narrowed;
                *width = narrowed;
            }
        }
        widths
    }

    fn line(&self, cells: &[String], widths: &[usize], style: impl Fn(&Column) -> Style) -> String {
        let mut line = String::new();
        for ((cell, &width), column) in cells.iter().zip(widths).zip(&self.columns) {
            if !line.is_empty() {
                line.push_str(GAP);
            }
            let cell = cut(cell, width);
            let filling = " ".repeat(width - measure_text_width(&cell));
            let styled = style(column).apply_to(&cell);
            let _ = if column.right {
                write!(line, "{filling}{styled}")
            } else {
                write!(line, "{styled}{filling}")
            };
        }
        line.truncate(line.trim_end_matches(' ').len());
        line.push('\n');
        line
    }
}

/// The beginning of `text` that is `width` wide, with an ellipsis where something was left out.
fn cut(text: &str, width: usize) -> String {
    if measure_text_width(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for letter in text.chars() {
        used += measure_text_width(letter.encode_utf8(&mut [0; 4]));
        if used > width {
            break;
        }
        kept.push(letter);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new([
            Column::new("code").bold(),
            Column::new("title").gives_way(),
            Column::new("%").right(),
        ]);
        table.row([
            "E11.65",
            "Type 2 diabetes mellitus with hyperglycemia",
            "97",
        ]);
        table.row(["H81.0", "Ménière's disease", "8"]);
        table
    }

    #[test]
    fn columns_line_up_whatever_the_letters() {
        let text = table().render(None, false);
        assert_eq!(
            text,
            "code    title                                         %\n\
             E11.65  Type 2 diabetes mellitus with hyperglycemia  97\n\
             H81.0   Ménière's disease                             8\n"
        );
    }

    #[test]
    fn a_narrow_terminal_cuts_only_what_gives_way() {
        let text = table().render(Some(34), false);
        assert_eq!(
            text,
            "code    title                    %\n\
             E11.65  Type 2 diabetes melli…  97\n\
             H81.0   Ménière's disease        8\n"
        );
        assert!(text.lines().all(|line| measure_text_width(line) <= 34));
    }

    #[test]
    fn colours_come_only_when_wanted() {
        assert!(!table().render(None, false).contains('\u{1b}'));
        assert!(table().render(None, true).contains("\u{1b}[1mE11.65"));
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let mut table = Table::new([Column::new("title")]);
        table.row(["a\u{1b}[31mb\nc"]);
        assert_eq!(table.render(None, false), "title\na [31mb c\n");
    }
}
