import ArgumentParser
import CommandSupport
import DelimitedText
import Foundation
import Modelling
import StudyPlan

/// Where new patients are: in a manifest, a table of features, or an image and a mask; with a clinical table beside them.
struct NewPatientOptions: ParsableArguments, Sendable {
  @Option(help: "Table of features, one row a case.", completion: .file(extensions: ["csv", "tsv"]))
  var features: String?
  @Option(help: "Column of the table of features that names the patients, if not ID.") var id: String?
  @Option(help: "Code of the patient of IMAGE and MASK, if not the name of the image.") var patient: String?
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
  @Option(
    help: "Table of the clinical columns, where they are not in the manifest or the table of features.",
    completion: .file(extensions: ["csv", "tsv"]))
  var clinical: String?
  @Option(
    name: .customLong("clinical-id"), help: "Column of the clinical table that names the patients, if not ID."
  )
  var clinicalID: String?
  @Option(
    name: .customLong("clinical-site"),
    help:
      "Column of the clinical table that names the sites, where the same code is two patients at two sites.")
  var clinicalSite: String?
  @OptionGroup var images: RootOptions
  @Option(name: .customShort("j"), help: "Cases at a time.") var jobs = 1

  func validate() throws {
    guard 1...10_000 ~= jobs else { throw ValidationError("-j must be from 1 to 10000.") }
    guard clinical != nil || (clinicalID ?? clinicalSite) == nil else {
      throw ValidationError(
        "--clinical-id and --clinical-site are columns of a table; name it by --clinical.")
    }
  }

  /// - Parameter others: arguments behind the models.
  func check(_ others: [String]) throws {
    guard features == nil ? (1...2).contains(others.count) : others.isEmpty else {
      throw ValidationError(
        features == nil
          ? "After the models give a manifest, a table of features, or IMAGE and MASK."
          : "With --features give models only.")
    }
    if others.count != 2, site != nil || label != nil || segment != nil || patient != nil {
      throw ValidationError(
        "--patient, --site, --label and --segment belong to IMAGE and MASK; a table says them in columns.")
    }
  }

  /// The patients that the command line names, as the models need them.
  func cases(_ others: [String], for documents: [ModelDocument]) async throws -> FoundCases {
    let clinical = ClinicalOfPatients(table, documents)
    if let features {
      return try cases(of: DelimitedTable(at: file(features), what: "table of features"), documents, clinical)
    }
    guard others.count == 1 else {
      return try await ImagesToPredict(documents, weights: weights, jobs: jobs, clinical: clinical).cases(
        image: file(others[0]), mask: file(others[1]), patient: patient, site: site ?? "", label: label,
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
      return try cases(of: table, documents, clinical)
    }
    return try await ImagesToPredict(documents, weights: weights, jobs: jobs, clinical: clinical).cases(
      of: table, beside: file(others[0]), in: try await images.source())
  }

  private var table: ClinicalTable? {
    clinical.map { ClinicalTable(named: file($0), id: clinicalID, site: clinicalSite) }
  }

  private func cases(
    of table: DelimitedTable, _ documents: [ModelDocument], _ clinical: ClinicalOfPatients
  ) throws -> FoundCases {
    let found = try NewCaseTable(table, for: documents, idColumn: id, siteColumn: siteColumn)
    var cases = found.cases
    var warnings = try clinical.join(to: &cases)
    if found.isOfUnknownExtraction {
      warnings.append(
        PredictionWarning(
          code: "unknown_extraction", model: documents.map(\.name).joined(separator: ", "),
          message:
            "\(table.label) does not say by which program and settings its features were extracted; they are believed to be those of "
            + "the model's study."))
    }
    return FoundCases(cases: documents.map { _ in cases }, failures: [], warnings: warnings)
  }

  private func file(_ path: String) -> URL { URL(fileURLWithPath: path).standardizedFileURL }
}
