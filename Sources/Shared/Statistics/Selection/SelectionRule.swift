/// What a step of selection is made of. A new rule is one file, which says all of this, and one line in
/// `selectionRules`; study files, canonical JSON, traces and reports follow.
protocol SelectionRule: Codable, Equatable, Sendable {
  /// Its key in encoded steps. The canonical JSON of studies holds it, and digests of that name jobs: never change it,
  /// nor the keys and values of the encoded options.
  static var key: String { get }
  /// Its names in study files.
  static var studyNames: [String] { get }
  /// Keys of its options in study files, in the order in which messages list them.
  static var options: [String] { get }

  /// From the options of a study file, each with its range and its default.
  /// - Parameter name: the one of `studyNames` that the file uses.
  init<Options: SelectionOptions>(_ options: Options, named name: String) throws(Options.Failure)

  /// As traces and reports name it.
  var name: String { get }
  /// The condition for keeping a feature, with its numbers, for reports.
  var detail: String { get }
  /// Whether it leaves coefficients that may be the model's.
  var givesCoefficients: Bool { get }

  /// Folds of its cross-validation; `nil` where it has none.
  var crossValidationFolds: Int? { get }

  /// Keeps some of the features left, of which there is at least one.
  /// - Throws: where the rows or the table lack what the rule needs.
  func apply(to selection: inout SelectionState) throws(StatisticsError)
}

extension SelectionRule {
  var givesCoefficients: Bool { false }
  var crossValidationFolds: Int? { nil }
}

/// All rules, in the order in which messages list their names.
let selectionRules: [any SelectionRule.Type] = [
  ReliabilityRule.self,
  VarianceRule.self,
  NearZeroVarianceRule.self,
  MannWhitneyRule.self,
  StudentRule.self,
  CorrelationRule.self,
  MinimumRedundancyRule.self,
  LassoRule.self,
]

/// A reader of one step's options, as they stand in a study file; `nil` is an option that the file does not give.
package protocol SelectionOptions {
  /// Thrown for a value of the wrong type, or out of range.
  associatedtype Failure: Error

  /// A number within the range.
  func number(_ key: String, in range: ClosedRange<Double>) throws(Failure) -> Double?
  /// A whole number within the range.
  func integer(_ key: String, in range: ClosedRange<Int>) throws(Failure) -> Int?
  /// One of a closed set of names.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, of type: Choice.Type
  ) throws(Failure) -> Choice? where Choice.RawValue == String
}
