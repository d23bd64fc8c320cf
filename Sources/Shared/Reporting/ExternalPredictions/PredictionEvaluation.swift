import Digests
import Foundation
import Modelling
import Statistics
import StudyPlan

/// Evaluates predictions that were made elsewhere as those of a study are.
package struct PredictionEvaluation {
  private let rows: [PredictionRow]
  private let cutoff: Double?
  private let seed: UInt64
  private let name: String
  private let digest: [UInt8]

  /// - Parameters:
  ///   - rows: of one or several models.
  ///   - cutoff: probability from which a case is called positive; `nil` for Youden's on the training cases, or
  ///     0.5 where there are none.
  ///   - name: of the table, for the report.
  ///   - contents: the table's bytes, whose hash the report carries.
  /// - Throws: `ReportError` with code `badPredictions` where cases of a model have one outcome only.
  package init(
    _ rows: [PredictionRow], cutoff: Double? = nil, seed: UInt64 = 1, name: String, contents: [UInt8]
  ) throws {
    (self.rows, self.cutoff, self.seed, self.name) = (rows, cutoff, seed, name)
    digest = sha256([Data(contents)])
    for model in models {
      for (cohort, part) in parts(of: model) where cohort != .training && Set(part.map(\.outcome)).count < 2 {
        throw ReportError(
          .badPredictions,
          "\(name), model \(model): all \(part.count) cases to evaluate have outcome \(part[0].outcome); cases "
            + "with 0 and with 1 are both needed.")
      }
    }
    guard models.allSatisfy({ parts(of: $0).contains { $0.0 != .training } }) else {
      throw ReportError(
        .badPredictions,
        "\(name): a model has training cases only; mark the cases to evaluate 'test' in column Split, or leave "
          + "the column out.")
    }
  }

  /// Models in the order in which the table names them.
  private var models: [String] {
    rows.reduce(into: []) { if !$0.contains($1.model) { $0.append($1.model) } }
  }

  private func parts(of model: String) -> [(EvaluationCohort, [PredictionRow])] {
    [EvaluationCohort.training, .test, .external, .all].compactMap { cohort in
      let part = rows.filter { $0.model == model && $0.split == cohort.rawValue }
      return part.isEmpty ? nil : (cohort, part)
    }
  }

  /// - Throws: what the statistics throw.
  package func report() throws -> StudyReport {
    let evaluated = try models.map { try EvaluatedModel($0, parts(of: $0), cutoff: cutoff, seed: seed) }
    var report = StudyReport(
      study: StudyReport.Study(
        name: name, title: "Evaluation of \(name)", outcome: "the outcome (1) against its absence (0)",
        seed: seed,
        split: rows.contains { $0.split == "test" || $0.split == "external" }
          ? "as column Split says" : "none",
        replicates: 0, configurationDigest: digest.hexadecimal, jobKey: jobKey.hexadecimal),
      software: StudyReport.Software(trabecula: Release.version, extractor: Release.extractor),
      cohort: cohort,
      featureSet: StudyReport.FeatureSet(digest: "", count: 0, imageTypes: [], parameters: []),
      models: evaluated.map(\.reported), comparisons: comparisons(evaluated), warnings: warnings(evaluated),
      scope: .predictions)
    report.checklists = StudyReport.Checklist.all(of: report)
    return report
  }

  private var jobKey: [UInt8] {
    sha256([
      Data(digest), Data(String(seed).utf8), Data(cutoff.map { "\($0)" }.map { $0.utf8 } ?? "training".utf8),
      Data(Release.version.utf8),
    ])
  }

  private func warnings(_ evaluated: [EvaluatedModel]) -> [StudyReport.Warning] {
    var warnings: [StudyReport.Warning] = []
    let sites = Set(rows.map(\.site)).count
    if (2..<5).contains(sites) { warnings.append(.fewSites(sites)) }
    if cutoff == nil, let model = evaluated.first(where: { !$0.isCutoffTrained }) {
      warnings.append(.cutoffNotTrained(model.cutoff))
    }
    let (cases, subjects) = (
      Set(rows.map(\.caseID)).count, Set(rows.map { "\($0.site)/\($0.subject)" }).count
    )
    if cases > subjects { warnings.append(.severalImages(images: cases, subjects: subjects)) }
    return warnings
  }
}

extension PredictionEvaluation {
  /// Each case once, whatever the number of models.
  private var cohort: StudyReport.Cohort {
    var seen = Set<String>()
    let cases = rows.filter { seen.insert($0.caseID).inserted }
    func count(_ rows: [PredictionRow]) -> (subjects: Int, positives: Int, training: Int) {
      func subjects(_ rows: [PredictionRow]) -> Int { Set(rows.map { "\($0.site)/\($0.subject)" }).count }
      return (
        subjects(rows), subjects(rows.filter { $0.outcome == 1 }),
        subjects(rows.filter { $0.split == "training" })
      )
    }
    let all = count(cases)
    return StudyReport.Cohort(
      subjects: all.subjects, images: cases.count, positives: all.positives, training: all.training,
      test: all.subjects - all.training,
      cases: StudyReport.CaseCounts(submitted: cases.count, done: cases.count, failed: 0, excluded: 0),
      perSite: Set(cases.map(\.site)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { site in
        let here = cases.filter { $0.site == site }
        let counts = count(here)
        return StudyReport.Site(
          site: site, subjects: counts.subjects, images: here.count, positives: counts.positives,
          training: counts.training, test: counts.subjects - counts.training)
      })
  }

  /// Paired where all models predict the same cases of a part, unpaired where they do not.
  private func comparisons(_ models: [EvaluatedModel]) -> [StudyReport.Comparison] {
    [EvaluationCohort.training, .test, .external, .all].flatMap { cohort -> [StudyReport.Comparison] in
      let rivals = models.compactMap { model in model.part(cohort).map { (model, $0) } }
      guard let first = rivals.first, rivals.count > 1 else { return [] }
      if rivals.allSatisfy({ $0.1.cases == first.1.cases }) {
        return StudyReport.Comparison.paired(
          rivals.map { ($0.0.name, $0.1.predictions.probabilities) },
          of: first.1.predictions, seed: seed)
      }
      return rivals.indices.flatMap { one in
        rivals.indices.filter { $0 > one }.compactMap { two in
          StudyReport.Comparison.unpaired(
            (rivals[one].0.name, rivals[one].1.predictions), (rivals[two].0.name, rivals[two].1.predictions))
        }
      }
    }
  }
}
