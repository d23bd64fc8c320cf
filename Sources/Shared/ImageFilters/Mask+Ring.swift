import Volumes

/// The shell around a region: what lies further from it than one distance, and no further than another.
public struct RegionRing: Hashable, Sendable {
  /// Where the ring begins, in mm from the region; 0 at its edge.
  public let innerInMillimetres: Double
  /// Where it ends, in mm from the region.
  public let outerInMillimetres: Double

  /// The furthest a ring may reach, in mm: beyond it there is no surroundings of a tumour.
  public static let furthest = 200.0

  /// - Returns: `nil` unless `0 <= inner < outer <= furthest`.
  public init?(innerInMillimetres inner: Double, outerInMillimetres outer: Double) {
    guard inner >= 0, inner < outer, outer <= Self.furthest else { return nil }
    (innerInMillimetres, outerInMillimetres) = (inner, outer)
  }
}

extension RegionRing: LosslessStringConvertible, Codable {
  /// Both distances in mm, as `0,5` or `1,2.5`: the one way in which a ring is written.
  public var description: String {
    func text(_ millimetres: Double) -> String {
      millimetres == millimetres.rounded() ? "\(Int(millimetres))" : "\(millimetres)"
    }
    return "\(text(innerInMillimetres)),\(text(outerInMillimetres))"
  }

  /// Reads two distances in mm, the inner one first.
  /// - Returns: `nil` for what is no ring.
  public init?(_ text: String) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, let inner = Double(parts[0]), let outer = Double(parts[1]) else { return nil }
    self.init(innerInMillimetres: inner, outerInMillimetres: outer)
  }

  /// Reads the text of `description`.
  /// - Throws: `DecodingError` for what is no ring.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    guard let ring = RegionRing(try value.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: value, debugDescription: "a ring is two distances in mm, as 0,5, the outer one the larger")
    }
    self = ring
  }

  /// Writes the text of `description`.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    try value.encode(description)
  }
}

extension Mask {
  /// The voxels around the region whose centre lies further than `inner` and no further than `outer` millimetres from the centre of
  /// the nearest voxel of the region, as far as the grid reaches. Peritumoral regions are drawn so.
  ///
  /// Distances are Euclidean and exact, on grids of any spacing (Felzenszwalb and Huttenlocher 2012, Theory of Computing 8:415).
  public func ring(_ ring: RegionRing) -> Mask {
    var result = Mask(geometry: geometry, voxels: [UInt8](repeating: 0, count: voxels.count))
    guard let region = boundingBox else { return result }
    let (inner, outer) = (ring.innerInMillimetres, ring.outerInMillimetres)
    // A billionth of a millimetre: sums of squares of decimal spacings round.
    let slack = 1e-9
    let (nearest, furthest) = ((inner + slack) * (inner + slack), (outer + slack) * (outer + slack))
    // All of the ring lies in the box, and the nearest voxel of the region of each of its voxels.
    let box = region.reaching(outer + slack, on: geometry)
    let part = cropped(to: box)
    let squares = SquaredDistances(to: part).values
    var place = 0
    for z in box.z {
      for y in box.y {
        let row = geometry.size.offset(x: 0, y: y, z: z)
        for x in box.x {
          let square = squares[place]
          if part.voxels[place] == 0, square > nearest, square <= furthest { result.voxels[row + x] = 1 }
          place += 1
        }
      }
    }
    return result
  }
}

extension VoxelBox {
  /// The box and what lies no further from it than a distance in mm, as far as the grid reaches.
  fileprivate func reaching(_ distance: Double, on grid: GridGeometry) -> VoxelBox {
    let margins = (0..<3).map { axis in
      Int(min(Double(grid.size.extents[axis]), (distance / grid.spacingInMillimetres[axis]).rounded(.up)))
    }
    return padded(by: margins, within: grid.size)
  }
}

/// Squares of the distances of all voxels of a grid to a region, in mm²; infinite without a region.
struct SquaredDistances {
  private(set) var values: [Double]

  init(to mask: Mask) {
    values = mask.voxels.map { $0 == 1 ? 0 : .infinity }
    let size = mask.geometry.size
    let (sizes, strides) = ([size.x, size.y, size.z], [1, size.x, size.x * size.y])
    for axis in 0..<3 where sizes[axis] > 1 {
      let others = [0, 1, 2].filter { $0 != axis }
      var line = ParabolaLine(count: sizes[axis], spacing: mask.geometry.spacingInMillimetres[axis])
      for i in 0..<sizes[others[0]] {
        for j in 0..<sizes[others[1]] {
          line.transform(&values, from: i * strides[others[0]] + j * strides[others[1]], step: strides[axis])
        }
      }
    }
  }
}

/// One line of a distance transform: the lower envelope of parabolas that stand on its places.
private struct ParabolaLine {
  private let spacing: Double
  private var heights: [Double]
  /// Places of the parabolas of the envelope, and where each begins to be the lowest, in voxels.
  private var places: [Int]
  private var starts: [Double]

  init(count: Int, spacing: Double) {
    self.spacing = spacing
    heights = [Double](repeating: 0, count: count)
    places = [Int](repeating: 0, count: count)
    starts = [Double](repeating: 0, count: count)
  }

  mutating func transform(_ values: inout [Double], from start: Int, step: Int) {
    for place in heights.indices { heights[place] = values[start + place * step] }
    let count = makeEnvelope()
    guard count > 0 else { return }
    var current = 0
    for place in heights.indices {
      while current + 1 < count && starts[current + 1] < Double(place) { current += 1 }
      let distance = Double(place - places[current]) * spacing
      values[start + place * step] = heights[places[current]] + distance * distance
    }
  }

  /// - Returns: how many parabolas the envelope has.
  private mutating func makeEnvelope() -> Int {
    var count = 0
    for place in heights.indices where heights[place].isFinite {
      var begin = -Double.infinity
      while count > 0 {
        begin = crossing(of: places[count - 1], and: place)
        if begin > starts[count - 1] { break }
        count -= 1
      }
      places[count] = place
      starts[count] = count == 0 ? -.infinity : begin
      count += 1
    }
    return count
  }

  /// Where two parabolas are equally high, in voxels.
  private func crossing(of a: Int, and b: Int) -> Double {
    let (x, y) = (Double(a), Double(b))
    let rise = (heights[b] - heights[a]) / (spacing * spacing)
    return (rise + y * y - x * x) / (2 * (y - x))
  }
}
