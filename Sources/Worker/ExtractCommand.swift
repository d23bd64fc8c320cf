import ArgumentParser
import BatchExtraction
import CommandSupport
import DICOMFiles
import Extraction
import FileSources
import Foundation
import ImageFiles
import ImageFilters
import NeuralNet
import StudyPlan

/// `worker extract`: features without a database.
struct ExtractCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Extract the features of one image and mask, or of every row of a batch CSV.",
    usage: """
      worker extract IMAGE MASK [options]
      worker extract BATCH.csv [options]
      """,
    discussion: """
      Parameter files are PyRadiomics' own (YAML or JSON). A batch has columns Image and Mask (paths relative to it), \
      optionally Label, Segment, Ring, Series, Echo, TimePoint and Label_channel; further columns pass through. Rows that fail are named on standard error, and \
      the exit code is 1.

      With -o FILE the results of a batch are kept in FILE.journal as they come. Started again, whether it was \
      interrupted or the batch has changed, only what is not there yet is computed: a result is known by the contents of \
      image and mask, the region and the parameters. Remove the journal when it is not needed any more.
      """)

  @Argument(
    help: ArgumentHelp(
      "IMAGE and MASK, or BATCH.csv.",
      discussion:
        "IMAGE: NIfTI, NRRD, MetaImage, PNG, DICOM, or a folder with a series of DICOM. MASK: a label map of these formats, "
        + "or a DICOM structure set or segmentation."))
  var inputs: [String]
  @Option(
    help: ArgumentHelp(
      "What the paths of images and masks count from: a folder, s3://BUCKET/PREFIX, or REMOTE:PATH of rclone.",
      discussion: "Without it those of a batch count from its folder.", valueName: "folder|remote"))
  var root: String?
  @OptionGroup var cache: CacheOptions
  @Option(help: "Parameter file, or the name of a profile: mr-1197, mr-1197b, ibsi.") var param: String?
  @Option(name: .customLong("setting"), help: "Override one setting, as binWidth:10 (repeatable).")
  var settings: [String] = []
  @Option(help: "Label of the region in the mask.") var label: UInt32?
  @Option(
    help: ArgumentHelp(
      "Region of a mask that names its regions, by its name or number.", valueName: "name|number"))
  var segment: String?
  @Option(
    help: ArgumentHelp(
      "The ring around the region in its place: from so many mm to so many, as 0,5.", valueName: "inner,outer"
    ))
  var ring: String?
  @Option(
    help: ArgumentHelp(
      "Series of a DICOM folder that has several, by its Series Instance UID.", valueName: "uid"))
  var series: String?
  @Option(help: "Echo of a DICOM series that has several, by its number.") var echo: Int?
  @Option(help: "Time point of a DICOM series that has several, by its number.") var timePoint: Int?
  @Flag(help: "The IBSI manual's features under its tags, as --setting ibsi:true.") var ibsi = false
  @Option(
    help:
      "Deep features too: weights of a residual network (safetensors), or random-seed-N for an untrained ResNet18."
  )
  var weights: String?
  @Option(
    name: .customLong("deep"),
    help: ArgumentHelp(
      "A setting of the deep features, as slices:3, pooling:max, margin:{mm: 10}, padding:edge, "
        + "window:{fixed: [0, 400]} or mask_outside:true (repeatable; the keys of a study's section deep).",
      valueName: "key:value"))
  var deepSettings: [String] = []
  @Option(name: .shortAndLong, help: "Format of the output: csv, json or txt.") var format = FeatureFormat.txt
  @Option(name: .customShort("o"), help: "File to write; standard output without it.") var output: String?
  @Option(help: "CSV of the cases that failed: row, code, sentence, remedy, and the row as it was given.")
  var failures: String?
  @Option(name: .customShort("j"), help: "Cases at a time; threads of --mode voxel.") var jobs = 1
  @Option(
    help: ArgumentHelp(
      "A small picture of each region in its image goes here, with pictures.csv and a page to look at: pictures.html.",
      discussion: "With --validate pictures alone are made.", valueName: "folder"))
  var pictures: String?
  @Option(
    help: ArgumentHelp(
      "Region and features of one DICOM image go here as DICOM too: region.seg.dcm (SEG) and features.sr.dcm (SR, TID 1500).",
      valueName: "folder"))
  var dicom: String?
  @Option(
    help: ArgumentHelp(
      "segment: features of the region. voxel: maps of features around each voxel. response: what filters make of the image.",
      discussion:
        "Images go to --out-dir: maps as Case-1_FEATURE.nrrd, what filters make as NAME.nii.gz. The parameter file says which.",
      valueName: "segment|voxel|response"))
  var mode = ExtractionMode.segment
  @Option(help: ArgumentHelp("Where --mode voxel and response put their images.", valueName: "folder"))
  var outDir: String?
  @Option(help: "Format of the images of --mode voxel: nrrd or nii.gz.") var mapFormat = MapFormat.nrrd
  @Flag(help: "Say how far a batch is even where standard error is no terminal.") var progress = false
  @Flag(
    name: .customLong("validate"),
    help: "Read and check everything, compute nothing; print what the headers say, and how they agree.")
  var onlyValidates = false
  @Flag(help: "Same as --format json.") var json = false

  func validate() throws {
    guard inputs.count == 1 || inputs.count == 2 else {
      throw ValidationError("Give IMAGE and MASK, or one BATCH.csv.")
    }
    if inputs.count == 1, Self.isImage(URL(fileURLWithPath: inputs[0])) {
      throw ValidationError("\(inputs[0]) is an image; give its mask too: worker extract IMAGE MASK.")
    }
    guard 1...10_000 ~= jobs else { throw ValidationError("-j must be from 1 to 10000.") }
    guard dicom == nil || inputs.count == 2 && root == nil && !onlyValidates else {
      throw ValidationError("--dicom is of one IMAGE and MASK, without --root and --validate.")
    }
    guard (mode != .segment) == (outDir != nil) else {
      throw ValidationError("--out-dir and --mode voxel or response go together.")
    }
    guard
      mode == .segment
        || inputs.count == 2 && root == nil && !onlyValidates && weights == nil && pictures == nil
          && dicom == nil && output == nil && failures == nil && format == .txt && !json
    else {
      throw ValidationError(
        "--mode \(mode.rawValue) is of one IMAGE and MASK, without --root, --validate, --weights, --pictures, --dicom, --failures, "
          + "-f, --json and -o.")
    }
    guard mode == .voxel || mapFormat == .nrrd else {
      throw ValidationError("--map-format is of --mode voxel.")
    }
    guard weights != nil || deepSettings.isEmpty else { throw ValidationError("--deep needs --weights.") }
  }

  func run() async throws {
    if mode == .voxel, let outDir { return try await writeVoxelMaps(to: URL(fileURLWithPath: outDir)) }
    let parameters: ExtractionParameters
    let batch: ExtractionBatch
    do throws(StudyError) {
      parameters = try readParameters()
      batch =
        inputs.count == 2
        ? ExtractionBatch(image: inputs[0], mask: inputs[1])
        : try ExtractionBatch(table: URL(fileURLWithPath: inputs[0]))
    } catch {
      throw CommandFailure(ExitStatus.badData, error.message)
    }
    if let outDir {
      return try await ResponseMapFiles(parameters: parameters, folder: URL(fileURLWithPath: outDir))
        .write(singleLocation(parameters))
    }
    var source: (any FileSource)?
    if let root { source = try await cache.source(root: root) }
    let folder = try pictures.map { try PictureSheets.folder(at: $0) }
    let job = ExtractionJob(
      parameters: parameters, deep: try deepFeatures(), segment: try segmentName(), choice: try imageChoice(),
      ring: try ringAround(),
      onlyValidates: onlyValidates, root: source, pictures: folder)
    do throws(StudyError) {
      try job.checkColumns(of: batch)
    } catch {
      throw CommandFailure(ExitStatus.badData, error.message)
    }
    do {
      let journal = try ResultJournal(
        at: journalURL(of: batch), hasDiagnostics: parameters.additionalInfo)
      var display = BatchProgress(batch, isWanted: progress)
      var run = ExtractionRun(batch, job, journal) { display.show($0, $1) }
      try await run.run(atATime: jobs)
      if let folder { try PictureSheets.write(run, in: folder) }
      for row in run.checkedRows { try show(row, isSingle: batch.isSingle) }
      let report = ExtractionReport(run)
      try report.write(
        output: onlyValidates ? .none : output.map { .file(URL(fileURLWithPath: $0)) } ?? .standardOutput,
        format: json ? .json : format, failures: failures.map { URL(fileURLWithPath: $0) })
      if batch.isSingle || onlyValidates { try listSeries(ofFailuresIn: run) }
      if let dicom, let features = try report.singleFeatures() {
        try writeDICOM(features, to: URL(fileURLWithPath: dicom), parameters)
      }
      if !run.failures.isEmpty { throw batch.isSingle ? ExitStatus.badData : ExitStatus.someCasesFailed }
    } catch let error as FileSourceError {
      throw CommandFailure(error)
    } catch let error as BatchError {
      let status =
        switch error.code {
        case .unwritable: ExitStatus.cannotWrite
        case .inUse: ExitStatus.tryAgain
        case .notAJournal: ExitStatus.badData
        }
      throw CommandFailure(status, error.message)
    }
  }

  /// Series Instance UIDs of the folders of which one series was not meant alone. Messages have none, because they may leave this
  /// machine; here they are for whoever has the files.
  private func listSeries(ofFailuresIn run: ExtractionRun) throws {
    guard root == nil else { return }
    try run.forEachFailure { row, error in
      guard ["ambiguous", "not-found"].contains(error.code) else { return }
      for (kind, url) in [("image", row.image), ("mask", row.mask)] {
        guard let series = try? DICOMSeries.summaries(at: url).filter(\.isImage), series.count > 1 else {
          continue
        }
        for one in series {
          StandardStreams.note("\(row.name): series of the \(kind): \(one.uid) (\(one))")
        }
      }
    }
  }

  /// Whether what should be a table is an image, or a folder.
  private static func isImage(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    if unsafe FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && isFolder.boolValue {
      return true
    }
    guard let file = try? FileHandle(forReadingFrom: url), let start = try? file.read(upToCount: 1_024) else {
      return false
    }
    return start.contains(0) && ImageFileContents(name: "image", bytes: Array(start)).hasImageFormat
      || start.starts(with: "NRRD".utf8)
  }

  /// Results of a batch survive beside the file that they are for.
  private func journalURL(of batch: ExtractionBatch) -> URL? {
    guard let output, !batch.isSingle, !onlyValidates, OutputFile.isRegular(URL(fileURLWithPath: output))
    else {
      return nil
    }
    return URL(fileURLWithPath: output + ".journal")
  }

  private func deepFeatures() throws -> ExtractionJob.Deep? {
    guard let name = weights else { return nil }
    do {
      let settings = try DeepSettings(overrides: deepSettings)
      let weights = DeepWeights(onThisMachine: name)
      if weights.randomSeed != nil { StandardStreams.note("--weights \(weights.label)") }
      let file = URL(fileURLWithPath: name)
      let network = try weights.extractor(at: file)
      let plan = DeepPlan(weights: try weights.hashed(at: file), settings: settings)
      try plan.checkSettings(for: network.architecture)
      return ExtractionJob.Deep(network: network, plan: plan)
    } catch let error as StudyError {
      throw CommandFailure(ExitStatus.badData, error.message)
    } catch let error as StudyTaskError {
      throw CommandFailure(ExitStatus.badData, "--weights: \(error)")
    }
  }

  /// What the headers of a case say.
  private func show(_ row: CheckedRow, isSingle: Bool) throws {
    if json || format == .json { return try StandardStreams.printJSON(row) }
    for line in row.lines { try StandardStreams.print(isSingle ? line : "\(row.case): \(line)") }
  }

  /// Region and features as DICOM.
  private func writeDICOM(
    _ features: ExtractedFeatures, to folder: URL, _ parameters: ExtractionParameters
  ) throws {
    let location = try singleLocation(parameters)
    let export: DICOMExport
    do throws(StudyTaskError) {
      export = try DICOMExport(
        RegionFiles(at: location), features: features, named: location.regionName, by: parameters,
        moment: WrittenMoment(secondsSince1970: Date().timeIntervalSince1970))
    } catch {
      throw CommandFailure(ExitStatus.badData, "--dicom: \(error)")
    }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(export.segmentation).write(
        to: folder.appendingPathComponent("region.seg.dcm"), options: .atomic)
      try Data(export.report).write(to: folder.appendingPathComponent("features.sr.dcm"), options: .atomic)
    } catch {
      throw CommandFailure(
        ExitStatus.cannotWrite, "--dicom \(folder.path) cannot be written; check its rights and its disk.")
    }
  }

  /// The region of one IMAGE and MASK.
  private func singleLocation(_ parameters: ExtractionParameters) throws -> RegionLocation {
    RegionLocation(
      image: URL(fileURLWithPath: inputs[0]), mask: URL(fileURLWithPath: inputs[1]), label: parameters.label,
      segment: try segmentName(), choice: try imageChoice(), ring: try ringAround())
  }

  private func segmentName() throws -> String? {
    do throws(StudyError) {
      return try segment.flatMap { (text) throws(StudyError) in try SegmentName.read(text) }
    } catch {
      throw CommandFailure(ExitStatus.badData, "--segment \(error.message).")
    }
  }

  private func imageChoice() throws -> ImageChoice? {
    for (name, number) in [("--echo", echo), ("--time-point", timePoint)] {
      guard let number, !ImageChoice.numbers.contains(number) else { continue }
      throw CommandFailure(
        ExitStatus.badData,
        "\(name) must be from \(ImageChoice.numbers.lowerBound) to \(ImageChoice.numbers.upperBound).")
    }
    do throws(StudyError) {
      let uid = try series.flatMap { (text) throws(StudyError) in try ImageChoice.series(text) }
      return ImageChoice(series: uid, echo: echo, timePoint: timePoint)
    } catch {
      throw CommandFailure(ExitStatus.badData, "--series \(error.message).")
    }
  }

  private func ringAround() throws -> RegionRing? {
    guard let ring else { return nil }
    guard let found = RegionRing(ring) else {
      throw CommandFailure(ExitStatus.badData, "--ring \(RegionRing.expectation).")
    }
    return found
  }

  private func readParameters() throws(StudyError) -> ExtractionParameters {
    var parameters = try ExtractionParameters(parameterFile: parameterText(), overrides: overrides)
    if let label { parameters.label = label }
    return parameters
  }

  private var overrides: [String] { settings + (ibsi ? ["ibsi:true"] : []) }

  private func parameterText() throws(StudyError) -> String? {
    guard let param else { return nil }
    let profile = ParameterProfile(rawValue: param)
    return if let profile { profile.yaml } else { try contents(of: param) }
  }

  private func writeVoxelMaps(to folder: URL) async throws {
    var parameters: VoxelParameters
    do throws(StudyError) {
      parameters = try VoxelParameters(parameterFile: parameterText(), overrides: overrides)
    } catch {
      throw CommandFailure(ExitStatus.badData, error.message)
    }
    if let label { parameters.extraction.label = label }
    try await VoxelMapFiles(parameters: parameters, folder: folder, format: mapFormat, threads: jobs)
      .write(singleLocation(parameters.extraction))
  }

  private func contents(of file: String) throws(StudyError) -> String {
    let profiles = ParameterProfile.allCases.map(\.rawValue).joined(separator: ", ")
    return try readText(
      of: URL(fileURLWithPath: file), as: "The parameter file \(file), which is no profile (\(profiles)),")
  }
}

extension FeatureFormat: ExpressibleByArgument {}
