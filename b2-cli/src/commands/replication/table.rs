//! Tables with frames, and comma-separated values.

/// The width that a column has beside its header.
const PADDING: usize = 2;

/// Returns a table with a frame around each cell, whose headers may have several lines. Columns of numbers are aligned to
/// the right. Empty without rows.
pub(super) fn grid(headers: &[String], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let columns: Vec<Column> = headers
        .iter()
        .enumerate()
        .map(|(position, header)| {
            Column::new(header, rows.iter().map(|row| row[position].as_str()))
        })
        .collect();
    let rule = |line: &str| {
        let cells: Vec<String> =
            columns.iter().map(|column| line.repeat(column.width + 2)).collect();
        format!("+{}+\n", cells.join("+"))
    };
    let mut table = rule("-");
    let height = headers.iter().map(|header| header.lines().count()).max().unwrap_or_default();
    for line in 0..height {
        let cells = headers.iter().map(|header| header.lines().nth(line).unwrap_or_default());
        table += &framed(&columns, cells);
    }
    table += &rule("=");
    for row in rows {
        table += &framed(&columns, row.iter().map(String::as_str));
        table += &rule("-");
    }
    table.truncate(table.trim_end().len());
    table
}

struct Column {
    width: usize,
    is_numeric: bool,
}

impl Column {
    fn new<'a>(header: &str, mut cells: impl Iterator<Item = &'a str> + Clone) -> Self {
        let width = |text: &str| text.chars().count();
        let header = header.lines().map(width).max().unwrap_or_default() + PADDING;
        let number = |cell: &str| cell.parse::<u64>().is_ok();
        Self {
            width: cells.clone().map(width).max().unwrap_or_default().max(header),
            is_numeric: cells.all(number),
        }
    }
}

fn framed<'a>(columns: &[Column], cells: impl Iterator<Item = &'a str>) -> String {
    let padded = columns.iter().zip(cells).map(|(column, cell)| {
        let width = column.width;
        if column.is_numeric { format!(" {cell:>width$} ") } else { format!(" {cell:<width$} ") }
    });
    format!("|{}|\n", padded.collect::<Vec<_>>().join("|"))
}

/// Returns a line of comma-separated values. Values with commas, quotes or line ends are quoted.
pub(super) fn csv(cells: &[String]) -> String {
    let quoted = |cell: &String| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.clone()
        }
    };
    cells.iter().map(quoted).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    /// The output of Python's `tabulate`.
    #[test]
    fn a_table_looks_as_that_of_backblaze() {
        let headers = texts(&["source\nreplication\nstatus", "hash\ndiffers", "count"]);
        let rows = [texts(&["COMPLETED", "", "12"]), texts(&["", "Yes", "3"])];
        let expected = "\
+---------------+-----------+---------+
| source        | hash      |   count |
| replication   | differs   |         |
| status        |           |         |
+===============+===========+=========+
| COMPLETED     |           |      12 |
+---------------+-----------+---------+
|               | Yes       |       3 |
+---------------+-----------+---------+";
        assert_eq!(grid(&headers, &rows), expected);
        assert_eq!(grid(&headers, &[]), "");
    }

    #[test]
    fn values_with_separators_are_quoted() {
        assert_eq!(csv(&texts(&["a", "b\nc", "d,\"e\"", ""])), "a,\"b\nc\",\"d,\"\"e\"\"\",");
    }
}
