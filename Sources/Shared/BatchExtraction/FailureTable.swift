import DelimitedText
import StudyPlan
import StudyTasks

/// The cases that failed, as a table: which row, why, and what to do; then the row as it was given.
package struct FailureTable {
  private let columns: [String]

  package init(columns: [String]) { self.columns = columns }

  package var header: String {
    DelimitedWriter().line(["Row", "Code", "Sentence", "Remedy"] + columns)
  }

  package func line(_ row: ExtractionBatch.Row, _ error: StudyTaskError) -> String {
    DelimitedWriter().line(["\(row.number)", error.code, error.sentence, error.remedy] + row.fields)
  }
}
