import Volumes

/// What can be said of a region by numbers before anything is computed of it, by which an odd one is found among others.
package struct RegionMeasurements: Codable, Equatable, Sendable {
  /// Voxels of the image along its axes, as the file has them.
  package var imageSize: [Int]
  /// Distance of voxels along the same axes, in millimetres.
  package var spacing: [Double]
  /// Which way the axes of the file run, as `LPS`.
  package var orientation: String
  /// 2 for a picture without a third axis, else 3.
  package var dimension: Int
  /// Voxels of the region.
  package var voxels: Int
  /// Volume of the region in mm³; of a picture its area in mm².
  package var volume: Double
  /// Sides of the image that the region touches, of `R`, `L`, `A`, `P`, `I`, `S`; not across a single slice.
  package var borders: String
  /// Centre of the region as a share of the image's extent, from right to left, from front to back, from feet to head.
  package var centre: [Double]
  /// Voxels of the region whose intensity is no number.
  package var undefined: Int
  /// Intensities of the region; nil where none is a number. The median is one of at most 131,072 voxels, taken evenly.
  package var minimum: Double?
  package var median: Double?
  package var mean: Double?
  package var maximum: Double?
  /// Share of the region in the air around the body, see `CoarseImage.air`.
  package var shareInAir: Double

  /// Most and fewest voxels of regions that are not odd: 64 are a cube of 4; a quarter of the image is no lesion.
  package static let fewVoxels = 64
  package static let largeShare = 0.25

  /// Voxels of the image.
  package var imageVoxels: Double { imageSize.reduce(1) { $0 * Double($1) } }

  /// What is odd about the region by itself.
  package var oddities: [RegionOddity] {
    var found: [RegionOddity] = []
    if shareInAir > 0.5 { found.append(.outsideBody) }
    if undefined > 0 { found.append(.undefined) }
    if let minimum, minimum == maximum, voxels > 1 { found.append(.constant) }
    if voxels < Self.fewVoxels { found.append(.tiny) }
    if Double(voxels) > Self.largeShare * imageVoxels { found.append(.huge) }
    if !borders.isEmpty { found.append(.atBorder) }
    return found
  }
}

extension RegionMeasurements {
  /// Reads what a worker stored, or a program put into a folder of pictures.
  /// - Throws: `DecodingError`, also where something is not told once for each of three axes.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func axes<Value: Decodable>(_ key: CodingKeys) throws -> [Value] {
      let found = try values.decode([Value].self, forKey: key)
      guard found.count == 3 else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: values,
          debugDescription: "\(found.count) numbers, one for each of three axes expected")
      }
      return found
    }
    imageSize = try axes(.imageSize)
    spacing = try axes(.spacing)
    centre = try axes(.centre)
    orientation = try values.decode(String.self, forKey: .orientation)
    dimension = try values.decode(Int.self, forKey: .dimension)
    voxels = try values.decode(Int.self, forKey: .voxels)
    volume = try values.decode(Double.self, forKey: .volume)
    borders = try values.decode(String.self, forKey: .borders)
    undefined = try values.decode(Int.self, forKey: .undefined)
    minimum = try values.decodeIfPresent(Double.self, forKey: .minimum)
    median = try values.decodeIfPresent(Double.self, forKey: .median)
    mean = try values.decodeIfPresent(Double.self, forKey: .mean)
    maximum = try values.decodeIfPresent(Double.self, forKey: .maximum)
    shareInAir = try values.decode(Double.self, forKey: .shareInAir)
  }
}

/// Why someone should look at a region.
package enum RegionOddity: String, Codable, CaseIterable, Sendable {
  /// More than half of it lies in the air around the body.
  case outsideBody = "outside-body"
  /// It holds voxels whose intensity is no number.
  case undefined
  /// All its voxels have one intensity.
  case constant
  /// Its centre lies on the other side of the image than those of the others of its site.
  case mirrored
  /// Its volume is far from those of its site.
  case volumeFar = "volume-far"
  /// Its median intensity is far from those of its site.
  case intensityFar = "intensity-far"
  /// It has fewer than 64 voxels.
  case tiny
  /// It takes more than a quarter of the image.
  case huge
  /// It touches the border of the image.
  case atBorder = "at-border"
}
