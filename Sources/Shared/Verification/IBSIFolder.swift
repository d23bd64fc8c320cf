import Digests
import Foundation

/// A folder with the data of the initiative, as it is published: `ibsi` (digital phantom), `ibsi_ct` (CT phantom of IBSI-1) and `ibsi2`
/// (phantoms, response maps and reference values of IBSI-2). Each may be absent.
struct IBSIFolder {
  static let parts = ["ibsi", "ibsi_ct", "ibsi2"]

  private let url: URL
  /// What was looked at, by path in the folder.
  private(set) var used: Set<String> = []

  /// - Throws: `noData` where the folder is not there or has none of the three.
  init(at url: URL) throws(VerificationError) {
    self.url = url
    guard Self.isFolder(url) else {
      throw VerificationError(.noData, "--ibsi \(url.path) is no folder that can be read; check the path")
    }
    guard Self.parts.contains(where: { Self.isFolder(url.appendingPathComponent($0)) }) else {
      throw VerificationError(
        .noData,
        "--ibsi \(url.path) has none of the folders \(Self.parts.joined(separator: ", ")); give the one that holds them"
      )
    }
  }

  func holds(_ path: String) -> Bool {
    FileManager.default.isReadableFile(atPath: url.appendingPathComponent(path).path)
  }

  /// A file, which is noted as used.
  mutating func file(_ path: String) -> URL {
    used.insert(path)
    return url.appendingPathComponent(path)
  }

  /// Every file that was used, with its digest, by path.
  /// - Throws: `badImage` where one cannot be read.
  func digests() throws(VerificationError) -> [Verification.File] {
    var files: [Verification.File] = []
    for path in used.sorted() { files.append(.init(path: path, sha256: try digest(of: path))) }
    return files
  }

  private func digest(of path: String) throws(VerificationError) -> String {
    do {
      return try sha256(ofFileAt: url.appendingPathComponent(path)).hexadecimal
    } catch {
      throw VerificationError(
        .badImage, "\(path) cannot be read (\(error.localizedDescription)); check its rights")
    }
  }

  private static func isFolder(_ url: URL) -> Bool {
    var isFolder: ObjCBool = false
    return unsafe FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}
