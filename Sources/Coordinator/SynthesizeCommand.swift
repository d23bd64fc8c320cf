import ArgumentParser
import CohortSynthesis
import CommandSupport
import Foundation

/// `coordinator synthesize`: a cohort with a known signal.
struct SynthesizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synthesize",
    abstract:
      "Write a synthetic cohort of femoral heads from several sites, with a manifest and a clinical table.",
    discussion: """
      For demonstrations and tests: the images are computed, not of people. The same options give the same bytes. clinic.csv has \
      Age, Sex and Pain with known effects, which README.txt tells.
      """
  )

  @Argument(help: "Folder to write into.") var folder: String
  @Option(help: "Subjects.") var subjects = 60
  @Option(help: "Sites.") var sites = 3
  @Option(help: "Seed of all random numbers.") var seed: UInt64 = 20_240_607
  @Flag(
    help:
      "Write a table of features with times to an event, survival.csv, and clinic.csv, in place of images."
  )
  var survival = false
  @Flag(help: "Print the result as JSON.") var json = false

  private struct Result: Encodable {
    var manifest: String
    var subjects: Int
    var sites: Int
  }

  func validate() throws {
    guard 1...1_000_000 ~= subjects else { throw ValidationError("--subjects must be from 1 to 1000000.") }
    guard 1...10_000 ~= sites else { throw ValidationError("--sites must be from 1 to 10000.") }
  }

  func run() async throws {
    let folder = URL(fileURLWithPath: folder, isDirectory: true)
    var options = SynthesisOptions()
    options.subjects = subjects
    options.sites = sites
    options.seed = seed
    if survival { return try writeSurvival(options, folder) }
    do {
      try synthesizeCohort(into: folder, options: options)
    } catch let error as SynthesisError {
      throw CommandFailure(error)
    }
    let manifest = folder.appendingPathComponent("manifest.csv").path
    if json {
      return try StandardStreams.printJSON(Result(manifest: manifest, subjects: subjects, sites: sites))
    }
    try StandardStreams.print("\(subjects) synthetic subjects of \(sites) sites: \(manifest)")
  }

  private struct TableResult: Encodable {
    var features: String
    var subjects: Int
    var sites: Int
  }

  private func writeSurvival(_ options: SynthesisOptions, _ folder: URL) throws {
    do throws(SynthesisError) {
      try synthesizeSurvivalTable(into: folder, options: options)
    } catch {
      throw CommandFailure(error)
    }
    let table = folder.appendingPathComponent("survival.csv").path
    if json {
      return try StandardStreams.printJSON(TableResult(features: table, subjects: subjects, sites: sites))
    }
    try StandardStreams.print("\(subjects) synthetic subjects of \(sites) sites: \(table)")
  }
}
