import Foundation
import ImageFiles
import RegionPictures
import Testing
import Volumes

@Suite struct `A folder of pictures` {
  private func with(_ body: (PictureFolder) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("pictures-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try body(try PictureFolder(at: url))
  }

  private func add(_ name: String, to folder: PictureFolder) throws {
    let image = Volume(
      geometry: GridGeometry(size: GridSize(x: 8, y: 8, z: 8)), voxels: (0..<512).map { Double($0 % 50) })
    let mask = Mask(geometry: image.geometry, voxels: (0..<512).map { $0 / 64 == 3 ? 1 : 0 })
    let picture = try #require(try RegionPicture(image: image, mask: mask))
    try folder.add(
      picture,
      .init(site: "North", image: "i.nii", region: "label 1", measurements: picture.measurements), named: name
    )
  }

  @Test func `names what it holds, whole pictures alone`() throws {
    try with { folder in
      #expect(try folder.names().isEmpty)
      try add("b", to: folder)
      try add("a", to: folder)
      try Data("{}".utf8).write(to: folder.url.appendingPathComponent("without-a-picture.json"))
      #expect(try folder.names() == ["a", "b"])
      #expect(try folder.note(of: "a")?.image == "i.nii")
      #expect(try folder.note(of: "c") == nil)
    }
  }

  /// Taken for an empty one, its page would lack pictures without a word.
  @Test func `that is not there any more is not an empty one`() throws {
    try with { folder in
      try FileManager.default.removeItem(at: folder.url)
      let error = #expect(throws: ImageFileError.self) { try folder.names() }
      #expect(error?.code == .unreadable && error?.message.contains("cannot be read") == true)
    }
  }

  @Test func `with a note that is none says which`() throws {
    try with { folder in
      try add("a", to: folder)
      try Data("{\"site\": ".utf8).write(to: folder.url.appendingPathComponent("a.json"))
      let error = #expect(throws: ImageFileError.self) { try folder.note(of: "a") }
      #expect(error?.code == .corrupt && error?.message.contains("a.json") == true)
      // A folder in its place cannot be read as a file.
      try FileManager.default.removeItem(at: folder.url.appendingPathComponent("a.json"))
      try FileManager.default.createDirectory(
        at: folder.url.appendingPathComponent("a.json"), withIntermediateDirectories: false)
      #expect(throws: ImageFileError.self) { try folder.note(of: "a") }
    }
  }
}
