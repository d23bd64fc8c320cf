import DelimitedText
import Foundation
import Glibc

/// The file that says which patient a pseudonym stands for: `code,site,original`, for its owner's eyes (0600).
///
/// It is locked from its opening until it is let go of. What stands in it is never changed: new patients are added at its end, so
/// that a second scan gives everyone the same code.
package struct KeyFile: ~Copyable {
  private struct Patient: Hashable {
    let site: String
    let name: String
  }

  private static let header = ["code", "site", "original"]
  /// Bytes of a file: more than a million patients take.
  private static let largest = 1 << 28

  private let descriptor: CInt
  private let path: String
  private var codes: [Patient: String]
  private var used: Set<String>
  private var added: [[String]] = []
  private let isNew: Bool

  /// Opens the file, or makes it.
  /// - Throws: `unwritable`, `badTable`; `badRequest` where others may read it, or another program has it open.
  package init(at url: URL) throws(ScanError) {
    let path = url.path
    let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else {
      throw ScanError(
        .unwritable,
        "the key file \(path) cannot be opened (\(unsafe String(cString: strerror(errno)))); give another path, or mend "
          + "its permissions")
    }
    let (codes, isNew): ([Patient: String], Bool)
    do throws(ScanError) {
      let bytes = try Self.contents(of: descriptor, path)
      isNew = bytes.isEmpty
      codes = isNew ? [:] : try Self.codes(in: bytes, label: url.lastPathComponent)
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
    self.codes = codes
    self.isNew = isNew
    used = Set(codes.values)
  }

  deinit { close(descriptor) }

  private static func contents(of descriptor: CInt, _ path: String) throws(ScanError) -> [UInt8] {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ScanError(.badRequest, "the key file \(path) is no plain file; give another path")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw ScanError(
        .badRequest,
        "others may read the key file \(path), which tells patients' identifiers; run chmod 600 on it")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw ScanError(.badRequest, "another scan uses the key file \(path); wait until it has ended")
    }
    guard status.st_size <= largest else {
      throw ScanError(.badTable, "the key file \(path) has \(status.st_size) bytes; it is no key file")
    }
    do {
      let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
      return [UInt8](try handle.readToEnd() ?? Data())
    } catch {
      throw ScanError(.unreadable, "the key file \(path) cannot be read (\(error.localizedDescription))")
    }
  }

  private static func codes(in bytes: [UInt8], label: String) throws(ScanError) -> [Patient: String] {
    let table: DelimitedTable
    do {
      table = try DelimitedTable(parsing: bytes, label: label)
    } catch {
      // The reason quotes no field.
      throw ScanError(.badTable, error.description)
    }
    guard table.header == header, bytes.last == UInt8(ascii: "\n") else {
      throw ScanError(
        .badTable,
        "\(label) is no key file: its columns must be code,site,original, and its last line must be complete")
    }
    var (codes, used): ([Patient: String], Set<String>) = ([:], [])
    for row in table.rows {
      let patient = Patient(site: row.fields[1], name: row.fields[2])
      guard codes.updateValue(row.fields[0], forKey: patient) == nil, used.insert(row.fields[0]).inserted
      else {
        throw ScanError(
          .badTable, "\(label), line \(row.line): this code or patient stands there twice; remove one line")
      }
    }
    return codes
  }

  /// The code of a patient: the one of the file, or a new one.
  package mutating func code(
    of name: String, at site: String, using generator: inout some RandomNumberGenerator
  ) -> String {
    let patient = Patient(site: site, name: name)
    if let code = codes[patient] { return code }
    var code: String
    repeat { code = Self.random(&generator) } while used.contains(code)
    used.insert(code)
    codes[patient] = code
    added.append([code, site, name])
    return code
  }

  /// A letter first, so that no program takes it for a number; none of the signs that are read as another.
  private static func random(_ generator: inout some RandomNumberGenerator) -> String {
    let signs = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    return "P" + String((0..<8).map { _ in signs[Int.random(in: signs.indices, using: &generator)] })
  }

  /// Adds the new patients to the file.
  /// - Throws: `unwritable`.
  package func save() throws(ScanError) {
    let writer = DelimitedWriter()
    let lines = (isNew ? [Self.header] : []) + added
    guard !lines.isEmpty else { return }
    do {
      let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(lines.map(writer.line).joined().utf8))
      try handle.synchronize()
    } catch {
      throw ScanError(
        .unwritable,
        "the key file \(path) cannot be written (\(error.localizedDescription)); make room for it")
    }
  }
}
