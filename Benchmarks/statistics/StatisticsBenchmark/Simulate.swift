import ArgumentParser
import Foundation
import Statistics

/// Writes a simulated cohort that another program can read.
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a simulated feature table: id, y, site and the features, 17 digits.")

  @Option(help: "Rows.") var rows = 1_000
  @Option(help: "Features.") var features = 1_709
  @Option(help: "Seed.") var seed: UInt64 = 1_709
  @Option(name: .shortAndLong, help: "File to write.") var output: String

  func run() throws {
    var simulation = SimulatedRadiomics()
    simulation.features = features
    var text = "id,y,site," + simulation.featureNames.joined(separator: ",") + "\n"
    for row in simulation.rows(rows, seed: seed) {
      text += "\(row.caseName),\(row.isPositive ? 1 : 0),\(row.site),"
      text += row.values.map { "\($0)" }.joined(separator: ",") + "\n"
    }
    try text.write(toFile: output, atomically: true, encoding: .utf8)
  }
}
