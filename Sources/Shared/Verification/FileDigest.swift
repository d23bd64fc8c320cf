import Digests
import Foundation

/// SHA-256 of a file, read part by part, as `sha256sum` prints it.
func sha256(ofFileAt url: URL) throws -> String {
  let handle = try FileHandle(forReadingFrom: url)
  defer { try? handle.close() }
  var digest = Digest(.sha256)
  while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty { digest.update(part) }
  return digest.finalize().hexadecimal
}
