import Statistics
import StudyPlan

// MARK: Too good to be measured before the outcome

extension LeakageAudit {
  var parts: String { split.test.isEmpty ? "in the training part" : "in training and in test" }

  private static let threshold = PageNumber.fixed(PerfectPredictor.leastAUC, digits: 2)

  /// At most ten, with how many more there are.
  func listed(_ faults: [String]) -> [String] {
    faults.count <= 10 ? faults : faults.prefix(10) + ["and \(faults.count - 10) more"]
  }

  var featuresTooGood: Line {
    let found = table.perfectPredictors(in: split)
    let names = table.featureNames + table.clinical.map(\.name)
    let clinical = table.clinical.isEmpty ? "" : " and \(table.clinical.count) clinical columns"
    return line(
      "features_too_good", "No single feature predicts the outcome almost perfectly.",
      faults: listed(
        found.map { predictor in
          let name = names[predictor.feature]
          let what = predictor.sign == .missing ? "where \(name) is undefined" : name
          return "\(what): \(Self.areas(predictor.training, predictor.test))"
        }),
      of: found.map { names[$0.feature] },
      evidence:
        "\(counted(table.featureCount, "feature"))\(clinical), none with an AUC of \(Self.threshold) or more \(parts)."
    )
  }

  private static func areas(_ training: Double, _ test: Double?) -> String {
    "AUC \(PageNumber.fixed(training)) in training" + (test.map { ", \(PageNumber.fixed($0)) in test" } ?? "")
  }

  /// Features whose names say that they are known with or after the outcome, and which tell it well.
  var featuresOfLater: Line {
    let leaks = table.featureNames.indices.filter { LaterName.isOne(table.featureNames[$0]) }
      .compactMap { feature -> (name: String, text: String)? in
        let rows = split.training.filter { table.value(row: $0, feature: feature).isFinite }
        guard
          let area = areaUnderCurve(
            rows.map { table.value(row: $0, feature: feature) }, positives: rows.map { table.positives[$0] }),
          max(area, 1 - area) >= LaterName.leastAUC
        else { return nil }
        let name = table.featureNames[feature]
        return (name, "\(name): AUC \(PageNumber.fixed(max(area, 1 - area))) in training")
      }
    return line(
      "features_known_later",
      "No feature is called as what is known with the outcome or after it, and tells it.",
      faults: listed(leaks.map(\.text)), of: leaks.map(\.name),
      evidence:
        "\(counted(table.featureCount, "feature")), none called as an event, its time, a follow-up or an outcome."
    )
  }

  /// A model is too good where the cases that it was not fitted to are told apart almost perfectly, as those are to which it
  /// was.
  var modelsTooGood: Line {
    let (code, rule) = ("models_too_good", "No model predicts the outcome almost perfectly.")
    let judged = models.indices.compactMap { model in
      unseen(by: model).map { (model: model, rows: $0.rows, scores: $0.scores, part: $0.part) }
    }
    guard !judged.isEmpty else {
      return notApplicable(
        code, rule, "There are no cases to which a model was not fitted: no test part, site or replicate.")
    }
    let faults = judged.compactMap { item -> (name: String, text: String)? in
      let fitted = models[item.model].probabilities(of: table, rows: split.training)
      guard
        let own = areaUnderCurve(fitted, positives: split.training.map { table.positives[$0] }),
        let other = MannWhitney(item.scores, positives: item.rows.map { table.positives[$0] }),
        own >= PerfectPredictor.leastAUC, other.auc >= PerfectPredictor.leastAUC,
        other.p < PerfectPredictor.chance
      else { return nil }
      let name = models[item.model].name
      return (
        name,
        "\(name): AUC \(PageNumber.fixed(own)) in training, \(PageNumber.fixed(other.auc)) \(item.part)"
      )
    }
    return line(
      code, rule, faults: faults.map(\.text), of: faults.map(\.name),
      evidence:
        "\(judged.count) models, none with an AUC of \(Self.threshold) or more in training and \(judged[0].part)."
    )
  }

  /// Cases that a model was not fitted to, with what it, or its like, says of them: of the test part, of each site left out, or
  /// of the mean over replicates out of bag.
  private func unseen(by model: Int) -> (rows: [Int], scores: [Double], part: String)? {
    if !split.test.isEmpty {
      return (split.test, models[model].probabilities(of: table, rows: split.test), "in test")
    }
    if model < withoutSite.count {
      let folds = withoutSite[model].enumerated().map { site, fitted in
        let rows = Split(leavingOut: site, of: table).test
        return (rows, fitted.probabilities(of: table, rows: rows))
      }
      return (folds.flatMap { $0.0 }, folds.flatMap { $0.1 }, "at the sites left out")
    }
    var (sums, counts) = (
      [Double](repeating: 0, count: table.rowCount), [Int](repeating: 0, count: table.rowCount)
    )
    for replicate in replicates where model < replicate.models.count {
      let own = replicate.models[model]
      for (row, probability) in zip(own.outOfBagRows, own.outOfBagProbabilities) {
        sums[row] += probability
        counts[row] += 1
      }
    }
    let rows = split.training.filter { counts[$0] > 0 }
    return rows.isEmpty ? nil : (rows, rows.map { sums[$0] / Double(counts[$0]) }, "out of bag")
  }
}

/// Names of columns that are known with the outcome or after it.
enum LaterName {
  /// A column of such a name is a leak from this AUC on; below it may be what its name says of something else.
  static let leastAUC = 0.75

  private static let words: Set<String> = [
    "outcome", "event", "events", "label", "target", "truth", "groundtruth", "censored", "censoring",
    "censor", "time", "days",
    "weeks", "months", "followup", "survival", "survived", "survivor", "alive", "dead", "death", "died",
    "deceased", "mortality", "os", "pfs", "dfs", "rfs", "efs", "css", "ttp", "relapse", "recurrence",
    "recurred", "progression",
    "progressed",
  ]

  /// Beside one of these, time is not the event's.
  private static let others: Set<String> = [
    "age", "echo", "repetition", "inversion", "exposure", "acquisition", "scan", "delay", "symptom",
    "symptoms",
  ]

  /// Whether a word of the name, as its signs and capitals part it, is one of these.
  static func isOne(_ name: String) -> Bool {
    var (word, all) = ("", [String]())
    var wasLower = false
    for letter in name {
      let starts = letter.isUppercase && wasLower
      if !letter.isLetter || starts {
        if !word.isEmpty { all.append(word) }
        word = ""
      }
      if letter.isLetter { word += letter.lowercased() }
      wasLower = letter.isLowercase
    }
    if !word.isEmpty { all.append(word) }
    let pairs = zip(all, all.dropFirst()).map { $0 + $1 }
    return (all + pairs).contains { words.contains($0) } && !all.contains { others.contains($0) }
  }
}
