import ArgumentParser
import CommandSupport
import DelimitedText
import Foundation
import Modelling
import StudyPlan

/// Where new patients are: in a manifest, a table of features, or an image and a mask.
struct NewPatientOptions: ParsableArguments, Sendable {
  @Option(help: "Table of features, one row a case.", completion: .file(extensions: ["csv", "tsv"]))
  var features: String?
  @Option(help: "Column of the table of features that names the patients, if not ID.") var id: String?
  @Option(help: "Site of IMAGE and MASK.") var site: String?
  @Option(
    name: .customLong("site-column"),
    help: "Column of the table of features that names the sites, if not Site.")
  var siteColumn: String?
  @Option(help: "Label of the region in MASK.") var label: UInt32?
  @Option(
    help: ArgumentHelp(
      "Region of a MASK that names its regions, by its name or number.", valueName: "name|number"))
  var segment: String?
  @Option(help: "Weights of the deep features, where they do not lie where the images are.") var weights:
    String?
  @OptionGroup var images: RootOptions
  @Option(name: .customShort("j"), help: "Cases at a time.") var jobs = 1

  func validate() throws {
    guard 1...10_000 ~= jobs else { throw ValidationError("-j must be from 1 to 10000.") }
  }

  /// - Parameter others: arguments behind the models.
  func check(_ others: [String]) throws {
    guard features == nil ? (1...2).contains(others.count) : others.isEmpty else {
      throw ValidationError(
        features == nil
          ? "After the models give a manifest, a table of features, or IMAGE and MASK."
          : "With --features give models only.")
    }
    if others.count != 2, site != nil || label != nil || segment != nil {
      throw ValidationError(
        "--site, --label and --segment belong to IMAGE and MASK; a table says them in columns.")
    }
  }

  /// The patients that the command line names, as the models need them.
  func cases(_ others: [String], for documents: [ModelDocument]) async throws -> FoundCases {
    if let features {
      return try Self.cases(
        of: DelimitedTable(at: file(features), what: "table of features"), documents, id, siteColumn)
    }
    guard others.count == 1 else {
      return try await ImagesToPredict(documents, weights: weights, jobs: jobs).cases(
        image: file(others[0]), mask: file(others[1]), site: site ?? "", label: label,
        segment: segment.flatMap { (text) throws(StudyError) in try SegmentName.read(text) })
    }
    let table = try DelimitedTable(at: file(others[0]), what: "table")
    let names = Set(table.header)
    let hasFeatures =
      documents.allSatisfy {
        names.isSuperset(of: $0.measuredFeatures)
      } && documents.contains { !$0.measuredFeatures.isEmpty }
    let hasImages = ["mask", "mask_path"].contains { name in table.header.contains { $0.lowercased() == name }
    }
    if hasFeatures || !hasImages || documents.allSatisfy({ $0.extraction == nil }) {
      return try Self.cases(of: table, documents, id, siteColumn)
    }
    return try await ImagesToPredict(documents, weights: weights, jobs: jobs).cases(
      of: table, beside: file(others[0]), in: try await images.source())
  }

  private static func cases(
    of table: DelimitedTable, _ documents: [ModelDocument], _ id: String?, _ site: String?
  ) throws -> FoundCases {
    let found = try NewCaseTable(table, for: documents, idColumn: id, siteColumn: site)
    var warnings: [PredictionWarning] = []
    if found.isOfUnknownExtraction {
      warnings.append(
        PredictionWarning(
          code: "unknown_extraction", model: documents.map(\.name).joined(separator: ", "),
          message:
            "\(table.label) does not say by which program and settings its features were extracted; they are believed to be those of "
            + "the model's study."))
    }
    return FoundCases(cases: documents.map { _ in found.cases }, failures: [], warnings: warnings)
  }

  private func file(_ path: String) -> URL { URL(fileURLWithPath: path).standardizedFileURL }
}

extension DelimitedTable {
  /// - Throws: `StudyError` where it cannot be read.
  fileprivate init(at url: URL, what: String) throws {
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: url))
    } catch {
      throw StudyError(
        .unreadable, "The \(what) \(url.path) cannot be read: \(error.localizedDescription)")
    }
    try self.init(parsing: bytes, label: url.lastPathComponent)
  }
}
