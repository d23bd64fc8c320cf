import LinearAlgebra

/// Whether the features tell the sites apart: where they do, a model may learn the scanner in place of the disease.
///
/// Each site is told from all others by ridge regression on its indicator, with subjects' mean features as z-scores
/// over all subjects, penalty equal to the mean squared length of a subject's scores, and predictions from ten folds
/// of subjects. An undefined value takes the median of the other subjects' values, and a feature that fewer than half of the
/// subjects have is left out. Neither scores, medians nor folds look at the sites, so that exchanging the subjects' sites at random gives
/// the distribution under which features know nothing of them: an exact test (Phipson and Smyth 2010,
/// doi:10.2202/1544-6115.1585), of a classifier as in Ojala and Garriga (2010), JMLR 11:1833.
public struct SiteCheck: Equatable, Sendable, Codable {
  /// How well one site is told from the others.
  public struct Site: Equatable, Sendable, Codable {
    /// The site's.
    public let name: String
    /// Those of it that took part.
    public let subjects: Int
    /// Cross-validated AUC of this site against all others; `nil` for a site of one subject.
    public let auc: Double?
  }

  /// Sites with subjects that took part, in the table's order.
  public let sites: [Site]
  /// Mean over the sites that have an AUC.
  public let auc: Double
  /// How many times the sites were exchanged.
  public let permutations: Int
  /// Share of permutations, the observed one included, whose mean AUC is at least as large.
  public let p: Double
  /// Subjects that took part.
  public let subjects: Int

  /// Above this number of subjects so many are drawn at random: the kernel matrix grows with their square.
  public static let mostSubjects = 1_000

  /// Tells each site from the others, and repeats it with the sites exchanged.
  /// - Returns: `nil` with one site, with fewer than twenty subjects, without a site of two subjects, or without a
  ///   feature that varies and is finite.
  public init?(
    _ table: CohortTable, rows: [Int], features: FeatureChoice = .all, seed: UInt64, permutations: Int = 199
  ) {
    let members = Self.members(table, rows: rows, seed: seed)
    let siteOf = members.map { table.sites[$0.rows[0]] }
    let present = Set(siteOf).sorted()
    guard present.count > 1, members.count >= 20,
      let weights = Self.weights(table, members: members.map(\.rows), features: features, seed: seed)
    else { return nil }
    let places = siteOf.map { present.firstIndex(of: $0) ?? 0 }
    let observed = Self.areas(weights, places: places, sites: present.count)
    guard let mean = Statistics.mean(observed.compactMap(\.self)) else { return nil }
    var atLeast = 1
    for permutation in 0..<permutations {
      var stream = RandomStream(seed: seed, purpose: .permutation, replicate: permutation + 1)
      var shuffled = places
      stream.shuffle(&shuffled)
      let areas = Self.areas(weights, places: shuffled, sites: present.count)
      if Statistics.mean(areas.compactMap(\.self)) ?? 0 >= mean - 1e-12 { atLeast += 1 }
    }
    sites = present.enumerated().map { place, site in
      Site(name: table.siteNames[site], subjects: places.count { $0 == place }, auc: observed[place])
    }
    auc = mean
    self.permutations = permutations
    p = Double(atLeast) / Double(permutations + 1)
    subjects = members.count
  }

  private struct Member {
    let subject: Int
    var rows: [Int]
  }

  private static func members(_ table: CohortTable, rows: [Int], seed: UInt64) -> [Member] {
    var members: [Member] = []
    for row in rows.sorted() {
      if members.last?.subject == table.subjects[row] {
        members[members.count - 1].rows.append(row)
      } else {
        members.append(Member(subject: table.subjects[row], rows: [row]))
      }
    }
    guard members.count > mostSubjects else { return members }
    var stream = RandomStream(seed: seed, purpose: .permutation, stratum: 1)
    stream.shuffle(&members)
    return members.prefix(mostSubjects).sorted { $0.subject < $1.subject }
  }

  /// Row `i` weights all subjects' indicators into the prediction of subject `i`: zero for subjects of its own fold.
  private static func weights(
    _ table: CohortTable, members: [[Int]], features: FeatureChoice, seed: UInt64
  ) -> Matrix? {
    guard let kernel = kernel(table, members: members, features: features) else { return nil }
    let count = members.count
    var order = Array(0..<count)
    var stream = RandomStream(seed: seed, purpose: .permutation)
    stream.shuffle(&order)
    var weights = Matrix(rows: count, columns: count)
    for fold in 0..<10 {
      let inside = order.indices.filter { $0 % 10 == fold }.map { order[$0] }
      let outside = order.indices.filter { $0 % 10 != fold }.map { order[$0] }.sorted()
      var system = kernel.selecting(rows: outside, columns: outside)
      for place in outside.indices { system[place, place] += 1 }
      guard let factor = Cholesky(system) else { return nil }
      for subject in inside {
        let solution = factor.solve(outside.map { kernel[$0, subject] })
        for (place, other) in outside.enumerated() { weights[other, subject] = solution[place] }
      }
    }
    return weights
  }

  /// Products of the subjects' z-scores, scaled so that the mean of the diagonal is 1.
  private static func kernel(
    _ table: CohortTable, members: [[Int]], features: FeatureChoice
  ) -> Matrix? {
    var scores: [[Double]] = []
    for (feature, name) in table.featureNames.enumerated() where features.includes(name) {
      let values = completed(
        members.map { rows in
          rows.reduce(0) { $0 + table.features[$1, feature] } / Double(rows.count)
        })
      let moments = Moments(values)
      let deviation = moments.standardDeviation
      guard deviation.isFinite, deviation > 1e-14 * abs(moments.mean) else { continue }
      scores.append(values.map { ($0 - moments.mean) / deviation })
    }
    guard !scores.isEmpty else { return nil }
    let columns = members.indices.map { subject in scores.map { $0[subject] } }
    var kernel = Matrix(columns: columns, rows: scores.count).gram()
    let trace = members.indices.reduce(0) { $0 + kernel[$1, $1] }
    let scale = Double(members.count) / trace
    for index in kernel.values.indices { kernel.values[index] *= scale }
    return kernel
  }

  /// With the median of the finite values in place of the others; as they are where fewer than half are finite.
  private static func completed(_ values: [Double]) -> [Double] {
    let finite = values.filter(\.isFinite)
    guard finite.count < values.count, 2 * finite.count >= values.count else { return values }
    let median = quantile(ofSorted: finite.sorted(), 0.5)
    return values.map { $0.isFinite ? $0 : median }
  }

  /// AUC of each site from the predictions of its centred indicator; `nil` for a site of one subject.
  private static func areas(_ weights: Matrix, places: [Int], sites: Int) -> [Double?] {
    (0..<sites).map { site in
      let isHere = places.map { $0 == site }
      let count = isHere.count { $0 }
      guard count > 1 else { return nil }
      let share = Double(count) / Double(places.count)
      let centred = isHere.map { ($0 ? 1 : 0) - share }
      let scores = places.indices.map { dot(weights.column($0), centred) }
      return areaUnderCurve(scores, positives: isHere)
    }
  }
}
