import Statistics
import StudyPlan

/// Patients of other places or times, on whom final models are evaluated.
///
/// They stand in a table of their own, so that no fold, replicate, harmonisation, selection, penalty or cut-off can read them.
package struct ExternalCohort: Sendable {
  package let table: CohortTable
  /// The cases whose features each row of the table has.
  package let members: [[StudyCase]]

  /// Times and events of the rows of the table; `nil` where models are of two outcomes.
  package let survival: SurvivalTimes?

  /// `nil` of no cases.
  /// - Throws: as `CohortTable` does.
  init?(_ cases: ModelledCases, survival outcome: SurvivalOutcome?) throws {
    guard !cases.isEmpty else { return nil }
    table = try cases.table()
    members = cases.members(of: table)
    survival = try outcome?.times(of: table, members: members)
  }

  package var rows: [Int] { Array(0..<table.rowCount) }
}

extension PreparedStudy {
  /// Every case that a model predicts, of all parts.
  package var predictedCases: Set<Int64> {
    Set((members + (external?.members ?? [])).joined().map(\.id))
  }
}
