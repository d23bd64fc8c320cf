import Foundation
import Glibc
import ImageFiles

/// A folder of pictures: of each a PNG, and beside it, as JSON, what it shows.
///
/// Several programs may write to one folder at once: every file appears whole or not at all, and a picture's name says of which
/// voxels it is.
package struct PictureFolder: Sendable {
  /// What a picture shows.
  package struct Note: Codable, Equatable, Sendable {
    /// Whose images they are; empty where there is one site.
    package var site: String
    /// The image as the manifest or the batch names it.
    package var image: String
    /// Which region of its mask, as `label 1` or the name of a segment.
    package var region: String
    package var measurements: RegionMeasurements

    package init(site: String, image: String, region: String, measurements: RegionMeasurements) {
      self.site = site
      self.image = image
      self.region = region
      self.measurements = measurements
    }
  }

  package let url: URL

  /// Opens a folder, which is made where there is none, closed to others on the machine (0750 less the umask): pictures show patients.
  /// - Throws: `ImageFileError`.
  package init(at url: URL) throws(ImageFileError) {
    self.url = url
    guard unsafe Glibc.mkdir(url.path, 0o750) != 0 else { return }
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue
    else {
      throw ImageFileError(
        .unwritable,
        "the folder for pictures cannot be made; check that the one above it exists and may be written to")
    }
  }

  /// Whether a picture is there, with what it shows.
  package func holds(_ name: String) -> Bool {
    [Self.file(name), "\(name).json"].allSatisfy {
      FileManager.default.fileExists(atPath: url.appendingPathComponent($0).path)
    }
  }

  /// The file of a picture.
  package static func file(_ name: String) -> String { "\(name).png" }

  /// - Throws: `ImageFileError` where it cannot be written.
  package func add(_ picture: RegionPicture, _ note: Note, named name: String) throws(ImageFileError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      try write(Data(picture.png), to: Self.file(name))
      try write(encoder.encode(note), to: "\(name).json")
    } catch {
      throw ImageFileError(
        .unwritable, "a picture cannot be written; check the rights of the folder for pictures, and its disk")
    }
  }

  /// What a picture shows; nil where there is none of this name.
  /// - Throws: `ImageFileError` where its note is there and cannot be read.
  package func note(of name: String) throws(ImageFileError) -> Note? {
    guard holds(name) else { return nil }
    let data: Data
    do {
      data = try Data(contentsOf: url.appendingPathComponent("\(name).json"))
    } catch {
      throw ImageFileError(
        .unreadable, "a note in the folder for pictures cannot be read; check the rights of \(name).json")
    }
    do {
      return try JSONDecoder().decode(Note.self, from: data)
    } catch {
      throw ImageFileError(
        .corrupt,
        "\(name).json in the folder for pictures is no note of a picture; remove it and \(Self.file(name)), and the picture is made "
          + "again")
    }
  }

  /// Names of all pictures, in order.
  /// - Throws: `ImageFileError` where the folder cannot be read, which is not the same as one without pictures.
  package func names() throws(ImageFileError) -> [String] {
    let files: [String]
    do {
      files = try FileManager.default.contentsOfDirectory(atPath: url.path)
    } catch {
      throw ImageFileError(
        .unreadable, "the folder for pictures cannot be read; check that it is still there, and its rights")
    }
    return files.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) }
      .sorted()
      .filter(holds)
  }

  private func write(_ data: Data, to name: String) throws {
    let temporary = url.appendingPathComponent(".\(name).\(UUID().uuidString)")
    let descriptor = unsafe Glibc.open(temporary.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    do {
      let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      try handle.write(contentsOf: data)
      try handle.close()
      guard unsafe Glibc.rename(temporary.path, url.appendingPathComponent(name).path) == 0 else {
        throw POSIXError(.init(rawValue: errno) ?? .EIO)
      }
    } catch {
      _ = unsafe Glibc.unlink(temporary.path)
      throw error
    }
  }
}
