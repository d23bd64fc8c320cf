/// Subjects of some rows of a table, in strata of site and outcome.
///
/// What the stratified bootstrap draws within (Davison and Hinkley 1997, Bootstrap Methods and their Application, 3.2).
/// A subject counts as a case when any of its rows is positive. Strata are numbered controls first, each outcome's
/// sites in order. Those with a single subject are merged within the outcome, since a subject alone would be drawn
/// every time: into a stratum of their own after the others, or, if there is only one, into the last of the others.
public struct SubjectStrata: Equatable, Sendable, Codable {
  /// Subject indices of each stratum, ascending.
  public let strata: [[Int]]
  /// Site of each stratum; `nil` for a merged one.
  public let sites: [Int?]
  /// Outcome of each stratum.
  public let outcomes: [Bool]
  /// Sites whose stratum was too small, with the outcome.
  public let merged: [Merged]

  /// A stratum of one subject that was put with others.
  public struct Merged: Equatable, Sendable, Codable {
    /// Index into the table's sites.
    public let site: Int
    /// Its outcome.
    public let isPositive: Bool
  }

  /// The strata of the subjects to whom these rows belong.
  public init(of table: CohortTable, rows: [Int]) {
    var outcomeOfSubject: [Int: Bool] = [:]
    var siteOfSubject: [Int: Int] = [:]
    for row in rows {
      outcomeOfSubject[table.subjects[row], default: false] =
        outcomeOfSubject[table.subjects[row], default: false] || table.positives[row]
      siteOfSubject[table.subjects[row]] = table.sites[row]
    }
    var (strata, sites, outcomes, merged) = ([[Int]](), [Int?](), [Bool](), [Merged]())
    for outcome in [false, true] {
      var small: [Int] = []
      for site in table.siteNames.indices {
        let members = outcomeOfSubject.keys.filter {
          outcomeOfSubject[$0] == outcome && siteOfSubject[$0] == site
        }.sorted()
        switch members.count {
        case 0: continue
        case 1:
          small += members
          merged.append(Merged(site: site, isPositive: outcome))
        default:
          strata.append(members)
          sites.append(site)
          outcomes.append(outcome)
        }
      }
      guard !small.isEmpty else { continue }
      if small.count == 1, outcomes.last == outcome {
        strata[strata.count - 1] = (strata[strata.count - 1] + small).sorted()
        sites[sites.count - 1] = nil
      } else {
        strata.append(small.sorted())
        sites.append(nil)
        outcomes.append(outcome)
      }
    }
    (self.strata, self.sites, self.outcomes, self.merged) = (strata, sites, outcomes, merged)
  }
}
