import Foundation
import Modelling
import Reporting
import Statistics
import StudyPlan
import Testing

private let yaml = """
  clinical:
    columns: {Age: number, Marker: skewed, Sex: [f, m], Grade: {ordered: [I, II, III], missing: indicator}}
  models:
    - {name: Clinical, sources: [clinical]}
    - {name: Rad, sources: [handcrafted], selection: [mann-whitney: {p: 0.3}, lasso: {folds: 4}]}
    - {name: Combined, scores: {models: [Rad], folds: 4}, clinical: [Age, Sex]}
  bootstrap: {replicates: 6, per_task: 4}

  """

/// Ninety subjects whose age carries some of the outcome; every eleventh has no grade.
private func cohort() -> FeatureCohort {
  var cohort = FeatureCohort()
  cohort.subjects = 90
  cohort.extra = { subject in
    [
      "Age": "\(40 + subject * 7 % 31 + 4 * (subject % 2))",
      "Marker": subject % 13 == 0 ? "" : "\(subject * 11 % 17)",
      "Sex": subject % 5 < 2 ? "m" : "f",
      "Grade": subject % 11 == 0 ? "NA" : ["I", "II", "III"][subject % 3],
    ]
  }
  return cohort
}

@Suite struct `A study with clinical columns` {
  @Test func `tells characteristics, odds ratios, equations and nomograms in its report`() throws {
    let prepared = try cohort().prepared(yaml)
    let report = try StudyReport(json: Data(try prepared.report().report.utf8))
    let clinical = try #require(report.clinical)
    #expect(clinical.columns.map(\.missing) == [0, 7, 0, 9])
    #expect(clinical.characteristics.map(\.by) == ["outcome", "site", "part", "outcome", "outcome"])
    #expect(clinical.characteristics[0].table.sizes == [45, 45])
    let logistic = try #require(clinical.logistic)
    #expect(logistic.univariable.count == 5 && logistic.multivariable.count == 5)
    #expect(clinical.equations.map(\.model) == ["Clinical", "Combined"])
    let combined = clinical.equations[1]
    #expect(combined.terms.map(\.predictor) == ["Age", "Sex=m", "Rad score"])
    #expect(combined.inputs.map(\.name) == ["Age", "Sex", "Rad score"])
    #expect(combined.nomogram?.scales.count == 3)
    // A model of features alone sees no clinical column.
    #expect(report.models[1].features.allSatisfy { $0.name.hasPrefix("f") })
    #expect(report.models[0].sources == ["clinical"])
    #expect(report.models[2].sources == ["clinical", "Rad score"])
  }

  @Test func `is told of a clinical column that is the outcome`() throws {
    var leaking = cohort()
    let honest = leaking.extra
    leaking.extra = { subject in
      honest(subject).merging(["Marker": "\(subject % 2)"]) { $1 }
    }
    let codes = try [cohort(), leaking].map { cohort in
      let report = try StudyReport(json: Data(try cohort.prepared(yaml).report().report.utf8))
      return report.warnings.first.map(\.code)
    }
    #expect(codes[0] != "too_good" && codes[1] == "too_good")
  }

  @Test func `says in the units of its columns what the model says on z-scores`() throws {
    let prepared = try cohort().prepared(yaml)
    let report = try StudyReport(json: Data(try prepared.report().report.utf8))
    let equation = try #require(report.clinical?.equations[0])
    let model = report.models[0]
    let row = prepared.split.training[3]
    let item = prepared.cases[row]
    var eta = equation.intercept
    for term in equation.terms {
      let value: Double =
        switch term.predictor {
        case "Age", "Marker": Double(item.extra[term.predictor] ?? "") ?? .nan
        case "Sex=m": item.extra["Sex"] == "m" ? 1 : 0
        case "Grade=II": item.extra["Grade"] == "II" ? 1 : 0
        case "Grade=III": item.extra["Grade"] == "III" ? 1 : 0
        default: item.extra["Grade"] == "NA" ? 1 : 0
        }
      eta += term.coefficient * value
    }
    let fitted = try fitModel(
      prepared.table, rows: prepared.split.training, plan: prepared.plans[0],
      address: .finalFit(seed: prepared.cohort.study.seed))
    #expect(abs(eta - fitted.linearPredictor(of: prepared.table, rows: [row])[0]) < 1e-9)
    // The standard error of an unpenalised slope is that of the z-score over the standard deviation.
    let scaled = try #require(model.pipeline?.inference?.coefficients[0].standardError)
    let own = try #require(equation.covariance?[1][1].squareRoot())
    #expect(abs(own - scaled / model.features[0].standardDeviation) < 1e-12)
  }

  @Test func `whose images differ in a column of one subject is refused`() throws {
    var odd = cohort()
    odd.extra = { subject in
      ["Age": "x\(subject)", "Marker": "1", "Sex": "f", "Grade": "I"]
    }
    #expect { try odd.prepared(yaml) } throws: { ($0 as? StudyTaskError)?.code == "clinical-value" }
  }

  @Test func `without models tells who the cases are`() throws {
    let text = "clinical: {columns: {Age: number}}\nmodels: []\n"
    let report = try StudyReport(json: Data(try cohort().prepared(text).report().report.utf8))
    #expect(report.clinical?.characteristics.first?.table.rows.count == 1 && report.clinical?.logistic == nil)
  }
}
