import ArgumentParser
import CommandSupport
import Foundation
import Habitats
import ImageFiles
import StudyPlan

/// `worker habitats`: parts of regions that are alike in their maps, as labels of a mask.
struct HabitatsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "habitats",
    abstract: "Divide regions into parts whose voxels are alike in all maps of worker extract --mode voxel.",
    discussion: """
      Maps are standardised over the voxels of all regions together and divided by k-means; of the numbers of clusters that --clusters \
      allows, the one with the largest Bayesian information criterion is taken. Each folder FOLDER gets a mask FOLDER_habitats.nrrd with \
      labels from 1, which worker extract takes as any other: with --label 2 and, where the image is larger than its maps, \
      --setting correctMask:true. habitats.csv has their sizes, centres.json what divides them: with --centres centres.json the same \
      habitats are found in the maps of other patients, as a study's test part needs it.

      Exit codes: 0 done; 64 wrong options; 65 maps or centres are wrong; 73 cannot write.
      """)

  @Argument(help: "Folders of maps, one for each region; all with maps of the same features.")
  var folders: [String]
  @Option(help: ArgumentHelp("Masks, table and centres go here.", valueName: "folder")) var outDir: String
  @Option(
    help: ArgumentHelp("Number of clusters, as 4, or from least to most, as 2-6.", valueName: "numbers"))
  var clusters: String?
  @Option(help: ArgumentHelp("Centres that were found before, in place of new ones.", valueName: "file.json"))
  var centres: String?
  @Option(
    help: ArgumentHelp(
      "What maps hold outside the region: initValue of the maps, as nan.", valueName: "number"))
  var outside = 0.0
  @Option(help: "Seed of the starts of k-means.") var seed: UInt64 = 1

  func validate() throws {
    guard centres == nil || clusters == nil else {
      throw ValidationError("--centres has its number of clusters; leave out --clusters.")
    }
    guard clusters == nil || range != nil else {
      throw ValidationError("--clusters is a number from 1 to 255, or two, as 2-6.")
    }
    let names = folders.map { URL(fileURLWithPath: $0).lastPathComponent }
    guard Set(names).count == names.count else {
      throw ValidationError("Two folders have the same name, which their masks would share; rename one.")
    }
  }

  private var range: ClosedRange<Int>? {
    guard let clusters else { return nil }
    let bounds = clusters.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(bounds.count), let least = bounds[0], let most = bounds[bounds.count - 1] else {
      return nil
    }
    return 1 <= least && least <= most && most <= 255 ? least...most : nil
  }

  func run() async throws {
    let folder = URL(fileURLWithPath: outDir)
    let found = try await OutputFolder.using(folder, option: "--out-dir") {
      let found = try habitats()
      try write(found, to: folder)
      return found
    }
    try tell(found)
  }

  private func habitats() throws -> Habitats {
    do {
      var settings = HabitatSettings()
      if let range { settings.clusters = range }
      (settings.outside, settings.seed) = (outside, seed)
      let known = try centres.map {
        try HabitatCentres(json: try readText(of: URL(fileURLWithPath: $0), as: "The file of centres"))
      }
      return try Habitats(
        of: try folders.map { try MapFolder(at: URL(fileURLWithPath: $0)) }, settings, centres: known)
    } catch let error as HabitatError {
      throw CommandFailure(ExitStatus.badData, error.message)
    } catch let error as ImageFileError {
      throw CommandFailure(ExitStatus.badData, error.description)
    } catch let error as StudyError {
      throw CommandFailure(ExitStatus.badData, error.message)
    }
  }

  private func write(_ found: Habitats, to folder: URL) throws {
    do {
      for region in found.regions {
        try writeLabelMap(
          region.labels, to: folder.appendingPathComponent("\(region.name)\(MapFolder.maskSuffix).nrrd"))
      }
      try Data(found.table.utf8).write(to: folder.appendingPathComponent("habitats.csv"), options: .atomic)
      if centres == nil {
        try Data(found.centres.json.utf8).write(
          to: folder.appendingPathComponent("centres.json"), options: .atomic)
      }
    } catch {
      throw CommandFailure(
        ExitStatus.cannotWrite, "--out-dir \(folder.path) cannot be written; check its rights and its disk.")
    }
  }

  private func tell(_ found: Habitats) throws {
    for warning in found.warnings { StandardStreams.note(warning) }
    for criterion in found.criteria {
      let mark = criterion.clusters == found.centres.count ? " *" : ""
      try StandardStreams.print("clusters \(criterion.clusters): BIC \(criterion.information)\(mark)")
    }
    for region in found.regions {
      try StandardStreams.print("\(region.name)_habitats.nrrd")
      if region.leftOut > 0 {
        StandardStreams.note("\(region.name): \(region.leftOut) voxels have no number in a map, and label 0.")
      }
    }
  }
}
