import ElementaryFunctions
import Foundation
import Modelling
import Statistics
import StudyPlan

extension ReportAssembly {
  /// `nil` where the study has neither clinical columns nor a model of other models' scores.
  func clinical() throws -> StudyReport.Clinical? {
    guard plan.survival == nil else { return nil }
    let columns = plan.clinical ?? []
    let equations = try models.compactMap { try ClinicalEquation($0, of: study)?.equation }
    guard !columns.isEmpty || !equations.isEmpty else { return nil }
    let measured = try ClinicalColumns(plan).measured(study.members)
    return StudyReport.Clinical(
      columns: zip(columns, measured).map { StudyReport.ClinicalColumn($0, $1) },
      characteristics: measured.isEmpty ? [] : characteristics(measured),
      logistic: plan.models.isEmpty || measured.isEmpty
        ? nil
        : LogisticTable(measured, positives: study.table.positives, rows: study.split.training),
      equations: equations)
  }

  /// Of a survival study, by event; `nil` as above.
  func clinical(_ models: [ReportedSurvivalModel], _ survival: SurvivalStudy) throws -> StudyReport.Clinical?
  {
    let columns = plan.clinical ?? []
    let equations = models.compactMap { StudyReport.HazardEquation($0.result) }
    guard !columns.isEmpty || !equations.isEmpty else { return nil }
    let measured = try ClinicalColumns(plan).measured(study.members)
    return StudyReport.Clinical(
      columns: zip(columns, measured).map { StudyReport.ClinicalColumn($0, $1) },
      characteristics: measured.isEmpty
        ? [] : characteristics(measured, by: "event", called: ["no event", "event"]), logistic: nil,
      equations: [],
      hazards: models.isEmpty || measured.isEmpty
        ? nil : HazardTable(measured, survival.cohort.survival, rows: study.split.training),
      hazardEquations: equations)
  }

  private func characteristics(
    _ measured: [MeasuredVariable], by key: String = "outcome",
    called outcomes: [String] = ["outcome 0", "outcome 1"]
  ) -> [StudyReport.Characteristics] {
    let table = study.table
    let outcome = table.positives.map { $0 ? 1 : 0 }
    func of(_ part: String, _ by: String, _ groups: [String], _ group: [Int?]) -> StudyReport.Characteristics
    {
      .init(by: by, part: part, table: CharacteristicsTable(measured, groups: groups, group: group))
    }
    var all = [of("all", key, outcomes, outcome)]
    if table.siteNames.count > 1 {
      all.append(of("all", "site", table.siteNames, table.sites))
    }
    guard !study.split.test.isEmpty else { return all }
    var part = [Int?](repeating: nil, count: table.rowCount)
    for row in study.split.training { part[row] = 0 }
    for row in study.split.test { part[row] = 1 }
    all.append(of("all", "part", ["training", "test"], part))
    for (place, name) in ["training", "test"].enumerated() {
      all.append(of(name, key, outcomes, outcome.indices.map { part[$0] == place ? outcome[$0] : nil }))
    }
    return all
  }
}

extension StudyReport.ClinicalColumn {
  init(_ column: ClinicalColumn, _ measured: MeasuredVariable) {
    let isCategory = column.variable.levels != nil
    let kind =
      switch column.variable.kind {
      case .number: "number"
      case .skewedNumber: "skewed number"
      case .categories(_, let areOrdered): areOrdered ? "ordered categories" : "categories"
      }
    let typical =
      isCategory ? "the most frequent level of the training rows" : "the median of the training rows"
    self.init(
      name: column.name, kind: kind, levels: column.variable.levels ?? [],
      missing: measured.values.count { !$0.isFinite },
      treatment: column.missing == .indicator ? "\(typical), and an indicator of missing values" : typical)
  }
}

/// A model's equation in the units of its predictors.
private struct ClinicalEquation {
  let equation: StudyReport.Equation

  init?(_ model: ReportedModel, of study: PreparedStudy) throws {
    let (fitted, plan) = (model.result.fitted, model.result.plan)
    guard plan.clinical != nil || plan.scores != nil, !fitted.features.isEmpty else { return nil }
    let slopes = zip(fitted.coefficients, fitted.deviations).map { $0 / $1 }
    let intercept = zip(slopes, fitted.means).reduce(fitted.intercept) { $0 - $1.0 * $1.1 }
    let covariance = fitted.covariance.map { Self.unscaled($0, fitted) }
    let hasP = fitted.inference?.coefficients.first?.waldP != nil
    let terms = slopes.indices.map { place in
      StudyReport.Term(
        fitted.featureNames[place], slopes[place],
        error: covariance.map { $0[place + 1][place + 1].squareRoot() }, hasP: hasP)
    }
    let inputs = Self.inputs(fitted, of: study)
    var nomogram: Nomogram?
    let scores = fitted.linearPredictor(of: study.table, rows: study.split.training)
    if let least = scores.min(), let most = scores.max(), fitted.harmonisation == nil, inputs.count <= 15 {
      nomogram = Nomogram(
        intercept: intercept, terms: inputs.map { Self.term($0, slopes) }, observed: least...most)
    }
    equation = StudyReport.Equation(
      model: fitted.name, intercept: intercept, terms: terms, covariance: covariance, cutoff: fitted.cutoff,
      formula: Self.formula(intercept, terms), nomogram: nomogram, inputs: nomogram == nil ? [] : inputs)
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

  /// What a reader enters: one value a clinical column, score or feature.
  private static func inputs(_ fitted: FittedModel, of study: PreparedStudy) -> [StudyReport.Input] {
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
    for place in fitted.features.indices where !used.contains(place) {
      inputs.append(number(place, fitted, study))
    }
    return inputs
  }

  private static func number(_ place: Int, _ fitted: FittedModel, _ study: PreparedStudy) -> StudyReport.Input
  {
    let values = fitted.predictorValues(at: place, of: study.table, rows: study.split.training).filter(
      \.isFinite)
    return .init(
      name: fitted.featureNames[place], levels: [], terms: [place], least: values.min(), most: values.max(),
      typical: fitted.medians[place])
  }

  private static func term(_ input: StudyReport.Input, _ slopes: [Double]) -> Nomogram.Term {
    guard input.levels.isEmpty else {
      let levels = zip(input.levels, input.terms).map { ($0, $1.map { slopes[$0] } ?? 0) }
      return .init(name: input.name, values: .levels(levels))
    }
    let slope = input.terms[0].map { slopes[$0] } ?? 0
    return .init(
      name: input.name,
      values: .number(coefficient: slope, from: input.least ?? 0, to: input.most ?? 0))
  }

  private static func formula(_ intercept: Double, _ terms: [StudyReport.Term]) -> String {
    func digits(_ value: Double) -> String { String(format: "%.6g", value) }
    let sum = terms.map { term in
      "\n  \(term.coefficient < 0 ? "-" : "+") \(digits(term.coefficient.magnitude)) * [\(term.predictor)]"
    }
    return "log-odds = \(digits(intercept))" + sum.joined() + "\nprobability = 1 / (1 + exp(-log-odds))"
  }
}

extension StudyReport.Term {
  init(_ predictor: String, _ coefficient: Double, error: Double?, hasP: Bool) {
    self.init(predictor: predictor, coefficient: coefficient, oddsRatio: Elementary.exp(coefficient))
    guard let error, error.isFinite, error > 0 else { return }
    let reach = NormalDistribution.quantile(0.975) * error
    lower = Elementary.exp(coefficient - reach)
    upper = Elementary.exp(coefficient + reach)
    if hasP { p = NormalDistribution.twoSided(coefficient / error) }
  }
}

extension StudyReport.HazardEquation {
  /// `nil` of a model without clinical columns and scores, or that selected nothing.
  fileprivate init?(_ model: FinalSurvivalModel) {
    let (fitted, plan) = (model.fitted, model.plan)
    guard plan.clinical != nil || plan.scores != nil, !fitted.isEmpty else { return nil }
    let slopes = zip(fitted.coefficients, fitted.deviations).map { $0 / $1 }
    let deviations = fitted.deviations
    let covariance = fitted.covariance.map { scaled in
      scaled.indices.map { row in
        scaled[row].indices.map { scaled[row][$0] / (deviations[row] * deviations[$0]) }
      }
    }
    let hasP = plan.refit == .none && !fitted.warnings.contains(.common(.collinear))
    self.init(
      model: fitted.name, center: zip(slopes, fitted.means).reduce(0) { $0 + $1.0 * $1.1 },
      terms: slopes.indices.map { place in
        .init(
          fitted.featureNames[place], slopes[place],
          error: covariance.map { $0[place][place].squareRoot() }, hasP: hasP)
      }, covariance: covariance, formula: "")
    formula = text
  }

  private var text: String {
    func digits(_ value: Double) -> String { String(format: "%.6g", value) }
    let sum = terms.map { term in
      "\n  \(term.coefficient < 0 ? "-" : "+") \(digits(term.coefficient.magnitude)) * [\(term.predictor)]"
    }
    return "log hazard ratio = \(digits(-center))" + sum.joined()
  }
}

extension StudyReport.HazardTerm {
  fileprivate init(_ predictor: String, _ coefficient: Double, error: Double?, hasP: Bool) {
    self.init(
      predictor: predictor, coefficient: coefficient, hazardRatio: Elementary.exp(coefficient))
    guard let error, error.isFinite, error > 0 else { return }
    let reach = NormalDistribution.quantile(0.975) * error
    lower = Elementary.exp(coefficient - reach)
    upper = Elementary.exp(coefficient + reach)
    if hasP { p = NormalDistribution.twoSided(coefficient / error) }
  }
}
