import CohortScan
import Foundation
import HospitalFiles
import Testing

@Suite struct `A key file` {
  /// Codes of patients, from a file.
  private static func codes(_ patients: [(String, String)], _ file: URL) throws -> [String] {
    var keys = try KeyFile(at: file)
    var generator = SystemRandomNumberGenerator()
    let codes = patients.map { keys.code(of: $0.1, at: $0.0, using: &generator) }
    try keys.save()
    return codes
  }

  @Test func `gives everyone the same code again, and new ones to others`() throws {
    let folder = try MadeFolder()
    let file = folder.url.appendingPathComponent("keys.csv")
    let first = try Self.codes([("A", "7"), ("A", "=8"), ("B", "7"), ("A", "7")], file)
    #expect(Set(first).count == 3 && first[0] == first[3])
    #expect(first.allSatisfy { $0.count == 9 && $0.hasPrefix("P") })
    let text = try String(contentsOf: file, encoding: .utf8)
    let second = try Self.codes([("B", "9"), ("A", "=8")], file)
    #expect(second[1] == first[1] && !first.contains(second[0]))
    let later = try String(contentsOf: file, encoding: .utf8)
    #expect(later.hasPrefix(text) && later.hasSuffix("\(second[0]),B,9\n"))
    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test(arguments: [
    "code,original\nP1,7\n", "code,site,original\nP1,A,7", "code,site,original\nP1,A,7\nP1,A,8\n",
    "code,site,original\nP1,A,7\nP2,A,7\n", "ID,Site,Image\n",
  ])
  func `is refused and kept where it is none`(text: String) throws {
    let folder = try MadeFolder()
    let file = folder.url.appendingPathComponent("keys.csv")
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    #expect(throws: ScanError.self) { _ = try Self.codes([("A", "9")], file) }
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }

  @Test func `must be its owner's alone, and of one scan at a time`() throws {
    let folder = try MadeFolder()
    let file = folder.url.appendingPathComponent("keys.csv")
    let keys = try KeyFile(at: file)
    #expect(throws: ScanError.self) { _ = try KeyFile(at: file) }
    try keys.save()
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
    #expect(throws: ScanError.self) { _ = try KeyFile(at: file) }
    let link = folder.url.appendingPathComponent("link.csv")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
    #expect(throws: ScanError.self) { _ = try KeyFile(at: link) }
  }
}
