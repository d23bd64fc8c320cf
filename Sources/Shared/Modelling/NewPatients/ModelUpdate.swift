import Statistics
import StudyPlan

/// What is changed of a model by patients with known outcomes (Steyerberg 2019, doi:10.1007/978-3-030-16399-0, chapter 20).
package enum UpdateMethod: String, Codable, Sendable, CaseIterable {
  /// Recalibration in the large: the intercept alone, so that the mean risk is right.
  case intercept
  /// Logistic recalibration: intercept and slope of the model's log odds.
  case slope
  /// All coefficients of the model's features, by ridge regression on the new patients alone.
  case refit
}

/// A model that is updated on new patients, and what it says of each of them when it was updated without them.
package struct ModelUpdate: Sendable {
  package struct Row: Sendable {
    package let name: String
    package let site: String
    package let subject: String
    package let isPositive: Bool
    /// By the model as it was.
    package let before: Double
    /// By the model updated on the other folds.
    package let after: Double
  }

  /// Updated on all patients.
  package let document: ModelDocument
  package let rows: [Row]
  /// How many folds there were.
  package let folds: Int

  private static let (foldCount, seed): (Int, UInt64) = (10, 1)

  /// - Parameters:
  ///   - patients: with outcomes; each row of a patient with several images once.
  ///   - name: of the updated model.
  /// - Throws: `StudyTaskError`: `too-few` where the patients lack an outcome or it cannot be cross-validated; `not-updated` where no
  ///   finite update exists; `harmonised-model` and `combined-model` for a refit of one, or of one with clinical columns.
  package init(
    _ document: ModelDocument, _ method: UpdateMethod,
    on patients: [(prediction: NewPrediction, values: [Double], isPositive: Bool)],
    named name: String
  ) throws(StudyTaskError) {
    guard method != .refit || document.harmonisation == nil else {
      throw StudyTaskError(
        code: "harmonised-model",
        sentence:
          "Model \(document.name) harmonises its features, and new coefficients would need another harmonisation.",
        remedy: "Fit a study on the new patients, or recalibrate: --method intercept or slope.")
    }
    guard method != .refit || document.features.allSatisfy({ $0.kind == nil }) else {
      throw StudyTaskError(
        code: "combined-model",
        sentence:
          "Model \(document.name) has clinical columns or other models' scores, of which a refit here would not do what its study did.",
        remedy: "Fit a study on the new patients, or recalibrate: --method intercept or slope.")
    }
    do {
      let rows = try PatientRows(patients, of: document)
      let table = rows.table
      let updating = Updating(
        document: document, method: method, table: table,
        logits: rows.patients.map { logit($0.prediction.probability) }, name: name)
      let all = Array(0..<table.rowCount)
      guard
        let folds = Folds.stratified(
          count: Self.foldCount, of: all, in: table, address: RandomAddress(seed: Self.seed, replicate: 0))
      else {
        throw StudyTaskError(
          code: "too-few",
          sentence: "The \(patients.count) patients have fewer than two with, or without, the outcome.",
          remedy: "Give patients of both outcomes in column Outcome, as 0 and 1.")
      }
      self.document = try updating.document(all)
      var after = [Double](repeating: .nan, count: all.count)
      let count = (folds.max() ?? 0) + 1
      for fold in 0..<count {
        let rest = try updating.document(all.filter { folds[$0] != fold })
        let left = all.filter { folds[$0] == fold }
        for (row, probability) in zip(left, updating.probabilities(rest, left)) { after[row] = probability }
      }
      self.folds = count
      self.rows = all.map { row in
        let prediction = rows.patients[row].prediction
        return Row(
          name: prediction.name, site: prediction.site, subject: table.subjectNames[table.subjects[row]],
          isPositive: table.positives[row], before: prediction.probability, after: after[row])
      }
    } catch {
      throw StudyTaskError(ofModelling: error)
    }
  }
}

/// Patients as rows of a table, which sorts them.
private struct PatientRows {
  typealias Patient = (prediction: NewPrediction, values: [Double], isPositive: Bool)

  let table: CohortTable
  /// In the order of the table's rows.
  let patients: [Patient]

  init(_ patients: [Patient], of document: ModelDocument) throws {
    let names = patients.indices.map(String.init)
    table = try CohortTable(
      featureNames: document.features.map(\.name),
      rows: zip(names, patients).map { name, patient in
        CohortTable.Row(
          caseName: name, subject: "\(patient.prediction.site)/\(patient.prediction.subject)",
          site: patient.prediction.site, isPositive: patient.isPositive, values: patient.values)
      })
    let named = Dictionary(uniqueKeysWithValues: zip(names, patients))
    self.patients = table.caseNames.compactMap { named[$0] }
    precondition(self.patients.count == table.rowCount, "every row of the table is of a patient")
  }
}

private struct Updating {
  let document: ModelDocument
  let method: UpdateMethod
  let table: CohortTable
  /// Of the model as it is, row by row.
  let logits: [Double]
  let name: String

  /// Updated on some rows.
  func document(_ rows: [Int]) throws -> ModelDocument {
    var updated = document
    updated.name = name
    updated.sha256 = nil
    let (before, positives) = (document.update, rows.map { table.positives[$0] })
    var (intercept, slope) = (before?.intercept ?? 0, before?.slope ?? 1)
    switch method {
    case .intercept, .slope:
      guard let found = Calibration(rows.map { logistic(logits[$0]) }, positives: positives) else {
        throw StudyTaskError(
          code: "not-updated",
          sentence:
            "The model's predictions are all the same, or divide these patients without error, so that no finite recalibration exists.",
          remedy: "Give more patients.")
      }
      let (shift, factor) = method == .intercept ? (found.inTheLarge, 1) : (found.intercept, found.slope)
      (intercept, slope) = (shift + factor * intercept, factor * slope)
      updated.equation = ModelDocument.updatedEquation
    case .refit:
      let plan = ModelPlan(name: name, missing: .medianImpute(maximumShare: 1), steps: [])
      let model = try fitModel(table, rows: rows, plan: plan, address: .finalFit(seed: 1))
      updated.intercept = model.intercept
      updated.features = model.features.indices.map { place in
        ModelDocument.Feature(
          name: model.featureNames[place], mean: model.means[place],
          standardDeviation: model.deviations[place],
          median: model.medians[place], coefficient: model.coefficients[place])
      }
      (updated.cutoff, updated.cutoffRule) = (model.cutoff, "Youden's J on the patients it was fitted to")
      updated.equation = ModelDocument.equation
      (intercept, slope) = (0, 1)
    }
    updated.update = ModelDocument.Update(
      method: method.rawValue, of: document.name, ofSHA256: document.sha256 ?? "", intercept: intercept,
      slope: slope,
      cases: rows.count, positives: positives.count { $0 })
    return updated
  }

  func probabilities(_ updated: ModelDocument, _ rows: [Int]) -> [Double] {
    guard method == .refit else {
      guard let now = updated.update else { preconditionFailure("an updated model says how it was updated") }
      let was = document.update
      // Of the log odds as the model gives them, which hold the update of before.
      let slope = now.slope / (was?.slope ?? 1)
      let shift = now.intercept - slope * (was?.intercept ?? 0)
      return rows.map { logistic(shift + slope * logits[$0]) }
    }
    let names = updated.features.map(\.name)
    let places = names.compactMap { name in table.featureNames.firstIndex(of: name) }
    return rows.map { row in
      var score = updated.intercept
      for (place, feature) in zip(places, updated.features) {
        let value = table.value(row: row, feature: place)
        score +=
          feature.coefficient
          * (((value.isFinite ? value : feature.median) - feature.mean) / feature.standardDeviation)
      }
      return logistic(score)
    }
  }
}
