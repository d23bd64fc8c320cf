import ElementaryFunctions
import Volumes

/// Features of a region's form, and of how its intensities lie in it (IBSI HCUG).
struct MorphologicalFeatures {
  private let region: RegionOfInterest
  private let intensityRegion: RegionOfInterest
  private let intensities: [Double]
  private let mesh: SurfaceMesh
  private let axes: [Double]

  /// - Parameters:
  ///   - region: the morphological mask.
  ///   - intensityRegion: the intensity mask, in the same box.
  ///   - intensities: of the intensity mask in scan order.
  init(_ region: RegionOfInterest, intensityRegion: RegionOfInterest, intensities: [Double]) {
    self.region = region
    self.intensityRegion = intensityRegion
    self.intensities = intensities
    mesh = SurfaceMesh(region)
    axes = PrincipalAxes(region, isUnbiased: true).lengths
  }

  /// All features by their tags.
  func taggedValues() -> [NamedValue] {
    meshValues() + axisValues() + boxDensities() + hullDensities()
      + [NamedValue("morph_com", centreOfMassShift)] + intensityValues()
  }

  private func meshValues() -> [NamedValue] {
    let (area, volume) = (mesh.area, mesh.volume)
    let sphereArea = Elementary.pow(36 * Double.pi * (volume * volume), 1 / 3)
    return [
      NamedValue("morph_volume", volume),
      NamedValue("morph_vol_approx", Double(region.voxelCount) * region.voxelVolume),
      NamedValue("morph_area_mesh", area),
      NamedValue("morph_av", area / volume),
      NamedValue("morph_comp_1", volume / (area * area.squareRoot() * Double.pi.squareRoot())),
      NamedValue("morph_comp_2", 36 * Double.pi * (volume * volume) / (area * area * area)),
      NamedValue("morph_sph_dispr", area / sphereArea),
      NamedValue("morph_sphericity", sphereArea / area),
      NamedValue("morph_asphericity", area / sphereArea - 1),
      NamedValue("morph_diam", mesh.diameters.spatial),
    ]
  }

  private func axisValues() -> [NamedValue] {
    [
      NamedValue("morph_pca_maj_axis", axes[0]),
      NamedValue("morph_pca_min_axis", axes[1]),
      NamedValue("morph_pca_least_axis", axes[2]),
      NamedValue("morph_pca_elongation", axes[1] / axes[0]),
      NamedValue("morph_pca_flatness", axes[2] / axes[0]),
    ] + densities("aee", Ellipsoid(semiAxes: axes.map { $0 / 2 }))
  }

  private func boxDensities() -> [NamedValue] {
    let size = region.box.size
    let edges = SIMD3(Double(size.x), Double(size.y), Double(size.z)) * region.spacingInMillimetres
    return densities("aabb", Cuboid(edges: edges))
  }

  private func hullDensities() -> [NamedValue] {
    let hull = ConvexHull(mesh.diameters.corners)
    let scale = region.spacingInMillimetres / 2
    return densities("conv_hull", HullMeasure(hull, scale: scale))
      + densities("ombb", OrientedBox.smallest(around: hull, scale: scale))
      + densities("mvee", Ellipsoid(enclosing: hull.vertices.map { SIMD3<Double>($0) * scale }))
  }

  /// Ratios of the mesh's volume and area to those of a body.
  private func densities(_ name: String, _ body: some Body) -> [NamedValue] {
    [
      NamedValue("morph_vol_dens_\(name)", mesh.volume / body.volume),
      NamedValue("morph_area_dens_\(name)", mesh.area / body.area),
    ]
  }

  /// Distance between the middle of the form and the middle of the intensities (KLMA).
  private var centreOfMassShift: Double {
    let form = weightedSum(region.runs) { _ in 1 } / Double(region.voxelCount)
    let mass = intensities.reduce(0, +)
    let weighted = weightedSum(intensityRegion.runs) { intensities[$0] } / mass
    let shift = (form - weighted) * region.spacingInMillimetres
    return (shift * shift).sum().squareRoot()
  }

  /// Sum of voxel positions times their weights; the argument is the voxel's place in scan order.
  private func weightedSum(_ runs: [VoxelRun], _ weight: (Int) -> Double) -> SIMD3<Double> {
    var sum = SIMD3<Double>(0, 0, 0)
    var next = 0
    for run in runs {
      for x in run.x..<run.x + run.count {
        sum += SIMD3(Double(x), Double(run.y), Double(run.z)) * weight(next)
        next += 1
      }
    }
    return sum
  }

  private func intensityValues() -> [NamedValue] {
    let mean = intensities.reduce(0, +) / Double(intensities.count)
    let correlation = SpatialAutocorrelation(intensityRegion, intensities)
    return [
      NamedValue("morph_integ_int", mesh.volume * mean),
      NamedValue("morph_moran_i", correlation.moransI),
      NamedValue("morph_geary_c", correlation.gearysC),
    ]
  }
}

/// A solid that a region is compared with.
protocol Body {
  /// In mm³.
  var volume: Double { get }
  /// In mm².
  var area: Double { get }
}

/// A box with right angles.
struct Cuboid: Body {
  /// In millimetres.
  let edges: SIMD3<Double>

  var volume: Double { edges.x * edges.y * edges.z }
  var area: Double { 2 * (edges.x * edges.y + edges.y * edges.z + edges.z * edges.x) }
}

/// Volume and area of a convex hull.
struct HullMeasure: Body {
  let volume: Double
  let area: Double

  /// - Parameter scale: millimetres of a unit of the hull's coordinates along each axis.
  init(_ hull: ConvexHull, scale: SIMD3<Double>) {
    volume = Double(hull.sixfoldVolume) / 6 * (scale.x * scale.y * scale.z)
    area = hull.facets.reduce(0) { sum, facet in
      let normal = hull.areaNormal(of: facet, scale: scale)
      return sum + (normal * normal).sum().squareRoot()
    }
  }
}
