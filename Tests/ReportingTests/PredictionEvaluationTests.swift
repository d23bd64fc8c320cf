import DelimitedText
import Foundation
import Modelling
import Reporting
import TestSupport
import Testing

@Suite struct `Predictions made elsewhere` {
  private static func report(_ text: String, cutoff: Double? = nil) throws -> StudyReport {
    let rows = try PredictionReader(DelimitedTable(parsing: text, label: "p.csv")).rows()
    return try PredictionEvaluation(rows, cutoff: cutoff, name: "p.csv", contents: Array(text.utf8)).report()
  }

  /// 12 cases; model b gives the outcome away, model a is wrong about two pairs.
  private static let two: String = {
    let outcomes = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
    let a = [0.1, 0.2, 0.3, 0.35, 0.4, 0.62, 0.55, 0.6, 0.7, 0.8, 0.85, 0.9]
    var lines = ["id;SITE;split;outcome;Model;Probability;Note"]
    for (row, outcome) in outcomes.enumerated() {
      lines.append("c\(row);\(row % 2 == 0 ? "N" : "S");Test;\(outcome);a;\(a[row]);x")
      lines.append(
        "c\(row);\(row % 2 == 0 ? "N" : "S");test;\(outcome);b;\(0.2 + 0.6 * Double(outcome) + 0.01 * Double(row));"
      )
    }
    return lines.joined(separator: "\n")
  }()

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `give pROC's AUC and DeLong interval`() throws {
    let text = try String(contentsOf: ReferenceData.file("statistics/data/asah.csv"), encoding: .utf8)
    let table = try DelimitedTable(parsing: text, label: "asah.csv")
    let (poor, marker) = (try #require(table.index(of: "poor")), try #require(table.index(of: "s100b")))
    // A marker from 0 to 2.07 becomes a probability by division, which leaves the AUC.
    let lines = try table.rows.map { "\($0.fields[poor]),\(try #require(Double($0.fields[marker])) / 4)" }
    let report = try Self.report((["Outcome,Probability"] + lines).joined(separator: "\n"))
    let auc = try #require(report.models[0].metrics.first { $0.name == .auc && $0.method == "DeLong" })
    #expect(abs(try #require(auc.estimate) - 0.731368563685637) < 1e-14)
    #expect(abs(try #require(auc.lower) - 0.630118211761623) < 1e-12)
    #expect(abs(try #require(auc.upper) - 0.832618915609651) < 1e-12)
    #expect(auc.count == 113 && auc.positives == 41 && auc.cohort == .all)
    #expect(
      report.warnings.map(\.code) == ["cutoff_not_trained"] && report.models[0].cutoff?.probability == 0.5)
  }

  /// 34 of the 36 pairs of model a are won; its cut-off of 0.5 calls c5 positive wrongly.
  @Test func `are compared, pooled and told site by site`() throws {
    let report = try Self.report(Self.two)
    #expect(report.models.map(\.name) == ["a", "b"])
    let a = report.models[0]
    func estimate(_ name: Measure) throws -> Double {
      try #require(a.metrics.first { $0.name == name && $0.cohort == .test }?.estimate)
    }
    #expect(abs(try estimate(.auc) - 34.0 / 36) < 1e-15)
    #expect(try estimate(.sensitivity) == 1)
    #expect(abs(try estimate(.specificity) - 5.0 / 6) < 1e-15)
    #expect(abs(try estimate(.positivePredictiveValue) - 6.0 / 7) < 1e-15)
    #expect(try estimate(.noInformationRate) == 0.5)
    #expect(abs(try estimate(.f1) - 12.0 / 13) < 1e-15)
    #expect(a.metrics.filter { $0.name == .sensitivity }.map(\.method).count == 3)
    #expect(Set(a.perSite.compactMap(\.site)) == ["N", "S"])
    let deLong = try #require(report.comparisons.first)
    #expect(deLong.method == "paired DeLong, Holm")
    #expect(abs(try #require(deLong.difference) + 2.0 / 36) < 1e-15)
    #expect(
      report.comparisons.map(\.metric) == [.auc, .auc, .netReclassification, .integratedDiscrimination])
    #expect(report.cohort.images == 12 && report.cohort.positives == 6 && report.scope == .predictions)
    #expect(report.warnings.contains { $0.code == "few_sites" })
  }

  @Test func `of different cases are compared as unpaired`() throws {
    let other = Self.two.split(separator: "\n").map { line in
      line.contains(";b;") ? String(line).replacing("c", with: "d", maxReplacements: 1) : String(line)
    }.joined(separator: "\n")
    let report = try Self.report(other)
    #expect(report.comparisons.map(\.method) == ["unpaired DeLong (other cases)"])
    #expect(report.comparisons[0].count == 24 && report.cohort.images == 24)
  }

  @Test(arguments: [("0.1 0.2 0.8 0.9", 1.0), ("0.5 0.5 0.5 0.5", 0.5)])
  func `whose AUC cannot vary have no interval of it`(probabilities: String, area: Double) throws {
    let rows = zip([0, 0, 1, 1], probabilities.split(separator: " ")).map { "\($0),\($1)" }
    let report = try Self.report((["Outcome,Probability"] + rows).joined(separator: "\n"))
    let areas = report.models[0].metrics.filter { $0.name == .auc }
    #expect(
      areas.count == 3 && areas.allSatisfy { $0.estimate == area && $0.lower == nil && $0.upper == nil })
    let sensitivity = try #require(report.models[0].metrics.first { $0.name == .sensitivity })
    #expect(sensitivity.lower != nil)
  }

  @Test func `have their cut-off chosen on training cases`() throws {
    let rows = (0..<20).map { "t\($0),training,\($0 / 10),\(Double($0) / 20)" }
    let test = (0..<20).map { "u\($0),test,\($0 / 12),\(Double($0) / 25)" }
    let text = (["ID,Split,Outcome,Probability"] + rows + test).joined(separator: "\n")
    let trained = try Self.report(text)
    #expect(abs(try #require(trained.models[0].cutoff?.probability) - 0.475) < 1e-15)
    #expect(trained.warnings.isEmpty)
    #expect(trained.models[0].roc.map(\.cohort) == [.training, .test])
    #expect(try Self.report(text, cutoff: 0.3).models[0].cutoff?.probability == 0.3)
  }

  @Test func `give the same bytes again, whatever the order of the rows`() throws {
    var lines = Self.two.split(separator: "\n").map(String.init)
    let first = try Self.report(lines.joined(separator: "\n"))
    let again = try Self.report(lines.joined(separator: "\n"))
    #expect(try first.json() == again.json())
    let header = lines.removeFirst()
    // Models keep the order of the table, so each model's rows are turned round by themselves.
    let turned =
      lines.filter { $0.contains(";a;") }.reversed() + lines.filter { $0.contains(";b;") }.reversed()
    let other = try Self.report(([header] + turned).joined(separator: "\n"))
    #expect(other.models == first.models && other.comparisons == first.comparisons)
  }

  @Test(arguments: [
    ("Outcome,Probability\n1,1.2\n0,0.1", "line 2, column Probability: 1.2 is not between 0 and 1"),
    ("Outcome,Probability\n1,-0.1\n0,0.1", "is not between 0 and 1"),
    ("Outcome,Probability\n1,NaN\n0,0.1", "'NaN' is not a finite number"),
    ("Outcome,Probability\n1,inf\n0,0.1", "is not a finite number"),
    ("Outcome,Probability\n1,\n0,0.1", "column Probability: is empty"),
    ("Outcome,Probability\n1,0.3\n1,0.1", "all 2 cases to evaluate have outcome 1"),
    ("Outcome,Probability\nyes,0.3\n0,0.1", "'yes' is neither 0"),
    ("Outcome,Score\n1,0.3\n0,0.1", "no column Probability; the columns are Outcome, Score"),
    ("Probability\n0.3\n0.1", "no column Outcome"),
    ("Outcome,Probability", "no rows below the header"),
    ("ID,Outcome,Probability\na,1,0.3\na,0,0.1", "line 3: ID a of line 2 again"),
    (
      "Split,Outcome,Probability\nfirst,1,0.3\ntest,0,0.1",
      "'first' is neither 'training', 'test' nor 'external'"
    ),
    ("Split,Outcome,Probability\ntrain,1,0.3\ntrain,0,0.1", "has training cases only"),
  ])
  func `that cannot be evaluated say where and why`(text: String, message: String) {
    let error = #expect(throws: ReportError.self) { try Self.report(text) }
    #expect(
      error?.code == .badPredictions && error?.message.contains(message) == true, "\(error?.message ?? "")")
  }
}
