import Foundation

/// The two files of one NIfTI image: `scan.hdr` with the header and `scan.img` with the voxels, each alone or in gzip data.
enum NIfTIPair {
  /// Whether a file is called as one with voxels is.
  static func isVoxels(_ file: URL) -> Bool { stem(of: file.lastPathComponent)?.kind == "img" }

  /// What the other file may be called, the likeliest name first; empty for other names.
  static func partners(of name: String) -> [String] {
    guard let (stem, kind, packed) = stem(of: name) else { return [] }
    let isLowercase = name == name.lowercased() || name.hasSuffix(kind) || name.hasSuffix(kind + ".gz")
    let other = kind == "hdr" ? "img" : "hdr"
    let plain = stem + "." + (isLowercase ? other : other.uppercased())
    return packed ? [plain + ".gz", plain] : [plain, plain + ".gz"]
  }

  /// The header of a file with voxels; `nil` where the file is none, or is an image by itself, or has no NIfTI header beside it.
  static func header(ofVoxels bytes: [UInt8], at file: URL) -> URL? {
    guard isVoxels(file), NIfTIHeader.version(of: bytes) == nil else { return nil }
    return beside(file)
  }

  /// The name of the file with the voxels that belong to a header; `nil` for what is no header of a pair. Where none is there,
  /// the name that it should have.
  static func voxels(ofHeader bytes: [UInt8], at file: URL) -> String? {
    guard isHeader(bytes) else { return nil }
    let partners = partners(of: file.lastPathComponent)
    return beside(file)?.lastPathComponent ?? partners.first
  }

  private static func isHeader(_ bytes: [UInt8]) -> Bool {
    guard !isGzip(bytes) else {
      var source = ByteSource(bytes[...], compressed: true)
      guard let head = try? source.read(NIfTIHeader.shortestLength) else { return false }
      return isHeader(Array(head))
    }
    switch NIfTIHeader.version(of: bytes) {
    case 1: return bytes.dropFirst(344).starts(with: "ni1\0".utf8)
    case 2: return bytes.dropFirst(4).starts(with: "ni2\0".utf8)
    default: return false
    }
  }

  private static func beside(_ file: URL) -> URL? {
    partners(of: file.lastPathComponent)
      .map { file.deletingLastPathComponent().appendingPathComponent($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  private static func stem(of name: String) -> (stem: String, kind: String, packed: Bool)? {
    let packed = name.lowercased().hasSuffix(".gz")
    let file = packed ? String(name.dropLast(3)) : name
    for kind in ["hdr", "img"] where file.lowercased().hasSuffix("." + kind) {
      return (String(file.dropLast(4)), kind, packed)
    }
    return nil
  }
}
