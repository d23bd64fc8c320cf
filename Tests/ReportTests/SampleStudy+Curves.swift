import Report

extension SampleStudy {
  struct Score {
    var outcome: Int
    var probability: Double
  }

  /// 150 subjects, 105 of them training; later models separate better.
  static func scores(model: Int) -> [Score] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15 &+ UInt64(model)
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 24)
    }
    return (0..<150).map { row in
      let outcome = row % 15 < 7 ? 1 : 0
      let noise = (uniform() + uniform() + uniform()) / 3
      let probability = 0.25 * Double(outcome) + 0.75 * noise + 0.015 * Double(model * (2 * outcome - 1))
      return Score(outcome: outcome, probability: min(max(probability, 0.01), 0.99))
    }
  }

  /// Share of pairs of a positive and a negative case in which the positive scores higher.
  static func area(_ scores: [Score]) -> Double {
    let positives = scores.filter { $0.outcome == 1 }
    let negatives = scores.filter { $0.outcome == 0 }
    let wins = positives.reduce(0) { sum, positive in
      sum + negatives.filter { $0.probability < positive.probability }.count
    }
    return Double(wins) / Double(positives.count * negatives.count)
  }

  static func roc(_ scores: [Score], _ cohort: StudyReport.EvaluationCohort) -> StudyReport.ROCCurve {
    let thresholds = Set(scores.map(\.probability)).sorted(by: >)
    return .init(
      cohort: cohort,
      points: [.init(falsePositiveRate: 0, truePositiveRate: 0, threshold: .infinity)]
        + thresholds.map { threshold in
          .init(
            falsePositiveRate: share(scores, of: 0, from: threshold),
            truePositiveRate: share(scores, of: 1, from: threshold), threshold: threshold)
        })
  }

  static func decision(
    _ scores: [Score], _ cohort: StudyReport.EvaluationCohort
  ) -> StudyReport.DecisionCurve {
    let prevalence = Double(scores.filter { $0.outcome == 1 }.count) / Double(scores.count)
    return .init(
      cohort: cohort,
      points: (1..<100).map { step in
        let threshold = Double(step) / 100
        let odds = threshold / (1 - threshold)
        let hits = prevalence * share(scores, of: 1, from: threshold)
        let alarms = (1 - prevalence) * share(scores, of: 0, from: threshold)
        return .init(
          threshold: threshold, model: hits - odds * alarms, treatAll: prevalence - odds * (1 - prevalence))
      })
  }

  private static func share(_ scores: [Score], of outcome: Int, from threshold: Double) -> Double {
    let group = scores.filter { $0.outcome == outcome }
    return Double(group.filter { $0.probability >= threshold }.count) / Double(group.count)
  }
}
