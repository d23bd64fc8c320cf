import ElementaryFunctions
import Volumes

/// Form of a region in three dimensions.
public struct ShapeClass: FeatureClassDefinition {
  public static let name = "shape"
  public static let isStandard = true
  public static let isShape = true
  public static let standardFeatures = [
    "Elongation", "Flatness", "LeastAxisLength", "MajorAxisLength", "Maximum2DDiameterColumn",
    "Maximum2DDiameterRow", "Maximum2DDiameterSlice", "Maximum3DDiameter", "MeshVolume", "MinorAxisLength",
    "Sphericity", "SurfaceArea", "SurfaceVolumeRatio", "VoxelVolume",
  ]
  public static let deprecatedFeatures = ["Compactness1", "Compactness2", "SphericalDisproportion"]

  /// The class, which has no settings of its own.
  public init() {}

  public func unavailability(in region: RegionOfInterest, _ settings: RadiomicsSettings) -> String? {
    region.dimension == 3 ? nil : "shape needs a 3D image; for a 2D image ask for shape2D"
  }

  public func values(of region: RegionFeatures, names: [String]) throws(RadiomicsError) -> [NamedValue] {
    region.region.spatialShapeValues()
  }
}

/// Form of a region of one slice.
public struct PlanarShapeClass: FeatureClassDefinition {
  public static let name = "shape2D"
  public static let isShape = true
  public static let standardFeatures = [
    "Elongation", "MajorAxisLength", "MaximumDiameter", "MeshSurface", "MinorAxisLength", "Perimeter",
    "PerimeterSurfaceRatio", "PixelSurface", "Sphericity",
  ]
  public static let deprecatedFeatures = ["SphericalDisproportion"]

  /// The class, which has no settings of its own.
  public init() {}

  public func unavailability(in region: RegionOfInterest, _ settings: RadiomicsSettings) -> String? {
    if region.dimension == 2 { return nil }
    guard settings.force2D else { return "shape2D of a 3D image needs force2D: true" }
    let size = region.box.size
    let extent = [size.z, size.y, size.x][settings.force2Ddimension]
    return extent == 1
      ? nil
      : "shape2D needs a region of one slice; it has \(extent) along force2Ddimension "
        + "\(settings.force2Ddimension)"
  }

  public func values(of region: RegionFeatures, names: [String]) throws(RadiomicsError) -> [NamedValue] {
    let isPicture = region.region.dimension == 2
    return region.region.planarShapeValues(across: isPicture ? 0 : region.settings.force2Ddimension)
  }
}

extension FeatureClass {
  /// Form of a region in three dimensions.
  public static let shape = FeatureClass(ShapeClass.self)
  /// Form of a region of one slice.
  public static let shape2D = FeatureClass(PlanarShapeClass.self)
}

extension RegionOfInterest {
  /// Volume of one voxel in mm³ (in 2D: area in mm², the third spacing being 1).
  var voxelVolume: Double { spacingInMillimetres.x * spacingInMillimetres.y * spacingInMillimetres.z }

  /// The axis that neighbours may not move along: 0 is z, 1 is y, 2 is x; `nil` when there is none.
  ///
  /// A 2D image has one plane, and `force2D` changes nothing. (PyRadiomics 3.0.1 then counts axes from y and
  /// looks for neighbours along x only.)
  func excludedAxis(_ settings: RadiomicsSettings) -> Int? {
    settings.force2D && dimension == 3 ? settings.force2Ddimension : nil
  }

  /// Features of a region's form in space, deprecated ones too.
  fileprivate func spatialShapeValues() -> [NamedValue] {
    let mesh = SurfaceMesh(self)
    let (area, volume) = (mesh.area, mesh.volume)
    let sphereArea = Elementary.pow(36 * Double.pi * (volume * volume), 1 / 3)
    return axisValues() + [
      NamedValue("MeshVolume", volume),
      NamedValue("VoxelVolume", Double(voxelCount) * voxelVolume),
      NamedValue("SurfaceArea", area),
      NamedValue("SurfaceVolumeRatio", area / volume),
      NamedValue("Sphericity", sphereArea / area),
      NamedValue("SphericalDisproportion", area / sphereArea),
      NamedValue("Compactness1", volume / (area * area.squareRoot() * Double.pi.squareRoot())),
      NamedValue("Compactness2", 36 * Double.pi * (volume * volume) / (area * area * area)),
      NamedValue("Maximum3DDiameter", mesh.diameters.spatial),
      NamedValue("Maximum2DDiameterSlice", mesh.diameters.slice),
      NamedValue("Maximum2DDiameterColumn", mesh.diameters.column),
      NamedValue("Maximum2DDiameterRow", mesh.diameters.row),
    ]
  }

  /// Axis lengths (IBSI TDIC, P9VJ, 7J51), elongation (Q3CK) and flatness (N17B).
  private func axisValues() -> [NamedValue] {
    let lengths = PrincipalAxes(self).lengths
    return [
      NamedValue("MajorAxisLength", lengths[0]),
      NamedValue("MinorAxisLength", lengths[1]),
      NamedValue("LeastAxisLength", lengths[2]),
      NamedValue("Elongation", lengths[1] / lengths[0]),
      NamedValue("Flatness", lengths[2] / lengths[0]),
    ]
  }

  /// Features of a region of one slice; the axis across it is 0 (z), 1 (y) or 2 (x).
  fileprivate func planarShapeValues(across: Int) -> [NamedValue] {
    let outline = PlanarOutline(self, across: across)
    let lengths = PrincipalAxes(self).lengths
    let sphericity = 2 * (Double.pi * outline.area).squareRoot() / outline.perimeter
    return [
      NamedValue("MeshSurface", outline.area),
      NamedValue("PixelSurface", Double(voxelCount) * outline.pixelArea),
      NamedValue("Perimeter", outline.perimeter),
      NamedValue("PerimeterSurfaceRatio", outline.perimeter / outline.area),
      NamedValue("Sphericity", sphericity),
      NamedValue("SphericalDisproportion", 1 / sphericity),
      NamedValue("MaximumDiameter", outline.diameter),
      NamedValue("MajorAxisLength", lengths[0]),
      NamedValue("MinorAxisLength", lengths[1]),
      NamedValue("Elongation", lengths[1] / lengths[0]),
    ]
  }
}
