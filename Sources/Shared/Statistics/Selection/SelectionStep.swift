/// One step of feature selection; every step is fitted on training rows only.
///
/// Steps are made by the functions that stand beside their rules: ``mannWhitney(maximumP:adjustment:)``,
/// ``correlation(_:maximum:)``, ``lasso(folds:rule:convention:alpha:)`` and others. Encoded, a step is one key, which
/// names its rule, with the rule's options: `{"variance":{"threshold":0.1}}`.
public struct SelectionStep: Equatable, Sendable, Codable {
  let rule: any SelectionRule

  init(_ rule: some SelectionRule) { self.rule = rule }

  /// The step's name in traces and reports, as `Mann-Whitney`.
  public var name: String { rule.name }

  /// The condition for keeping a feature, with its numbers, as `p < 0.05`.
  public var detail: String { rule.detail }

  /// True of steps whose own coefficients may be the model's (``Refit/lassoScore``).
  public var givesCoefficients: Bool { rule.givesCoefficients }

  /// Folds of the step's cross-validation; `nil` for a step without.
  public var folds: Int? { rule.crossValidationFolds }

  /// Two steps are equal when rule and options are.
  public static func == (first: SelectionStep, second: SelectionStep) -> Bool {
    first.rule.isEqual(to: second.rule)
  }
}

extension SelectionRule {
  fileprivate func isEqual(to other: any SelectionRule) -> Bool { other as? Self == self }
}

// MARK: Encoding

extension SelectionStep {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads one key and its options.
  /// - Throws: `DecodingError` where the key names no rule, or options are missing.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let keys = container.allKeys
    guard keys.count == 1, let rule = selectionRules.first(where: { $0.key == keys[0].stringValue }) else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription:
            "a selection step is one of \(selectionRules.map { $0.key }.joined(separator: ", ")), "
            + "but found \(keys.map(\.stringValue).joined(separator: ", "))"))
    }
    self.rule = try container.decode(rule, forKey: keys[0])
  }

  /// Writes one key and its options.
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(rule, forKey: Key(stringValue: type(of: rule).key))
  }
}

// MARK: Study files

extension SelectionStep {
  /// Names of all steps in study files, in the order in which messages list them.
  package static var studyNames: [String] { selectionRules.flatMap { $0.studyNames } }

  /// The step that a study file calls by this name.
  /// - Parameter options: given the keys that the step knows, a reader of what stands in the file.
  /// - Returns: `nil` for an unknown name.
  /// - Throws: what `options` and its reader throw.
  package init?<Options: SelectionOptions>(
    named name: String, options: ([String]) throws(Options.Failure) -> Options
  ) throws(Options.Failure) {
    guard let rule = selectionRules.first(where: { $0.studyNames.contains(name) }) else { return nil }
    self.rule = try rule.init(try options(rule.options), named: name)
  }
}
