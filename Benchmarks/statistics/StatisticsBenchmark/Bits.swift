import ArgumentParser
import ElementaryFunctions
import Foundation
import LinearAlgebra
import Statistics

/// Digests of results and of function values, to be compared between processors or with instructions switched off
/// (`GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,…`): the project's own must not change, the C library's do.
struct Bits: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print digests of a replicate and of elementary functions, the project's and the C library's.")

  @Option(help: "Arguments of each function.") var points = 200_000

  struct Digests: Codable {
    let replicate: String
    let functions: [String: String]
    let library: [String: String]
    /// Of other learners, by name; those whose library is there.
    let learners: [String: String]
  }

  func run() throws {
    let unit = (0..<points).map { (Double($0) + 0.37) / Double(points) }
    func digests(_ functions: [(String, (Double) -> Double)]) -> [String: String] {
      Dictionary(
        uniqueKeysWithValues: functions.map { name, function in
          (name, Digest(unit.map(function).map(\.bitPattern)).text)
        })
    }
    let result = Digests(
      replicate: try replicate(), functions: digests(own), library: digests(library),
      learners: Dictionary(
        uniqueKeysWithValues: Learner.allCases.compactMap { learner in
          learner.bits().map { (learner.rawValue, String($0, radix: 16)) }
        }))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    print(String(decoding: try encoder.encode(result), as: UTF8.self))
  }

  /// Two replicates of plans that use every refit, harmonisation, and the evaluation of a final model.
  private func replicate() throws -> String {
    var simulation = SimulatedRadiomics()
    simulation.features = 120
    let table = try CohortTable(
      featureNames: simulation.featureNames, rows: simulation.rows(90, seed: 3))
    var harmonised = ModelPlan(
      name: "harmonised", steps: [.tTest(maximumP: 0.3), .minimumRedundancy(count: 6)], refit: .firth)
    harmonised.harmonisation = CombatSettings()
    let plans = [
      .screenPruneLasso, harmonised,
      ModelPlan(name: "cv", steps: [.lasso()], refit: .crossValidatedRidge(folds: 5)),
      ModelPlan(name: "score", steps: [.lasso(rule: .oneStandardError)], refit: .lassoScore),
    ]
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var bytes = Data()
    for number in 0..<2 {
      let address = RandomAddress(seed: 5, replicate: number)
      bytes += try encoder.encode(
        BootstrapReplicate(table, training: table.allRows, plans: plans, address: address))
    }
    for plan in plans {
      let model = try fitModel(table, rows: table.allRows, plan: plan, address: .finalFit(seed: 5))
      bytes += try encoder.encode(model)
      bytes += try encoder.encode(Evaluation(model, table: table, rows: table.allRows, seed: 5))
    }
    return Digest(bytes.map(UInt64.init) + (try survival(table))).text
  }

  /// Bits of Cox models with selection, and of what is said of them; times fall as the first feature rises.
  private func survival(_ table: CohortTable) throws -> [UInt64] {
    let first = table.features.column(0)
    let cohort = try SurvivalCohort(table, times: first.map { Elementary.exp(-0.5 * $0) })
    var values: [Double] = []
    for refit in [SurvivalPlan.Refit.none, .ridge(), .lassoScore] {
      let plan = SurvivalPlan(
        name: "survival", steps: [.coxScore(maximumP: 0.3), .coxNet(folds: 5)], refit: refit)
      let rows = table.allRows
      let model = try fitSurvivalModel(cohort, rows: rows, plan: plan, address: .finalFit(seed: 5))
      values += model.coefficients + model.baseline.cumulativeHazards
      let evaluation = SurvivalEvaluation(
        model, cohort: cohort, rows: rows, training: rows, times: [0.5, 1], seed: 5, replicates: 100)
      values += [evaluation.harrellInterval?.lower, evaluation.unoInterval?.upper].compactMap(\.self)
      values += evaluation.horizons.flatMap { [$0.roc?.area, $0.brier].compactMap(\.self) }
    }
    return values.map(\.bitPattern)
  }

  /// Each over arguments in 0..<1, scaled to where the function is interesting.
  private var own: [(String, (Double) -> Double)] {
    [
      ("exp", { Elementary.exp(60 * $0 - 30) }), ("expm1", { Elementary.expm1(4 * $0 - 2) }),
      ("log", { Elementary.log(20 * $0) }), ("log2", { Elementary.log2(20 * $0) }),
      ("log10", { Elementary.log10(20 * $0) }), ("log1p", { Elementary.log1p(4 * $0 - 0.9) }),
      ("pow", { Elementary.pow(20 * $0, 7 * $0 - 3) }), ("sin", { Elementary.sin(60 * $0 - 30) }),
      ("cos", { Elementary.cos(60 * $0 - 30) }), ("tanh", { Elementary.tanh(6 * $0 - 3) }),
      ("erf", { Elementary.erf(8 * $0 - 4) }), ("erfc", { Elementary.erfc(12 * $0 - 4) }),
      ("lgamma", { Elementary.lgamma(30 * $0) }),
    ]
  }

  private var library: [(String, (Double) -> Double)] {
    [
      ("exp", { Foundation.exp(60 * $0 - 30) }), ("expm1", { Foundation.expm1(4 * $0 - 2) }),
      ("log", { Foundation.log(20 * $0) }), ("log2", { Foundation.log2(20 * $0) }),
      ("log10", { Foundation.log10(20 * $0) }), ("log1p", { Foundation.log1p(4 * $0 - 0.9) }),
      ("pow", { Foundation.pow(20 * $0, 7 * $0 - 3) }), ("sin", { Foundation.sin(60 * $0 - 30) }),
      ("cos", { Foundation.cos(60 * $0 - 30) }), ("tanh", { Foundation.tanh(6 * $0 - 3) }),
      ("erfc", { Foundation.erfc(12 * $0 - 4) }),
    ]
  }
}

/// Fowler, Noll and Vo's 64-bit hash, variant 1a, of the bytes of some words.
struct Digest {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  init(_ words: [UInt64]) {
    for word in words {
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        value = (value ^ (word >> shift & 0xFF)) &* 0x100_0000_01B3
      }
    }
  }

  var text: String { String(value, radix: 16) }
}
