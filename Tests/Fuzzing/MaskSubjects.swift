import DICOMFiles
import HospitalFiles
import ImageFiles
import Volumes

/// Masks of DICOM: structure sets, segmentations, and label maps that are stored as images.
enum MaskSubjects {
  // Small limits: what is honest but enormous is no finding.
  private static let limits = ImageReadLimits(voxelCount: 1 << 20, fileBytes: 1 << 24)

  static let all = [
    FuzzSubject(
      name: "dicom-mask", seeds: structureSets + segmentations,
      words: [
        "RTSTRUCT", "SEG", "BINARY", "FRACTIONAL", "LABELMAP", "CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "POINT",
        "PROBABILITY", "1e308", "-1", "\\\\", "0\\\\0\\\\0", "\\xFE\\xFF\\x00\\xE0",
      ]
    ) {
      try read($0)
    },
    FuzzSubject(name: "dicom-labels", seeds: DICOMSubjects.seeds, words: DICOMSubjects.words) {
      _ = try DICOMSeries(files: [$0], name: "mask", limits: limits).labels(frameOfReference: "1.2")
    },
  ]

  /// On a grid along the axes of the patient, and on one that is turned.
  private static let grids = [
    GridGeometry(
      size: GridSize(x: 4, y: 3, z: 4), spacingInMillimetres: [2, 1.5, 3],
      originInMillimetres: [10, -20, 30]),
    GridGeometry(
      size: GridSize(x: 5, y: 4, z: 2), spacingInMillimetres: [1, 1, 0.5],
      directions: [[0, 0, 1], [0.8, 0.6, 0], [-0.6, 0.8, 0]]),
  ]

  private static func read(_ bytes: [UInt8]) throws {
    let mask = try DICOMMask(ImageFileContents(name: "mask", bytes: bytes), limits: limits)
    _ = mask.referencedSeries
    let named = mask.segments.prefix(3).map { $0.name.isEmpty ? "\($0.number)" : $0.name }
    for grid in grids {
      for segment in [nil] + named.map(Optional.some) {
        do {
          _ = try mask.reading(of: segment, on: grid, frameOfReference: "1.2.3")
        } catch {
          _ = "\(error)"
        }
      }
    }
  }

  // MARK: Seeds

  private static let structureSets: [[UInt8]] = [
    structureSet(
      "CLOSED_PLANAR", ["10\\-20\\30\\14\\-20\\30\\14\\-17\\30", "10\\-20\\33\\14\\-20\\33\\14\\-17\\33"]),
    structureSet(
      "CLOSEDPLANAR_XOR", ["10\\-20\\30\\14\\-20\\30\\14\\-17\\30", "11\\-19\\30\\12\\-19\\30\\12\\-18\\30"]),
    structureSet("POINT", ["1\\2\\3"]),
  ]

  private static func structureSet(_ kind: String, _ contours: [String]) -> [UInt8] {
    let series = MadeDICOM { $0.add(0x0020, 0x000E, "1.2.9") }
    let study = MadeDICOM { $0.add(0x3006, 0x0014, items: [series]) }
    let frame = MadeDICOM {
      $0.add(0x0020, 0x0052, "1.2.3")
      $0.add(0x3006, 0x0012, items: [study])
    }
    let name = MadeDICOM {
      $0.add(0x3006, 0x0022, "1")
      $0.add(0x3006, 0x0024, "1.2.3")
      $0.add(0x3006, 0x0026, "GTV")
    }
    let drawn = contours.map { points in
      MadeDICOM {
        $0.add(0x3006, 0x0042, kind)
        $0.add(0x3006, 0x0046, "\((points.split(separator: "\\").count) / 3)")
        $0.add(0x3006, 0x0050, points)
      }
    }
    let region = MadeDICOM {
      $0.add(0x3006, 0x0040, items: drawn)
      $0.add(0x3006, 0x0084, "1")
    }
    return MadeDICOM {
      $0.add(0x0008, 0x0016, "1.2.840.10008.5.1.4.1.1.481.3")
      $0.add(0x0008, 0x0060, "RTSTRUCT")
      $0.add(0x3006, 0x0010, items: [frame])
      $0.add(0x3006, 0x0020, items: [name])
      $0.add(0x3006, 0x0039, items: [region])
    }.file(hasPreamble: true)
  }

  private static let segmentations: [[UInt8]] = [
    segmentation("BINARY", bits: 1, pixels: [0x21, 0x84, 0x10]),
    segmentation("FRACTIONAL", bits: 8, pixels: (0..<24).map { UInt8($0 * 10) }),
    segmentation("LABELMAP", bits: 8, pixels: (0..<24).map { UInt8($0 % 3) }),
  ]

  /// Two frames of 4 × 3 pixels.
  private static func segmentation(_ kind: String, bits: Int, pixels: [UInt8]) -> [UInt8] {
    let isLabels = kind == "LABELMAP"
    let plane = MadeDICOM { $0.add(0x0020, 0x0037, "1\\0\\0\\0\\1\\0") }
    let measures = MadeDICOM {
      $0.add(0x0018, 0x0050, "3")
      $0.add(0x0018, 0x0088, "3")
      $0.add(0x0028, 0x0030, "1.5\\2")
    }
    let shared = MadeDICOM {
      $0.add(0x0020, 0x9116, items: [plane])
      $0.add(0x0028, 0x9110, items: [measures])
    }
    let frames = (0..<2).map { number in
      let place = MadeDICOM { $0.add(0x0020, 0x0032, "10\\-20\\\(30 + 3 * number)") }
      let segment = MadeDICOM { $0.add(0x0062, 0x000B, short: 1) }
      return MadeDICOM {
        $0.add(0x0020, 0x9113, items: [place])
        if !isLabels { $0.add(0x0062, 0x000A, items: [segment]) }
      }
    }
    let named = MadeDICOM {
      $0.add(0x0062, 0x0004, short: 1)
      $0.add(0x0062, 0x0005, "Tumour")
    }
    return MadeDICOM {
      $0.add(0x0008, 0x0016, "1.2.840.10008.5.1.4.1.1.66.\(isLabels ? 7 : 4)")
      $0.add(0x0008, 0x0060, "SEG")
      $0.add(0x0020, 0x0052, "1.2.3")
      $0.add(0x0028, 0x0008, "2")
      $0.add(0x0028, 0x0010, short: 3)
      $0.add(0x0028, 0x0011, short: 4)
      $0.add(0x0028, 0x0100, short: bits)
      $0.add(0x0062, 0x0001, kind)
      $0.add(0x0062, 0x0002, items: [named])
      $0.add(0x0062, 0x000E, short: 255)
      $0.add(0x0062, 0x0010, "PROBABILITY")
      $0.add(0x5200, 0x9229, items: [shared])
      $0.add(0x5200, 0x9230, items: frames)
      $0.add(0x7FE0, 0x0010, bytes: pixels)
    }.file(hasPreamble: true)
  }
}
