import Statistics
import Yams

/// The outcome of a survival study: whether each patient's event was seen, and how long the patient was observed.
package struct SurvivalOutcome: Codable, Equatable, Sendable {
  /// Column of events: 1 where the event was seen, 0 where observation ended before.
  package var event: String
  /// Column of times, above 0.
  package var time: String
  /// Times at which models are judged, ascending, in the unit of the column.
  package var horizons: [Double]
  /// What times are counted in, for people.
  package var unit: String

  /// Most horizons of a study.
  static let mostHorizons = 10
  /// No time of a patient is longer, whatever its unit.
  static let longestTime = 1e6

  /// What is wrong with a time of a patient; `nil` where nothing is.
  static func fault(ofTime text: String) -> String? {
    guard let time = Double(text), !time.isNaN, time > 0 else {
      return "expected a number above 0, with a decimal point, and nothing where it is unknown"
    }
    return time <= longestTime
      ? nil : "expected at most \(Self.text(longestTime)); this is too large for a time"
  }

  /// The horizon that one number is told of: the last.
  package var mainHorizon: Double { horizons[horizons.count - 1] }

  /// A time as columns and sentences name it: `12`, `7.5`.
  package static func text(_ time: Double) -> String {
    let text = "\(time)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// `at 24 months`.
  package func place(_ time: Double) -> String { "at \(Self.text(time)) \(unit)" }
}

extension SurvivalOutcome {
  private static let keys = [
    "event", "time", "horizons", "unit", "positive", "negative", "text", "table", "id", "site",
  ]

  /// Whether the key `outcome` names an event and its time.
  static func isNamed(in file: StrictMapping) -> Bool {
    guard let mapping = file.node("outcome")?.mapping else { return false }
    return mapping.contains { ["event", "time", "horizons"].contains($0.key.string) }
  }

  /// The key `outcome: {event: COLUMN, time: COLUMN, horizons: [12, 24], unit: months}`; `nil` where it is that of a study of two
  /// outcomes.
  static func read(_ file: StrictMapping) throws(StudyError) -> (SurvivalOutcome, StrictMapping)? {
    guard isNamed(in: file), let node = file.node("outcome") else { return nil }
    let section = try StrictMapping(node, at: "outcome", known: keys)
    let event = try section.required("event").text(at: section.place("event"))
    let time = try section.required("time").text(at: section.place("time"))
    guard event != time else {
      throw StudyError(.badValue, "outcome: event and time are one column, '\(event)'; name two.")
    }
    _ = try section.required("horizons")
    var horizons: [Double] = []
    for item in section.items("horizons") ?? [] {
      let horizon = try item.number(at: section.place("horizons"), in: 0...longestTime)
      guard horizon > 0, horizons.last ?? 0 < horizon else {
        throw StudyError(
          .badValue, "outcome.horizons must ascend and be above 0, as [12, 24, 36], but has \(text(horizon))."
        )
      }
      horizons.append(horizon)
    }
    guard 1...mostHorizons ~= horizons.count else {
      throw StudyError(
        .badValue, "outcome.horizons must have 1 to \(mostHorizons) times, but has \(horizons.count).")
    }
    let unit = try section.string("unit") ?? "units of time"
    guard unit.count <= 40 else { throw StudyError(.badValue, "outcome.unit is longer than 40 letters.") }
    return (SurvivalOutcome(event: event, time: time, horizons: horizons, unit: unit), section)
  }
}

extension OutcomeCoding {
  /// How the column of events says who has had the event.
  init(events outcome: SurvivalOutcome, _ section: StrictMapping) throws(StudyError) {
    try self.init(section: section, text: outcome.event)
    column = section.has("table") ? nil : outcome.event
  }
}

extension ModelDefinition {
  /// How a Cox model chooses its features, and gets their coefficients.
  package struct Survival: Codable, Equatable, Sendable {
    package var selection: [SurvivalPlan.Step]
    package var refit: SurvivalPlan.Refit

    /// Score test, redundancy filter, LASSO, ridge refit.
    static let standard = Survival(
      selection: [
        .coxScore(maximumP: 0.05), .outcomeFree(.correlation(.spearman, maximum: 0.9)), .coxNet(),
      ],
      refit: .ridge())
  }

  /// As a model of a survival study is until its section says otherwise.
  mutating func becomeSurvival() {
    (survival, selection, refit) = (.standard, [], .none)
  }
}

extension ModelStep {
  /// A step of selection in a survival study.
  /// - Throws: `StudyError` for an unknown name or option, a value out of range, or a step that compares two outcomes.
  func survivalSelection() throws(StudyError) -> SurvivalPlan.Step {
    switch name {
    case "cox-score":
      let section = try section(["p", "adjust"])
      return .coxScore(
        maximumP: try section.number("p", in: 0...1) ?? 0.05,
        adjustment: try section.choice("adjust", of: Adjustment.self) == .bh ? .benjaminiHochberg : .none)
    case "lasso-cox", "elastic-net-cox":
      let isLasso = name == "lasso-cox"
      let section = try section(["folds", "rule", "convention"] + (isLasso ? [] : ["alpha"]))
      return .coxNet(
        folds: try section.integer("folds", in: 3...100) ?? 10,
        rule: try section.choice("rule", of: Rule.self) == .oneStandardError ? .oneStandardError : .minimum,
        convention: try section.choice("convention", of: CrossValidatedPath.Convention.self) ?? .ownPath,
        alpha: isLasso ? 1 : try section.number("alpha", in: 0.01...1) ?? 0.5)
    default:
      let known = SelectionStep.studyNames.filter { !SelectionStep.namesReadingOutcome.contains($0) }
      if SelectionStep.namesReadingOutcome.contains(name) {
        throw StudyError(
          .badValue,
          "\(path): \(name) compares cases with controls and knows no times; a survival study has cox-score and lasso-cox."
        )
      }
      let step = try SelectionStep(named: name) { (keys) throws(StudyError) in try section(keys) }
      guard let step else {
        throw .unknownKey(name, at: path, known: ["cox-score", "lasso-cox", "elastic-net-cox"] + known)
      }
      return .outcomeFree(step)
    }
  }

  func survivalRefit() throws(StudyError) -> SurvivalPlan.Refit {
    switch name {
    case "none": return .none
    case "lasso": return .lassoScore
    case "ridge":
      return .ridge(penalty: try section(["penalty"]).number("penalty", in: 1e-9...1e9) ?? 1)
    case "firth":
      throw StudyError(
        .badValue, "\(path): firth is a refit of logistic models; a survival study has none, ridge and lasso."
      )
    default: throw unknown(["none", "ridge", "lasso"])
    }
  }

  private enum Adjustment: String, CaseIterable {
    case none, bh
  }

  private enum Rule: String, CaseIterable {
    case minimum = "min"
    case oneStandardError = "1se"
  }
}
