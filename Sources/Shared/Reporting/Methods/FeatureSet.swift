import Digests
import Foundation
import ImageFilters
import Modelling
import NeuralNet
import Statistics
import StudyPlan

extension StudyReport {
  /// What was measured on each case.
  package struct FeatureSet: Codable, Equatable, Sendable {
    /// SHA-256 of names, canonical parameters, weights and extractor version, hexadecimal.
    package var digest: String
    package var count: Int
    /// Hand-crafted image types, in the order of extraction.
    package var imageTypes: [String]
    package var parameters: [Parameter]
    /// Name of the weights of the deep features; `nil` without deep features.
    @ValueOrNull package var deepWeights: String? = nil
    /// Sentences such as `random weights, not a trained network`.
    package var notes: [String] = []
    /// Images of a subject whose features stand side by side; absent where each image is a row.
    package var images: [ImagePart]? = nil
    /// Columns that harmonisation keeps the effect of, with their levels in the training part; absent without any.
    package var covariates: [CovariateLevels]? = nil

    /// Whether the features were read from a table, and nothing was extracted.
    var isTable: Bool { parameters.contains { $0.name == "table_sha256" } }

    private enum CodingKeys: String, CodingKey {
      case digest, count
      case imageTypes = "image_types"
      case parameters
      case deepWeights = "deep_weights"
      case notes, images, covariates
    }
  }

  /// Feature values that are NaN or infinite, and what became of them.
  package struct MissingValues: Codable, Equatable, Sendable {
    package var values: Int
    package var features: Int
    package var cases: Int
    /// A sentence for each model.
    package var treatment: [String]
  }
}

extension ReportAssembly {
  /// What was measured, and how it stands in the table of features.
  func featureSet() throws -> StudyReport.FeatureSet {
    var set = try measuredSet()
    set.images = study.join?.parts
    set.covariates = study.covariates.sources.isEmpty ? nil : study.covariates.sources
    return set
  }

  /// What was measured; of a table only what is known of it.
  private func measuredSet() throws -> StudyReport.FeatureSet {
    if let table = plan.table { return featureSet(of: table) }
    let extraction = plan.extraction
    let isHandcrafted = plan.sources.contains(.handcrafted)
    var parameters: [StudyReport.Parameter] = []
    if isHandcrafted {
      parameters += try settings(extraction.preprocessing)
      parameters += try settings(extraction.features)
    }
    if let deep = plan.deep { parameters += try settings(of: deep) }
    return StudyReport.FeatureSet(
      digest: sha256(study.cohort.features.map { Data($0.digest) }).hexadecimal,
      count: study.table.featureCount,
      imageTypes: isHandcrafted ? extraction.images.map(\.type.rawValue) : [],
      parameters: parameters, deepWeights: plan.deep?.weights.label)
  }

  private func settings(of deep: DeepPlan) throws -> [StudyReport.Parameter] {
    let orientation = plan.extraction.preprocessing.orientation.map {
      StudyReport.Parameter(name: "deep.orientation", value: $0.rawValue)
    }
    return try settings(deep.settings).map { StudyReport.Parameter(name: "deep.\($0.name)", value: $0.value) }
      + (orientation.map { [$0] } ?? []) + [
        StudyReport.Parameter(name: "deep.network", value: deep.weights.architecture.title),
        StudyReport.Parameter(name: "deep.weights.sha256", value: deep.weights.sha256 ?? ""),
      ]
  }

  private func featureSet(of table: FeatureTableSource) -> StudyReport.FeatureSet {
    StudyReport.FeatureSet(
      digest: sha256(study.cohort.features.map { Data($0.digest) }).hexadecimal,
      count: study.table.featureCount, imageTypes: [],
      parameters: [
        .init(name: "table", value: table.name), .init(name: "table_sha256", value: table.sha256),
        .init(name: "columns_that_are_no_features", value: table.otherColumns.joined(separator: ", ")),
      ])
  }

  /// Settings by name, as a parameter file would write them.
  private func settings(_ value: some Encodable) throws -> [StudyReport.Parameter] {
    let object = try JSONSerialization.jsonObject(with: canonicalBytes(of: value))
    guard let settings = object as? [String: Any] else {
      throw EncodingError.invalidValue(
        value, .init(codingPath: [], debugDescription: "settings are no JSON object"))
    }
    return try settings.sorted { $0.key < $1.key }.map { name, value in
      let data = try JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys])
      return StudyReport.Parameter(
        name: name, value: String(decoding: data, as: UTF8.self).trimmingCharacters(in: ["\""]))
    }
  }

  /// Values that are not finite among the features of the cases used.
  func missingValues() -> StudyReport.MissingValues {
    let table = study.table
    var (values, features, cases) = (0, 0, Set<Int>())
    for feature in 0..<table.featureCount {
      let rows = (0..<table.rowCount).filter { !table.value(row: $0, feature: feature).isFinite }
      values += rows.count
      features += rows.isEmpty ? 0 : 1
      cases.formUnion(rows)
    }
    return StudyReport.MissingValues(
      values: values, features: features, cases: cases.count,
      treatment: models.map { "\($0.name): \($0.result.plan.missing.sentence)" })
  }
}
