import ElementaryFunctions
import Foundation
import Modelling
import Statistics
import StudyPlan

/// A fitted model whose predictors have z-scores, logistic or Cox's.
protocol ModelOfScores {
  var featureNames: [String] { get }
  var coefficients: [Double] { get }
  var means: [Double] { get }
  var deviations: [Double] { get }
  var medians: [Double] { get }
  var harmonisation: CombatModel? { get }

  func linearPredictor(of table: CohortTable, rows: [Int]) -> [Double]
  func predictorValues(at place: Int, of table: CohortTable, rows: [Int]) -> [Double]
}

extension FittedModel: ModelOfScores {}
extension FittedSurvivalModel: ModelOfScores {}

/// A model in the units of its predictors.
struct UnscaledModel<Model: ModelOfScores> {
  private let model: Model
  private let study: PreparedStudy
  /// Change of the linear predictor with one unit of each predictor.
  let slopes: [Double]
  /// What a reader enters: one value a clinical column, score or feature.
  let inputs: [StudyReport.Input]

  /// Beyond so many inputs nobody reads a nomogram.
  private static var mostInputs: Int { 15 }

  init(_ model: Model, of study: PreparedStudy) {
    (self.model, self.study) = (model, study)
    slopes = zip(model.coefficients, model.deviations).map { $0 / $1 }
    inputs = Self.inputs(model, of: study)
  }

  /// The smallest and the largest linear predictor of the training part; `nil` where values cannot be entered by hand.
  var observed: ClosedRange<Double>? {
    let scores = model.linearPredictor(of: study.table, rows: study.split.training)
    guard let least = scores.min(), let most = scores.max(), model.harmonisation == nil,
      inputs.count <= Self.mostInputs
    else { return nil }
    return least...most
  }

  /// The inputs as a nomogram needs them.
  var nomogramTerms: [Nomogram.Term] {
    inputs.map { input in
      guard input.levels.isEmpty else {
        let levels = zip(input.levels, input.terms).map { ($0, $1.map { slopes[$0] } ?? 0) }
        return .init(name: input.name, values: .levels(levels))
      }
      let slope = input.terms[0].map { slopes[$0] } ?? 0
      return .init(
        name: input.name,
        values: .number(coefficient: slope, from: input.least ?? 0, to: input.most ?? 0))
    }
  }

  private static func inputs(_ fitted: Model, of study: PreparedStudy) -> [StudyReport.Input] {
    var inputs: [StudyReport.Input] = []
    var used = Set<Int>()
    for column in study.cohort.study.clinical ?? [] {
      let names = column.variable.columnNames
      let places = names.map { fitted.featureNames.firstIndex(of: $0) }
      used.formUnion(places.compactMap(\.self))
      if let levels = column.variable.levels, places.contains(where: { $0 != nil }) {
        let typical = places.firstIndex { $0.map { fitted.medians[$0] == 1 } ?? false }
        inputs.append(
          .init(
            name: column.name, levels: levels, terms: [nil] + places, typical: Double((typical ?? -1) + 1)))
      } else if column.variable.levels == nil, let place = places[0] {
        inputs.append(number(place, fitted, study))
      }
      if let place = fitted.featureNames.firstIndex(of: column.indicatorName) {
        used.insert(place)
        inputs.append(
          .init(name: column.indicatorName, levels: ["no", "yes"], terms: [nil, place], typical: 0))
      }
    }
    for place in fitted.featureNames.indices where !used.contains(place) {
      inputs.append(number(place, fitted, study))
    }
    return inputs
  }

  private static func number(_ place: Int, _ fitted: Model, _ study: PreparedStudy) -> StudyReport.Input {
    let values = fitted.predictorValues(at: place, of: study.table, rows: study.split.training).filter(
      \.isFinite)
    return .init(
      name: fitted.featureNames[place], levels: [], terms: [place], least: values.min(), most: values.max(),
      typical: fitted.medians[place])
  }

  /// `log-odds = -1.5`, then a line for each predictor.
  func formula(_ name: String, constant: Double) -> String {
    func digits(_ value: Double) -> String { String(format: "%.6g", value) }
    let sum = zip(slopes, model.featureNames).map { slope, predictor in
      "\n  \(slope < 0 ? "-" : "+") \(digits(slope.magnitude)) * [\(predictor)]"
    }
    return "\(name) = \(digits(constant))" + sum.joined()
  }
}

/// `e` to a coefficient, with Wald's limits and p by its standard error.
private struct WaldRatio {
  let ratio: Double
  let lower: Double?
  let upper: Double?
  let p: Double?

  init(_ coefficient: Double, error: Double?, hasP: Bool) {
    ratio = Elementary.exp(coefficient)
    guard let error, error.isFinite, error > 0 else {
      (lower, upper, p) = (nil, nil, nil)
      return
    }
    let reach = NormalDistribution.quantile(0.975) * error
    (lower, upper) = (Elementary.exp(coefficient - reach), Elementary.exp(coefficient + reach))
    p = hasP ? NormalDistribution.twoSided(coefficient / error) : nil
  }
}

extension StudyReport.Equation {
  /// `nil` of a model without clinical columns and scores, or that selected nothing.
  init?(_ model: ReportedModel, of study: PreparedStudy) {
    let (fitted, plan) = (model.result.fitted, model.result.plan)
    guard plan.clinical != nil || plan.scores != nil, !fitted.features.isEmpty else { return nil }
    let unscaled = UnscaledModel(fitted, of: study)
    let intercept = zip(unscaled.slopes, fitted.means).reduce(fitted.intercept) { $0 - $1.0 * $1.1 }
    let covariance = fitted.covariance.map { Self.unscaled($0, fitted) }
    let hasP = fitted.inference?.coefficients.first?.waldP != nil
    let nomogram = unscaled.observed.flatMap {
      Nomogram(intercept: intercept, terms: unscaled.nomogramTerms, observed: $0)
    }
    self.init(
      model: fitted.name, intercept: intercept,
      terms: unscaled.slopes.enumerated().map { place, slope in
        let wald = WaldRatio(
          slope, error: covariance.map { $0[place + 1][place + 1].squareRoot() }, hasP: hasP)
        return StudyReport.Term(
          predictor: fitted.featureNames[place], coefficient: slope, oddsRatio: wald.ratio, lower: wald.lower,
          upper: wald.upper, p: wald.p)
      }, covariance: covariance, cutoff: fitted.cutoff,
      formula: unscaled.formula("log-odds", constant: intercept)
        + "\nprobability = 1 / (1 + exp(-log-odds))",
      nomogram: nomogram, inputs: nomogram == nil ? [] : unscaled.inputs)
  }

  /// The covariance in the units of the predictors: `T V Tᵀ` with the transformation of the coefficients.
  private static func unscaled(_ scaled: [[Double]], _ fitted: FittedModel) -> [[Double]] {
    let size = scaled.count
    var transformation = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
    transformation[0][0] = 1
    for place in 1..<max(1, size) {
      transformation[place][place] = 1 / fitted.deviations[place - 1]
      transformation[0][place] = -fitted.means[place - 1] / fitted.deviations[place - 1]
    }
    func product(_ a: [[Double]], _ b: (Int, Int) -> Double) -> [[Double]] {
      (0..<size).map { i in (0..<size).map { j in (0..<size).reduce(0) { $0 + a[i][$1] * b($1, j) } } }
    }
    let half = product(transformation) { scaled[$0][$1] }
    return product(half) { transformation[$1][$0] }
  }
}

extension StudyReport.HazardEquation {
  /// `nil` of a model without clinical columns and scores, or that selected nothing.
  /// - Throws: `no-risk-cut` of a model without one.
  init?(_ model: FinalSurvivalModel, _ survival: SurvivalStudy, of study: PreparedStudy)
    throws(StudyTaskError)
  {
    let (fitted, plan) = (model.fitted, model.plan)
    guard plan.clinical != nil || plan.scores != nil, !fitted.isEmpty else { return nil }
    let unscaled = UnscaledModel(fitted, of: study)
    let center = zip(unscaled.slopes, fitted.means).reduce(0) { $0 + $1.0 * $1.1 }
    let deviations = fitted.deviations
    let covariance = fitted.covariance.map { scaled in
      scaled.indices.map { row in
        scaled[row].indices.map { scaled[row][$0] / (deviations[row] * deviations[$0]) }
      }
    }
    let hasP = plan.refit == .none && !fitted.warnings.contains(.common(.collinear))
    let unbounded = fitted.unboundedPredictors
    self.init(
      model: fitted.name, center: center,
      terms: unscaled.slopes.enumerated().map { place, slope in
        // Of a ratio that the penalty alone keeps finite, no interval is one.
        let isBounded = !unbounded.contains(fitted.featureNames[place])
        let wald = WaldRatio(
          slope, error: isBounded ? covariance.map { $0[place][place].squareRoot() } : nil, hasP: hasP)
        return StudyReport.HazardTerm(
          predictor: fitted.featureNames[place], coefficient: slope, hazardRatio: wald.ratio,
          lower: wald.lower, upper: wald.upper, p: wald.p)
      },
      // A risk's interval would rest on the penalty, too.
      covariance: unbounded.isEmpty ? covariance : nil,
      formula: unscaled.formula("log hazard ratio", constant: -center),
      risk: try StudyReport.PatientRisk(unscaled, fitted, center: center, survival.outcome.horizons))
  }
}

extension StudyReport.PatientRisk {
  fileprivate init?(
    _ unscaled: UnscaledModel<FittedSurvivalModel>, _ fitted: FittedSurvivalModel, center: Double,
    _ horizons: [Double]
  ) throws(StudyTaskError) {
    guard let observed = unscaled.observed,
      let nomogram = HazardNomogram(
        center: center, terms: unscaled.nomogramTerms, observed: observed, baseline: fitted.baseline,
        times: horizons)
    else { return nil }
    self.init(
      inputs: unscaled.inputs, cut: try fitted.riskCut(),
      horizons: horizons.compactMap { time in
        fitted.moments?.sum(at: time).map { sum in
          Horizon(
            time: time, hazard: fitted.baseline.cumulativeHazard(at: time), logVariance: sum.logVariance,
            means: sum.means.enumerated().map { place, mean in
              fitted.means[place] + fitted.deviations[place] * mean
            })
        }
      }, nomogram: nomogram)
  }
}
