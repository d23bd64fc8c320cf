import Foundation
import TestSupport
import Testing

@Suite struct `The queue knows no study` {
  /// Words of studies; `extract` is also a function of SQL.
  private static var words: Regex<Substring> {
    #/(?i)image|feature|deep|bootstrap|aggregat|replicate|radiomic|patient|cohort|extract(?!\(epoch FROM)/#
  }

  @Test(arguments: ["TaskQueue", "WorkerCore"]) func `in its Swift or its SQL`(module: String) throws {
    let folder = ReferenceData.repository.appendingPathComponent("Sources/Shared/\(module)")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".swift") || $0.hasSuffix(".sql")
    }
    try #require(paths.count > 5)
    for path in paths {
      let text = try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        let word = line.firstMatch(of: Self.words).map { String($0.output) }
        #expect(word == nil, "\(module)/\(path):\(number + 1): \(line)")
      }
    }
  }
}
