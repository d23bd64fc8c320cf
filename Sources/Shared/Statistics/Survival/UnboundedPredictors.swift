import LinearAlgebra

extension SurvivalTimes {
  /// Columns whose coefficient alone can make the partial likelihood grow without end.
  ///
  /// That is so where, at every time with events, all rows that have them have the largest value of the rows at risk, or all have the
  /// smallest: the likelihood rises as the coefficient goes to infinity. Examples are a level of a category of which no patient has
  /// the event, and one whose patients have it before all others. R's `coxph` warns that such a coefficient may be infinite. A column
  /// that does not vary among rows at risk is no such column, because the likelihood does not depend on it.
  ///
  /// - Parameter columns: one value for each row.
  /// - Returns: places among the columns, ascending.
  func unboundedColumns(_ columns: [[Double]]) -> [Int] {
    let groups = TimeGroups(self).groups
    return columns.indices.filter { Self.isUnbounded(columns[$0], groups) }
  }

  private static func isUnbounded(_ column: [Double], _ groups: [TimeGroups.Group]) -> Bool {
    var (least, most) = (Double.infinity, -Double.infinity)
    var (isSmallest, isLargest, varies) = (true, true, false)
    for group in groups.reversed() {
      for row in group.events + group.censored {
        (least, most) = (min(least, column[row]), max(most, column[row]))
      }
      guard !group.events.isEmpty else { continue }
      varies = varies || least < most
      isSmallest = isSmallest && group.events.allSatisfy { column[$0] == least }
      isLargest = isLargest && group.events.allSatisfy { column[$0] == most }
    }
    return varies && (isSmallest || isLargest)
  }
}
