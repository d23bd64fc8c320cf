import Foundation
import Statistics
import Testing

@Suite struct `Selection steps` {
  /// One of every kind, with what its name, its condition and its encoding are; the encoding is part of the digests that
  /// name jobs, so that none of these may ever change.
  static let all: [(step: SelectionStep, name: String, detail: String, json: String)] = [
    (
      .reliability(.consistency, minimum: 0.8, bound: .lowerLimit), "ICC(3,1)",
      "lower end of the ICC's 95 % interval ≥ 0.8",
      #"{"reliability":{"_0":"consistency","bound":"lower-limit","minimum":0.8}}"#
    ),
    (
      .reliability(.agreement), "ICC(2,1)", "ICC ≥ 0.75",
      #"{"reliability":{"_0":"agreement","bound":"estimate","minimum":0.75}}"#
    ),
    (
      .variance(threshold: 0.1), "variance", "variance > 0.1", #"{"variance":{"threshold":0.1}}"#
    ),
    (
      .nearZeroVariance(NearZeroVariance(frequencyRatio: 10)), "near-zero variance",
      "most frequent value at most 10.0 times as frequent as the second, or more than 10.0 % distinct values",
      #"{"nearZeroVariance":{"_0":{"frequencyRatio":10,"uniquePercent":10}}}"#
    ),
    (
      .mannWhitney(maximumP: 0.05), "Mann-Whitney", "p < 0.05",
      #"{"mannWhitney":{"adjustment":"none","maximumP":0.05}}"#
    ),
    (
      .tTest(maximumP: 0.05, variances: .equal, adjustment: .benjaminiHochberg), "t test",
      "p < 0.05, Benjamini-Hochberg", #"{"tTest":{"adjustment":"bh","maximumP":0.05,"variances":"equal"}}"#
    ),
    (
      .correlation(.spearman, maximum: 0.9), "Spearman", "|r| ≤ 0.9",
      #"{"correlation":{"_0":"spearman","maximum":0.9}}"#
    ),
    (
      .correlation(.pearson, maximum: 0.8), "Pearson", "|r| ≤ 0.8",
      #"{"correlation":{"_0":"pearson","maximum":0.8}}"#
    ),
    (
      .minimumRedundancy(count: 20), "mRMR", "the first 20", #"{"minimumRedundancy":{"count":20}}"#
    ),
    (
      .lasso(), "LASSO", "10-fold cross-validation, lambda.min",
      #"{"lasso":{"alpha":1,"convention":"ownPath","folds":10,"rule":"min"}}"#
    ),
    (
      .lasso(folds: 5, rule: .oneStandardError, convention: .sharedPath, alpha: 0.3), "elastic net",
      "5-fold cross-validation, lambda.1se, alpha 0.3",
      #"{"lasso":{"alpha":0.3,"convention":"sharedPath","folds":5,"rule":"1se"}}"#
    ),
  ]

  @Test(arguments: all.indices) func `have a name, a condition and an encoding`(index: Int) throws {
    let expected = Self.all[index]
    #expect(expected.step.name == expected.name && expected.step.detail == expected.detail)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let bytes = try encoder.encode(expected.step)
    #expect(String(decoding: bytes, as: UTF8.self) == expected.json)
    #expect(try JSONDecoder().decode(SelectionStep.self, from: bytes) == expected.step)
  }

  @Test func `are equal only when rule and options are`() {
    for (first, one) in Self.all.enumerated() {
      for (second, other) in Self.all.enumerated() {
        #expect((one.step == other.step) == (first == second))
      }
    }
  }

  @Test func `give coefficients only by LASSO or elastic net`() {
    let givers = Self.all.filter(\.step.givesCoefficients).map(\.name)
    #expect(givers == ["LASSO", "elastic net"])
  }

  @Test(arguments: [
    #"{"oracle":{}}"#, "{}", #"{"variance":{}}"#,
    #"{"minimumRedundancy":{"count":1},"variance":{"threshold":0}}"#,
  ])
  func `are not decoded from an unknown key, two keys or without an option`(json: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(SelectionStep.self, from: Data(json.utf8))
    }
  }
}
