//! Tables of Markdown, and numbers in them.

/// A table whose columns are those that have something to say; all but the first `names` of them are numbers.
pub(crate) fn table(names: usize, header: &[&str], rows: &[Vec<String>]) -> String {
    let columns: Vec<usize> =
        (0..header.len()).filter(|&column| rows.iter().any(|row| !cell(row, column).is_empty())).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| cell(row, column));
        cells.chain(header.get(column).copied()).map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let line = |text: &dyn Fn(usize, usize) -> String| {
        let cells: Vec<String> = columns.iter().map(|&column| text(column, width(column))).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let padded = |text: &str, column: usize, width: usize| match column < names {
        true => format!("{text:<width$}"),
        false => format!("{text:>width$}"),
    };
    let mut table = line(&|column, width| padded(header.get(column).unwrap_or(&""), column, width));
    table += &line(&|column, width| match column < names {
        true => "-".repeat(width),
        false => "-".repeat(width.saturating_sub(1)) + ":",
    });
    for row in rows {
        table += &line(&|column, width| padded(cell(row, column), column, width));
    }
    table
}

fn cell(row: &[String], column: usize) -> &str {
    row.get(column).map_or("", String::as_str)
}

/// What is not known is left out.
pub(super) fn text<T>(value: Option<T>, text: impl FnOnce(T) -> String) -> String {
    value.map(text).unwrap_or_default()
}

/// With three digits at least.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        0.0..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

pub(super) fn mebibytes(bytes: u64) -> String {
    (bytes >> 20).to_string()
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn a_column_in_which_nothing_stands_is_left_out() {
        let row = |cells: [&str; 3]| cells.map(String::from).to_vec();
        let made = table(1, &["work", "note", "ms"], &[row(["8x128", "", "12.3"]), row(["1x16", "", "1.0"])]);
        assert_eq!(made, "| work  |   ms |\n| ----- | ---: |\n| 8x128 | 12.3 |\n| 1x16  |  1.0 |\n");
    }
}
