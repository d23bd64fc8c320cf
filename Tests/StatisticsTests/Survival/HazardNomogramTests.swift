import Foundation
import Statistics
import TestSupport
import Testing

/// `Benchmarks/reference/survival_nomogram.json`, which `survival_nomogram.R` writes.
private struct Reference: Decodable {
  struct Scale: Decodable {
    var values: [String]
    var points: [Double]
  }

  struct Numbers: Decodable {
    var values: [Double]
    var points: [Double]
  }

  /// Of Age, Sex=male, Stage=II, Stage=III, X1 and X2.
  var coefficients: [Double]
  var center: Double
  var observed: [Double]
  /// Of Age, Sex, Stage, X1 and X2.
  var scales: [Scale]
  var total: [Double]
  var predictor: Numbers
  /// By 12 and by 24.
  var risks: [Scale]
  var patients: [Int]
  var predictors: [Double]
  var risk: [[Double]]
  var lower: [[Double]]
  var upper: [[Double]]

  static func stored() throws -> Reference {
    let file = ReferenceData.repository.appendingPathComponent("Benchmarks/reference/survival_nomogram.json")
    return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
  }
}

private func areNear(_ values: [Double], _ others: [Double], within tolerance: Double) -> Bool {
  values.count == others.count
    && zip(values, others).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
}

private let times = [12.0, 24]

/// A Cox model of two features with clinical columns against `cph`, `nomogram` and `survest` of R's rms.
@Suite struct `The nomogram of a Cox model` {
  @Test func `has the scales of rms`() throws {
    let reference = try Reference.stored()
    let model = try ClinicalRows().model()
    // X1, X2, Age, Sex=male, Stage=II, Stage=III.
    let slopes = zip(model.coefficients, model.deviations).map { $0 / $1 }
    #expect(areNear(Array(slopes[2...] + slopes[..<2]), reference.coefficients, within: 1e-8))
    let center = zip(slopes, model.means).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(areNear([center], [reference.center], within: 1e-8))
    func ends(_ scale: Int) throws -> (Double, Double) {
      let values = try reference.scales[scale].values.map { try #require(Double($0)) }
      return (try #require(values.first), try #require(values.last))
    }
    let (age, first, second) = (try ends(0), try ends(3), try ends(4))
    let nomogram = try #require(
      HazardNomogram(
        center: center,
        terms: [
          .init(name: "Age", values: .number(coefficient: slopes[2], from: age.0, to: age.1)),
          .init(name: "Sex", values: .levels([("female", 0), ("male", slopes[3])])),
          .init(name: "Stage", values: .levels([("I", 0), ("II", slopes[4]), ("III", slopes[5])])),
          .init(name: "X1", values: .number(coefficient: slopes[0], from: first.0, to: first.1)),
          .init(name: "X2", values: .number(coefficient: slopes[1], from: second.0, to: second.1)),
        ], observed: reference.observed[0]...reference.observed[1], baseline: model.baseline, times: times))
    for (own, other) in zip(nomogram.scales, reference.scales) {
      #expect(own.marks.map(\.text) == other.values)
      #expect(areNear(own.marks.map(\.points), other.points, within: 1e-7), "\(own.name)")
    }
    #expect(nomogram.totalPoints == reference.total)
    #expect(areNear(nomogram.logHazardRatios.map(\.points), reference.predictor.points, within: 1e-6))
    for (own, other) in zip(nomogram.risks, reference.risks) {
      // rms marks what lies above the lowest number of the log hazard ratio, and interpolates.
      let shared = own.marks.filter { other.values.contains($0.text) }
      #expect(shared.map(\.text) == other.values && own.marks.count - shared.count <= 1)
      #expect(areNear(shared.map(\.points), other.points, within: 1e-3), "\(own.time)")
    }
  }

  @Test func `has risks at its times with the intervals of rms`() throws {
    let (reference, data) = (try Reference.stored(), try ClinicalRows())
    let model = try data.model()
    let moments = try #require(model.moments)
    let covariance = try #require(model.covariance)
    let predictors = model.linearPredictor(of: data.cohort.table, rows: reference.patients)
    #expect(areNear(predictors, reference.predictors, within: 1e-7))
    for (index, row) in reference.patients.enumerated() {
      let values = model.features.indices.map { place in
        let value = model.predictorValues(at: place, of: data.cohort.table, rows: [row])[0]
        return ((value.isFinite ? value : model.medians[place]) - model.means[place])
          / model.deviations[place]
      }
      for (place, time) in times.enumerated() {
        let sum = try #require(moments.sum(at: time))
        #expect(areNear([sum.hazard], [model.baseline.cumulativeHazard(at: time)], within: 1e-13))
        let (risk, interval) = sum.risk(predictors[index], values, covariance)
        #expect(areNear([risk], [reference.risk[index][place]], within: 1e-7))
        #expect(
          areNear(
            [interval.lower, interval.upper], [reference.lower[index][place], reference.upper[index][place]],
            within: 1e-7), "\(interval) of \(row) at \(time)")
      }
    }
    #expect(moments.sum(at: 0) == nil)
  }

  @Test func `is none where nothing changes the hazard, and marks no risk before the first event`() throws {
    let baseline = CoxRegression.Baseline(times: [5], cumulativeHazards: [0.2])
    let flat = HazardNomogram(
      center: 0, terms: [.init(name: "a", values: .number(coefficient: 0, from: 0, to: 1))],
      observed: 0...0, baseline: baseline, times: [6])
    #expect(flat == nil)
    let nomogram = try #require(
      HazardNomogram(
        center: 1, terms: [.init(name: "a", values: .number(coefficient: 1, from: 0, to: 2))],
        observed: -1...1, baseline: baseline, times: [4, 6]))
    #expect(nomogram.risks[0].marks.isEmpty && !nomogram.risks[1].marks.isEmpty)
    // No points are a log hazard ratio of -1, by hand: 1 - exp(-0.2 e^η) is 0.2 where η = ln(-ln 0.8 / 0.2).
    let mark = try #require(nomogram.risks[1].marks.first { $0.text == "0.2" })
    #expect(nomogram.logHazardRatioOfZero == -1)
    #expect(abs(mark.points - 50 * (log(-log(0.8) / 0.2) + 1)) < 1e-9)
  }
}
