import BatchExtraction
import DelimitedText
import Foundation
import ImageFiles
import ImageFilters
import LinearAlgebra
import Modelling
import NeuralNet
import Radiomics
import Reporting
import Statistics
import StudyPlan

/// Something that reads what others wrote. It may refuse whatever it is given, but must come back.
struct FuzzSubject: Sendable {
  let name: String
  /// Inputs from which the fuzzer starts, small and generated.
  let seeds: [[UInt8]]
  /// Words that inputs are made of.
  var words: [String] = []
  let read: @Sendable ([UInt8]) throws -> Void

  static let all =
    images + DICOMSubjects.all + MaskSubjects.all + ScanSubjects.all + OtherSubjects.all + settings + tables
    + results + [
      RegionSubjects.settings, RegionSubjects.voxels,
    ] + ModelFileSubjects.all

  /// Each as an image and as a mask.
  static let images: [FuzzSubject] = [
    FuzzSubject(name: "nifti", seeds: FuzzSeeds.nifti) { try readImage($0) },
    FuzzSubject(name: "pair", seeds: FuzzSeeds.pairs) {
      try readMask(
        of: ImageFileContents(
          name: "image", bytes: Array($0.prefix(348)), attachment: Array($0.dropFirst(348))))
    },
    FuzzSubject(name: "metaimage", seeds: FuzzSeeds.metaImage, words: FuzzWords.metaImage) {
      try readImage($0)
    },
    FuzzSubject(name: "nrrd", seeds: FuzzSeeds.nrrd, words: FuzzWords.nrrd) { try readImage($0) },
    FuzzSubject(
      name: "png", seeds: FuzzSeeds.png, words: ["IHDR", "IDAT", "IEND", "PLTE", "sBIT", "sCAL", "tRNS"]
    ) {
      try readImage(Checksums.repairedPNG($0))
    },
    FuzzSubject(name: "gzip", seeds: FuzzSeeds.gzip) { try readImage(Checksums.repairedGzip($0)) },
  ]

  private static func readImage(_ bytes: [UInt8]) throws {
    // A detached header finds its data after its first blank line.
    let hasText = ["NRRD", "ObjectType", "NDims"].contains { bytes.starts(with: Array($0.utf8)) }
    let blank =
      hasText
      ? zip(bytes, bytes.dropFirst()).enumerated().first { $0.element == (0x0A, 0x0A) }?.offset : nil
    try readMask(
      of: ImageFileContents(name: "image", bytes: bytes, attachment: blank.map { Array(bytes[($0 + 2)...]) }))
  }

  /// As an image, then as a mask.
  private static func readMask(of contents: ImageFileContents) throws {
    do {
      _ = try readVolume(contents)
    } catch {
      _ = "\(error)"
    }
    do {
      _ = try ImageFiles.readMask(contents, segment: "1")
    } catch {
      _ = "\(error)"
    }
    _ = try ImageFiles.readMask(contents, channel: 1)
    _ = try readLabelMap(contents)
  }

  static let settings: [FuzzSubject] = [
    FuzzSubject(name: "parameters", seeds: FuzzSeeds.parameters, words: FuzzWords.parameters) {
      let parameters = try ExtractionParameters(parameterFile: text($0))
      _ = FeatureRecipe(parameters)
    },
    FuzzSubject(name: "overrides", seeds: FuzzSeeds.overrides, words: FuzzWords.parameters) {
      _ = try ExtractionParameters(parameterFile: nil, overrides: lines($0))
    },
    FuzzSubject(name: "deep", seeds: FuzzSeeds.deep, words: FuzzWords.deep) {
      _ = try DeepSettings(overrides: lines($0))
    },
    FuzzSubject(name: "study", seeds: FuzzSeeds.studies, words: FuzzWords.study) {
      let study = try FuzzSeeds.submitted(text($0))
      guard try Study(canonicalJSON: study.canonicalJSON) == study else {
        fatalError("a study's canonical form is another study")
      }
    },
    FuzzSubject(name: "stored-study", seeds: FuzzSeeds.storedStudies, words: FuzzWords.storedStudy) {
      let study = try Study(canonicalJSON: text($0))
      _ = (study.canonicalJSON, study.recipes)
    },
    FuzzSubject(name: "library", seeds: FuzzSeeds.library, words: FuzzWords.parameters) {
      try readSettings(of: Array($0))
    },
  ]

  /// JSON as the settings of the libraries, each type for itself.
  private static func readSettings(of bytes: [UInt8]) throws {
    func read<Settings: Codable>(_ type: Settings.Type) throws {
      do {
        _ = try CanonicalJSON.encode(CanonicalJSON.decode(type, from: bytes))
      } catch let error as DecodingError {
        _ = "\(error)"
      }
    }
    try read(FilterSettings.self)
    try read(PreprocessingSettings.self)
    try read(RadiomicsSettings.self)
    try read(IBSISettings.self)
    try read(DeepSettings.self)
    try read(CombatSettings.self)
    try read(ModelPlan.self)
  }

  static let tables: [FuzzSubject] = [
    FuzzSubject(name: "manifest", seeds: FuzzSeeds.manifests, words: FuzzWords.columns) {
      _ = try Manifest(
        table: DelimitedTable(parsing: $0, label: "manifest.csv"), root: URL(fileURLWithPath: "/data"))
    },
    FuzzSubject(name: "features", seeds: FuzzSeeds.tables, words: FuzzWords.columns) {
      _ = try FeatureTableFile(
        table: DelimitedTable(parsing: $0, label: "features.csv"), root: URL(fileURLWithPath: "/data"),
        digest: "", layout: FeatureTableLayout())
    },
    FuzzSubject(name: "batch", seeds: FuzzSeeds.batches, words: FuzzWords.columns) {
      var rows = try ExtractionBatch.Rows(csv: $0, of: URL(fileURLWithPath: "/batch.csv"))
      while try rows.next() != nil {}
    },
    FuzzSubject(name: "predictions", seeds: FuzzSeeds.predictions, words: FuzzWords.columns) {
      _ = try PredictionReader(DelimitedTable(parsing: $0, label: "predictions.csv")).rows()
    },
  ]

  static let results: [FuzzSubject] = [
    FuzzSubject(
      name: "journal", seeds: FuzzSeeds.journals, words: ["names\\x09", "result\\x09", "\\x09;\\x0a"]
    ) {
      try JournalFile.read($0)
    },
    FuzzSubject(name: "safetensors", seeds: FuzzSeeds.weights, words: FuzzWords.weights) {
      let file = try SafetensorsFile(bytes: $0, label: "weights")
      for tensor in file.tensors where tensor.type.isWeight { _ = file.floats(of: tensor) }
      _ = try NetworkWeights(bytes: $0, label: "weights")
    },
    FuzzSubject(name: "replicate", seeds: FuzzSeeds.replicates, words: FuzzWords.models) {
      let plans = [
        BootstrapPlan(replicates: 1, replicatesPerTask: 1),
        BootstrapPlan(
          replicates: 0, replicatesPerTask: 1, twoStage: TwoStagePlan(outer: 1, inner: 1, outerPerTask: 1)),
      ]
      for plan in plans {
        do {
          _ = try StoredReplicates([$0], plan: plan)
        } catch {
          _ = "\(error)"
        }
      }
    },
    FuzzSubject(name: "model", seeds: FuzzSeeds.models, words: FuzzWords.models) {
      let model = try CanonicalJSON.decode(FittedModel.self, from: $0)
      let row = Matrix(rows: 1, columns: model.features.count)
      _ = try model.harmonisation?.applied(
        to: row, sites: ["a"], covariates: [CombatCovariate(name: "age", values: [60])])
      _ = try CanonicalJSON.encode(model)
    },
  ]

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private static func lines(_ bytes: [UInt8]) -> [String] {
    text(bytes).split(separator: "\n").map(String.init)
  }
}
