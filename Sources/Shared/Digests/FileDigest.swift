import Foundation

/// SHA-256 of a file, read part by part: 32 bytes.
/// - Throws: what reading throws.
package func sha256(ofFileAt url: URL) throws -> [UInt8] {
  // Closed with its last use.
  let handle = try FileHandle(forReadingFrom: url)
  var digest = Digest(.sha256)
  while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty { digest.update(part) }
  return digest.finalize()
}
