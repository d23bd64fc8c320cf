import ElementaryFunctions
import Volumes

/// Mean intensities in spheres of 1 cm³ around voxels of a region (IBSI 9ST6).
///
/// A sphere holds all voxels of the image whose centres lie within its radius, also those outside the region;
/// beyond the image's border, and where a voxel is NaN or infinite, there is nothing. Rows of the image are
/// summed up once, so that a sphere costs two look-ups a row instead of one a voxel.
struct LocalIntensityPeak {
  /// Around the voxel with the highest intensity; of several the highest mean (VJGA).
  private(set) var local = -Double.infinity
  /// The highest mean of all voxels of the region (0F91).
  private(set) var global = -Double.infinity

  /// - Parameters:
  ///   - image: on the grid of the region's mask.
  ///   - intensities: of the region's voxels in scan order.
  init(image: Volume, region: RegionOfInterest, intensities: [Double]) {
    let radius = 10 * Elementary.pow(3 / (4 * Double.pi), 1 / 3)
    let sphere = Sphere(radius: radius, spacing: region.spacingInMillimetres, within: image.geometry.size)
    let rows = RowSums(image, around: region.box, reach: sphere.reach)
    let highest = intensities.max() ?? 0
    var next = 0
    for run in region.runs {
      for x in run.x..<run.x + run.count {
        let mean = rows.mean(
          in: sphere, x: Int(x) + region.box.x.lowerBound, y: Int(run.y) + region.box.y.lowerBound,
          z: Int(run.z) + region.box.z.lowerBound)
        global = max(global, mean)
        if intensities[next] == highest { local = max(local, mean) }
        next += 1
      }
    }
  }
}

/// A sphere on a grid, as rows of voxels along x.
private struct Sphere {
  struct Row {
    var y: Int
    var z: Int
    /// Number of voxels on either side of the middle one.
    var half: Int
  }

  private(set) var rows: [Row] = []
  /// Number of voxels from the centre to the farthest one along each axis.
  let reach: SIMD3<Int>

  init(radius: Double, spacing: SIMD3<Double>, within size: GridSize) {
    let square = radius * radius
    // No further than the image reaches, whatever its spacing.
    func halfWidth(_ left: Double, _ spacing: Double, _ extent: Int) -> Int {
      Int(min((left.squareRoot() / spacing).rounded(.down), Double(extent)))
    }
    reach = SIMD3(
      halfWidth(square, spacing.x, size.x), halfWidth(square, spacing.y, size.y),
      halfWidth(square, spacing.z, size.z))
    for z in -reach.z...reach.z {
      for y in -reach.y...reach.y {
        let (dy, dz) = (Double(y) * spacing.y, Double(z) * spacing.z)
        let left = square - dy * dy - dz * dz
        if left >= 0 { rows.append(Row(y: y, z: z, half: halfWidth(left, spacing.x, size.x))) }
      }
    }
  }
}

/// Sums of intensities along rows, from the row's start to each voxel.
private struct RowSums {
  private let box: VoxelBox
  private var sums: [Double] = []
  private var counts: [Int32] = []

  init(_ image: Volume, around region: VoxelBox, reach: SIMD3<Int>) {
    let size = image.geometry.size
    func widened(_ range: Range<Int>, _ reach: Int, _ extent: Int) -> Range<Int> {
      max(0, range.lowerBound - reach)..<min(extent, range.upperBound + reach)
    }
    box = VoxelBox(
      x: widened(region.x, reach.x, size.x), y: widened(region.y, reach.y, size.y),
      z: widened(region.z, reach.z, size.z))
    for z in box.z {
      for y in box.y {
        var (sum, count) = (0.0, Int32(0))
        sums.append(0)
        counts.append(0)
        for value in image.voxels[size.offset(x: box.x.lowerBound, y: y, z: z)...].prefix(box.x.count) {
          if value.isFinite {
            sum += value
            count += 1
          }
          sums.append(sum)
          counts.append(count)
        }
      }
    }
  }

  /// Mean intensity of a sphere around a voxel, in coordinates of the image.
  func mean(in sphere: Sphere, x: Int, y: Int, z: Int) -> Double {
    let width = box.x.count + 1
    var (sum, count) = (0.0, 0)
    for row in sphere.rows where box.y.contains(y + row.y) && box.z.contains(z + row.z) {
      let line = (z + row.z - box.z.lowerBound) * box.y.count + y + row.y - box.y.lowerBound
      let first = line * width + max(x - row.half, box.x.lowerBound) - box.x.lowerBound
      let last = line * width + min(x + row.half + 1, box.x.upperBound) - box.x.lowerBound
      sum += sums[last] - sums[first]
      count += Int(counts[last] - counts[first])
    }
    return sum / Double(count)
  }
}
