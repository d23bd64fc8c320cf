import LinearAlgebra

extension CohortTable {
  /// The same cases with the outcomes of subjects exchanged within each site: a control in which features can tell
  /// nothing of outcomes but what they tell of sites. Features, subjects and sites stay together.
  ///
  /// Each subject takes the outcomes of another's rows in order, from the first again where it has more rows itself.
  /// Random numbers are of the purpose `permutation`, with the site's number as stratum.
  /// - Parameters:
  ///   - rows: whose subjects are exchanged; the outcomes of others stay.
  ///   - address: seed and replicate.
  public func permutingOutcomes(of rows: [Int], address: RandomAddress) -> CohortTable {
    var permuted = self
    for (row, donor) in donors(of: rows, address: address) { permuted.positives[row] = positives[donor] }
    return permuted
  }

  /// Which row's outcome each row takes.
  func donors(of rows: [Int], address: RandomAddress) -> [(row: Int, donor: Int)] {
    var found: [(row: Int, donor: Int)] = []
    let rowsOfSubject = Dictionary(grouping: Set(rows).sorted()) { subjects[$0] }
    let bySite = Dictionary(grouping: rowsOfSubject.keys.sorted()) { sites[rowsOfSubject[$0]?.first ?? 0] }
    for site in bySite.keys.sorted() {
      let members = bySite[site] ?? []
      var stream = RandomStream(
        seed: address.seed, purpose: .permutation, replicate: address.replicate, stratum: site)
      var donors = members
      stream.shuffle(&donors)
      for (subject, donor) in zip(members, donors) {
        let given = rowsOfSubject[donor] ?? []
        for (place, row) in (rowsOfSubject[subject] ?? []).enumerated() {
          found.append((row, given[place % given.count]))
        }
      }
    }
    return found
  }
}

extension SurvivalCohort {
  /// The same cases with events and times of subjects exchanged within each site: ``CohortTable/permutingOutcomes(of:address:)``.
  public func permutingOutcomes(of rows: [Int], address: RandomAddress) -> SurvivalCohort {
    var source = Array(survival.times.indices)
    for (row, donor) in table.donors(of: rows, address: address) { source[row] = donor }
    return SurvivalCohort(
      table: table.permutingOutcomes(of: rows, address: address), survival: survival.selecting(source))
  }
}
