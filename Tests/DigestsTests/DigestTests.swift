import Digests
import Foundation
import Testing

/// Known answers of FIPS 180-4 and of NIST's examples.
@Suite struct `A digest` {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `by SHA-256 has the published value`(text: String, expected: String) {
    #expect(sha256(of: Array(text.utf8)).hexadecimal == expected)
    #expect(sha256(of: Data(text.utf8)).hexadecimal == expected)
    #expect(sha256(of: text.utf8).hexadecimal == expected)
  }

  @Test func `by SHA-1 has the published value`() {
    var digest = Digest(.sha1)
    digest.update("abc".utf8)
    #expect(digest.finalize().hexadecimal == "a9993e364706816aba3e25717850c26c9cd0d89d")
  }

  @Test func `does not depend on how the bytes are cut`() {
    let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 31) }
    var digest = Digest(.sha256)
    for start in stride(from: 0, to: bytes.count, by: 37) {
      digest.update(bytes[start..<min(start + 37, bytes.count)])
    }
    #expect(digest.finalize() == sha256(of: bytes))
  }

  @Test func `of parts tells where one ends`() {
    #expect(sha256([Data("ab".utf8), Data("c".utf8)]) != sha256([Data("a".utf8), Data("bc".utf8)]))
    // Each part is preceded by its length and a colon.
    #expect(sha256([Data("abc".utf8)]) == sha256(of: "3:abc".utf8))
  }

  @Test func `reads a collection without contiguous storage`() {
    let bytes = (0..<100).map { UInt8($0) }
    #expect(sha256(of: bytes.lazy.map { $0 }) == sha256(of: bytes))
  }
}
