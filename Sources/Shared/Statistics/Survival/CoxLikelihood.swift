import ElementaryFunctions
import LinearAlgebra

/// Cox's partial likelihood of some columns, with what Newton's method needs of it.
///
/// At each time the rows at risk are those of the stratum that are observed until then; sums run from the last time to the
/// first, within a time by row.
struct CoxLikelihood {
  /// Rows by columns.
  let design: Matrix
  let ties: CoxTies
  /// Strata in order of their numbers.
  let strata: [TimeGroups]

  init(design: Matrix, survival: SurvivalTimes, strata numbers: [Int]?, ties: CoxTies) {
    self.design = design
    self.ties = ties
    strata = Set(numbers ?? [0]).sorted().map { stratum in
      TimeGroups(survival, rows: survival.times.indices.filter { numbers?[$0] ?? 0 == stratum })
    }
  }

  /// Shares of the tied events' risk that have left the risk set when each of them is counted.
  func shares(of events: Int) -> [Double] {
    (0..<events).map { ties == .efron ? Double($0) / Double(events) : 0 }
  }

  /// `Σ ηₑ - Σ ln Σ e^η` over the events; NaN or -∞ where a predictor is out of all bounds.
  func logLikelihood(at eta: [Double]) -> Double {
    let largest = eta.max() ?? 0
    let risks = eta.map { Elementary.exp($0 - largest) }
    var total = 0.0
    for times in strata {
      var atRisk = 0.0
      for group in times.groups.reversed() {
        let tied = group.events.reduce(0) { $0 + risks[$1] }
        atRisk += tied + group.censored.reduce(0) { $0 + risks[$1] }
        for row in group.events { total += eta[row] - largest }
        for share in shares(of: group.events.count) { total -= Elementary.log(atRisk - share * tied) }
      }
    }
    return total
  }

  /// What one time adds to the score and to the information.
  struct Term {
    let time: Double
    let events: Int
    /// Columns of the rows with the event less their mean over the rows at risk, added up: Schoenfeld's residuals.
    let score: [Double]
    /// Lower triangle.
    let information: Matrix
  }

  /// Score and information at some linear predictors, time by time from the last to the first of each stratum.
  func forEachTime(at eta: [Double], _ body: (Term) -> Void) {
    forEachGroup(at: eta) { group, atRisk, tied in
      if !group.events.isEmpty { body(term(group, atRisk: atRisk, tied: tied)) }
    }
  }

  /// For each event its risk set as it is counted, from the last to the first of each stratum: the time, `Σ e^(η - max η)` and the mean of
  /// each column weighted by `e^η`.
  func forEachRiskSet(
    at eta: [Double], _ body: (_ time: Double, _ total: Double, _ means: [Double]) -> Void
  ) {
    forEachGroup(at: eta) { group, atRisk, tied in
      for share in shares(of: group.events.count) {
        let (total, means) = atRisk.means(less: share, of: tied)
        body(group.time, total, means)
      }
    }
  }

  /// The rows of each time with the sums over those at risk and over those with the event, from the last to the first of each stratum.
  private func forEachGroup(
    at eta: [Double], _ body: (_ group: TimeGroups.Group, _ atRisk: RiskSum, _ tied: RiskSum) -> Void
  ) {
    let largest = eta.max() ?? 0
    let risks = eta.map { Elementary.exp($0 - largest) }
    for times in strata {
      var atRisk = RiskSum(size: design.columns)
      for group in times.groups.reversed() {
        var tied = RiskSum(size: design.columns)
        for row in group.events { tied.add(design, row: row, risk: risks[row]) }
        for row in group.events + group.censored { atRisk.add(design, row: row, risk: risks[row]) }
        body(group, atRisk, tied)
      }
    }
  }

  private func term(_ group: TimeGroups.Group, atRisk: RiskSum, tied: RiskSum) -> Term {
    let size = design.columns
    var score = [Double](repeating: 0, count: size)
    for row in group.events { for column in 0..<size { score[column] += design[row, column] } }
    var information = Matrix(rows: size, columns: size)
    for share in shares(of: group.events.count) {
      let (total, means) = atRisk.means(less: share, of: tied)
      for i in 0..<size {
        score[i] -= means[i]
        for j in 0...i {
          let square = (atRisk.second[i, j] - share * tied.second[i, j]) / total
          information[i, j] += square - means[i] * means[j]
        }
      }
    }
    return Term(time: group.time, events: group.events.count, score: score, information: information)
  }

  /// Sums over rows of `e^η`, `e^η x` and the lower triangle of `e^η x xᵀ`.
  private struct RiskSum {
    var total = 0.0
    var first: [Double]
    var second: Matrix

    init(size: Int) {
      first = [Double](repeating: 0, count: size)
      second = Matrix(rows: size, columns: size)
    }

    mutating func add(_ design: Matrix, row: Int, risk: Double) {
      total += risk
      for i in first.indices {
        let weighted = risk * design[row, i]
        first[i] += weighted
        for j in 0...i { second[i, j] += weighted * design[row, j] }
      }
    }

    /// `Σ e^η` and the means of the columns without a share of the tied rows.
    func means(less share: Double, of tied: RiskSum) -> (total: Double, means: [Double]) {
      let total = self.total - share * tied.total
      return (total, first.indices.map { (first[$0] - share * tied.first[$0]) / total })
    }
  }

  /// Breslow's or Efron's estimate of the hazard that a linear predictor of 0 adds up to, for each stratum.
  func baselines(at eta: [Double]) -> [CoxRegression.Baseline] {
    let largest = eta.max() ?? 0
    let risks = eta.map { Elementary.exp($0 - largest) }
    let scale = Elementary.exp(-largest)
    return strata.map { times in
      var atRisk = 0.0
      var increments: [(time: Double, hazard: Double)] = []
      for group in times.groups.reversed() {
        let tied = group.events.reduce(0) { $0 + risks[$1] }
        atRisk += tied + group.censored.reduce(0) { $0 + risks[$1] }
        let hazard = shares(of: group.events.count).reduce(0) { $0 + scale / (atRisk - $1 * tied) }
        if hazard > 0 { increments.append((group.time, hazard)) }
      }
      var total = 0.0
      let cumulative = increments.reversed().map { increment in
        total += increment.hazard
        return total
      }
      return CoxRegression.Baseline(times: increments.reversed().map(\.time), cumulativeHazards: cumulative)
    }
  }
}

/// How events at the same time enter Cox's partial likelihood.
public enum CoxTies: String, Sendable, Codable, CaseIterable {
  /// Efron (1977, doi:10.1080/01621459.1977.10480613): the default of `coxph`.
  case efron
  /// Breslow (1974, doi:10.2307/2529620): what `glmnet` uses.
  case breslow
}
