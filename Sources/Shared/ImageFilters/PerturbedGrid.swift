import ElementaryFunctions
import Volumes

extension GridGeometry {
  /// The grid moved by a fraction of a voxel along each of its axes and turned about a point in the plane of its slices: where image
  /// and region are sampled as if the patient had lain a little otherwise (Zwanenburg et al. 2019, doi:10.1038/s41598-018-36938-4).
  /// - Parameters:
  ///   - translation: in voxels. A picture has no third axis to be moved along.
  ///   - degrees: from the first axis to the second.
  ///   - centre: in mm.
  public func perturbed(
    translation: Double, rotation degrees: Double, about centre: SIMD3<Double>
  ) -> GridGeometry {
    var grid = self
    let shift = SIMD3(translation, translation, dimension == 2 ? 0 : translation)
    let index = degrees == 0 ? SIMD3<Double>.zero : index(atPoint: centre)
    if degrees != 0 {
      let angle = degrees * .pi / 180
      let (cosine, sine) = (Elementary.cos(angle), Elementary.sin(angle))
      grid.directions[0] = cosine * directions[0] + sine * directions[1]
      grid.directions[1] = cosine * directions[1] - sine * directions[0]
    }
    grid.originInMillimetres = degrees == 0 ? originInMillimetres : centre
    grid.originInMillimetres = grid.point(atIndex: shift - index)
    return grid
  }
}

extension Volume {
  /// The image on a perturbed grid of its own size. Beyond its edges the nearest voxel goes on, so that neither filters nor statistics
  /// of the whole image see an edge that is not there.
  ///
  /// Values of integer images are rounded to the nearest.
  /// - Throws: `nonFiniteVoxel` for a B-spline, whose coefficients depend on whole lines.
  public func sampled(
    onPerturbed grid: GridGeometry, by interpolator: Interpolator = .bSpline
  ) throws(ImageFilterError) -> Volume {
    let samples = try InterpolationSource(StoredVolume(self), for: grid, interpolator)
    var result = [Double](repeating: .nan, count: grid.size.voxelCount)
    let sampler = LineSampler(from: grid, to: geometry, kernel: InterpolationKernel(interpolator))
    let isFraction = sampleType == .float32 || sampleType == .float64
    samples.withValues { value in
      for line in 0..<grid.size.y * grid.size.z {
        let row = line * grid.size.x
        sampler.forEachVoxel(ofLine: line) { x, place in
          let found = value(place)
          result[row + x] = sampleType.stored(isFraction ? found : found.rounded())
        }
      }
    }
    let mapping = IndexMapping(from: grid, to: geometry)
    for place in result.indices where result[place].isNaN {
      let (x, rest) = (place % grid.size.x, place / grid.size.x)
      let index = mapping([Double(x), Double(rest % grid.size.y), Double(rest / grid.size.y)])
      result[place] = voxels[nearestOffset(index)]
    }
    return Volume(geometry: grid, sampleType: sampleType, voxels: result)
  }

  /// Position in memory of the voxel that is nearest to an index, inside or outside.
  private func nearestOffset(_ index: SIMD3<Double>) -> Int {
    func clamped(_ value: Double, _ count: Int) -> Int {
      Int(min(max(value.rounded(), 0), Double(count - 1)))
    }
    let size = geometry.size
    return size.offset(
      x: clamped(index.x, size.x), y: clamped(index.y, size.y), z: clamped(index.z, size.z))
  }
}

extension Mask {
  /// The region on a perturbed grid: what trilinear interpolation makes at least half a voxel.
  /// - Returns: `nil` where a voxel of the region leaves the grid, and where no voxel is left.
  public func sampled(onPerturbed grid: GridGeometry) throws(ImageFilterError) -> Mask? {
    guard let box = boundingBox, stays(box, within: grid) else { return nil }
    let region = Volume(geometry: geometry, voxels: voxels.map(Double.init))
    let shares = try region.resampled(onto: grid, by: .linear)
    let mask = Mask(geometry: grid, voxels: shares.voxels.map { $0 >= 0.5 ? 1 : 0 })
    return mask.boundingBox == nil ? nil : mask
  }

  /// Whether the centre of each voxel of the region lies in a voxel of the grid.
  private func stays(_ box: VoxelBox, within grid: GridGeometry) -> Bool {
    let mapping = IndexMapping(from: geometry, to: grid)
    let last = SIMD3(Double(grid.size.x), Double(grid.size.y), Double(grid.size.z)) - 0.5
    for z in box.z {
      for y in box.y {
        for x in box.x where voxels[geometry.size.offset(x: x, y: y, z: z)] == 1 {
          let index = mapping([Double(x), Double(y), Double(z)])
          for axis in 0..<geometry.dimension where index[axis] < -0.5 || index[axis] > last[axis] {
            return false
          }
        }
      }
    }
    return true
  }
}
