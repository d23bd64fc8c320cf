import Foundation
import ImageFiles
import Volumes

/// A folder of a test with files of hospitals, removed with it.
package final class MadeFolder {
  package let url: URL

  package init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("scan-\(UUID().uuidString)")
      .resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  @discardableResult package func write(_ bytes: [UInt8], _ path: String) throws -> URL {
    let file = url.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file
  }

  package func write(_ text: String, _ path: String) throws { try write(Array(text.utf8), path) }

  /// An image of researchers of a size, in the format of its name's ending.
  package func image(_ path: String, _ x: Int = 4, _ y: Int = 5, _ z: Int = 6) throws {
    let file = try write([], path)
    let size = GridSize(x: x, y: y, z: z)
    let volume = Volume(
      geometry: GridGeometry(size: size, dimension: 3), sampleType: .int16,
      voxels: Array(repeating: 0, count: x * y * z))
    try writeVolume(volume, to: file)
  }

  /// A segmentation of 3D Slicer, header and voxels.
  package func slicer(_ path: String, segments: [String], layers: Int = 1) throws {
    var lines = [
      "NRRD0004", "type: unsigned char", "dimension: \(layers > 1 ? 4 : 3)", "space: left-posterior-superior",
    ]
    lines.append("sizes: \(layers > 1 ? "\(layers) " : "")4 5 6")
    lines.append("space directions: \(layers > 1 ? "none " : "")(1,0,0) (0,1,0) (0,0,1)")
    lines.append("kinds: \(layers > 1 ? "list " : "")domain domain domain")
    lines += ["encoding: raw", "space origin: (0,0,0)"]
    for (number, name) in segments.enumerated() {
      lines += [
        "Segment\(number)_ID:=Segment_\(number + 1)", "Segment\(number)_Name:=\(name)",
        "Segment\(number)_LabelValue:=\(number + 1)", "Segment\(number)_Layer:=\(layers > 1 ? number : 0)",
      ]
    }
    try write(
      Array((lines.joined(separator: "\n") + "\n\n").utf8) + [UInt8](repeating: 0, count: 120 * layers), path)
  }

  /// A series of slices, `count` files below a folder.
  package func series(
    _ path: String, patient: String, uid: String, study: String = "1.5", frame: String = "1.6",
    count: Int = 3,
    modality: String = "MR", kind: String = "ORIGINAL\\PRIMARY", hasPreamble: Bool = true
  ) throws {
    for slice in 0..<count {
      let header = MadeDICOM {
        $0.add(0x0008, 0x0008, kind)
        $0.add(0x0008, 0x0016, "1.2.840.10008.5.1.4.1.1.4")
        $0.add(0x0008, 0x0018, "\(uid).\(slice)")
        $0.add(0x0008, 0x0060, modality)
        $0.add(0x0010, 0x0020, patient)
        $0.add(0x0020, 0x000D, study)
        $0.add(0x0020, 0x000E, uid)
        $0.add(0x0020, 0x0052, frame)
        $0.add(0x0028, 0x0010, short: 5)
        $0.add(0x0028, 0x0011, short: 4)
        $0.add(0x0028, 0x0100, short: 16)
        $0.add(0x7FE0, 0x0010, bytes: [UInt8](repeating: 0, count: 40_000))
      }
      try write(header.file(hasPreamble: hasPreamble), "\(path)/\(slice).dcm")
    }
  }

  /// A structure set with regions, of which those in `empty` have no contour.
  package func structures(
    _ path: String, patient: String, series: [String], instances: [String] = [], frame: String = "1.6",
    study: String = "1.5", regions: [String] = ["GTV"], empty: Set<Int> = [], instance: String = "1.7.1"
  ) throws {
    let images = instances.map { uid in MadeDICOM { $0.add(0x0008, 0x1155, uid) } }
    let named = series.map { uid in
      MadeDICOM {
        $0.add(0x0020, 0x000E, uid)
        $0.add(0x3006, 0x0016, items: images)
      }
    }
    let contour = MadeDICOM { $0.add(0x3006, 0x0050, "0\\0\\0\\1\\0\\0\\1\\1\\0") }
    let file = MadeDICOM {
      $0.add(0x0008, 0x0016, "1.2.840.10008.5.1.4.1.1.481.3")
      $0.add(0x0008, 0x0018, instance)
      $0.add(0x0008, 0x0060, "RTSTRUCT")
      $0.add(0x0010, 0x0020, patient)
      $0.add(0x0020, 0x000D, study)
      $0.add(0x0020, 0x000E, "1.8.1")
      $0.add(
        0x3006, 0x0010,
        items: [
          MadeDICOM {
            if !frame.isEmpty { $0.add(0x0020, 0x0052, frame) }
            $0.add(0x3006, 0x0012, items: [MadeDICOM { $0.add(0x3006, 0x0014, items: named) }])
          }
        ])
      $0.add(
        0x3006, 0x0020,
        items: regions.enumerated().map { number, name in
          MadeDICOM {
            $0.add(0x3006, 0x0022, "\(number + 1)")
            $0.add(0x3006, 0x0026, name)
          }
        })
      $0.add(
        0x3006, 0x0039,
        items: regions.indices.map { number in
          MadeDICOM {
            if !empty.contains(number) { $0.add(0x3006, 0x0040, items: [contour]) }
            $0.add(0x3006, 0x0084, "\(number + 1)")
          }
        })
    }
    try write(file.file(hasPreamble: true), path)
  }

  /// A segmentation with segments.
  package func segmentation(_ path: String, patient: String, series: [String], segments: [String]) throws {
    let file = MadeDICOM {
      $0.add(0x0008, 0x0016, "1.2.840.10008.5.1.4.1.1.66.4")
      $0.add(0x0008, 0x0018, "1.7.2")
      $0.add(0x0008, 0x0060, "SEG")
      $0.add(0x0008, 0x1115, items: series.map { uid in MadeDICOM { $0.add(0x0020, 0x000E, uid) } })
      $0.add(0x0010, 0x0020, patient)
      $0.add(0x0020, 0x000E, "1.8.2")
      $0.add(0x0028, 0x0010, short: 5)
      $0.add(0x0028, 0x0011, short: 4)
      $0.add(
        0x0062, 0x0002,
        items: segments.enumerated().map { number, name in
          MadeDICOM {
            $0.add(0x0062, 0x0004, short: number + 1)
            $0.add(0x0062, 0x0005, name)
          }
        })
      $0.add(0x5200, 0x9230, items: [])
      $0.add(0x7FE0, 0x0010, bytes: [UInt8](repeating: 0, count: 100_000))
    }
    try write(file.file(hasPreamble: true), path)
  }
}
