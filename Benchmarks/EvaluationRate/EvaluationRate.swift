import Foundation
import Statistics

/// Seconds for 1,000 stratified bootstrap AUCs of a marker, the median of several runs on one thread.
///
/// Usage: evaluation-rate TABLE.csv OUTCOME_COLUMN MARKER_COLUMN; the outcome is 1 where its field is 1.
@main
enum EvaluationRate {
  private static let runs = 21

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4 else {
      FileHandle.standardError.write(Data("usage: evaluation-rate TABLE.csv OUTCOME MARKER\n".utf8))
      exit(64)
    }
    let lines = try String(contentsOfFile: arguments[1], encoding: .utf8).split(whereSeparator: \.isNewline)
      .map { $0.split(separator: ",").map { $0.filter { $0 != "\"" } } }
    guard let outcome = lines[0].firstIndex(of: arguments[2]),
      let marker = lines[0].firstIndex(of: arguments[3])
    else {
      FileHandle.standardError.write(Data("the table has no such column\n".utf8))
      exit(65)
    }
    let positives = lines.dropFirst().map { $0[outcome] == "1" }
    let scores = lines.dropFirst().compactMap { Double($0[marker]) }
    let clock = ContinuousClock()
    var seconds: [Double] = []
    var interval: Interval?
    for run in 0..<runs {
      seconds.append(
        clock.measure {
          interval = StratifiedBootstrap(
            scores, positives: positives, replicates: 1_000, seed: UInt64(run))?.percentileInterval()
        } / .seconds(1))
    }
    print(
      "trabecula \(seconds.sorted()[runs / 2]) s, interval \(interval?.lower ?? .nan) to \(interval?.upper ?? .nan)"
    )
  }
}
