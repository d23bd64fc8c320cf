/// Which way the axes of a grid run in the patient: for each axis of the grid the axis of the patient that it is closest to.
public struct GridOrientation: Hashable, Sendable {
  /// For each axis of the grid the patient's: 0 for right to left, 1 for front to back, 2 for feet to head.
  public let patientAxes: [Int]
  /// For each axis of the grid whether it runs against the patient's.
  public let isReversed: [Bool]

  /// The orientation of three directions at right angles, in LPS coordinates.
  ///
  /// The largest of the nine cosines decides first, then the largest of the four that are left, as ITK's `DICOMOrientImageFilter`
  /// does, so that no two axes of an oblique grid are given to one axis of the patient.
  init(of directions: [SIMD3<Double>]) {
    var (axes, reversed) = ([0, 0, 0], [false, false, false])
    var (freeOfGrid, freeOfPatient) = ([0, 1, 2], [0, 1, 2])
    while let firstOfGrid = freeOfGrid.first, let firstOfPatient = freeOfPatient.first {
      var (grid, patient) = (firstOfGrid, firstOfPatient)
      for g in freeOfGrid {
        for p in freeOfPatient where abs(directions[g][p]) > abs(directions[grid][patient]) {
          (grid, patient) = (g, p)
        }
      }
      axes[grid] = patient
      reversed[grid] = directions[grid][patient] < 0
      freeOfGrid.removeAll { $0 == grid }
      freeOfPatient.removeAll { $0 == patient }
    }
    (patientAxes, isReversed) = (axes, reversed)
  }

  /// Along x, y and z to the patient's left, back and head: DICOM's and ITK's axes.
  public static let lps = GridOrientation(of: GridGeometry.axisAligned)

  /// Three letters, each the side of the patient to which an axis runs (left, right, posterior, anterior, superior, inferior),
  /// as `LPS`; as ITK's and 3D Slicer's names of spaces, and the opposite of those that say where an axis comes from.
  public var name: String {
    String(zip(patientAxes, isReversed).map { axis, isReversed in Array(isReversed ? "RAI" : "LPS")[axis] })
  }
}

extension GridGeometry {
  /// Which way the axes run in the patient. A picture has no patient: its axes are taken to run as they are.
  public var orientation: GridOrientation { dimension == 2 ? .lps : GridOrientation(of: directions) }

  /// The same voxels with axes that run along the patient's as closely as they can: x to the left, y to the back, z to the
  /// head. Nothing is interpolated: axes change places and directions, and an oblique grid stays oblique.
  public var inPatientOrder: GridGeometry { arranged(patientOrder) }

  /// How the axes come to run along the patient's.
  fileprivate var patientOrder: AxisArrangement {
    let orientation = orientation
    var order = AxisArrangement.asTheyAre
    for (axis, patientAxis) in orientation.patientAxes.enumerated() {
      order.axes[patientAxis] = axis
      order.isReversed[patientAxis] = orientation.isReversed[axis]
    }
    return order
  }

  /// How the axis of the largest spacing comes to be the third, the others keeping their order: the one across the slices of
  /// most images, whichever way they were stored. Of equal spacings the last is the largest.
  fileprivate var coarsestLast: AxisArrangement {
    let spacing = spacingInMillimetres
    var order = AxisArrangement.asTheyAre
    let coarsest = (0..<3).reduce(0) { spacing[$1] >= spacing[$0] ? $1 : $0 }
    order.axes = (0..<3).filter { $0 != coarsest } + [coarsest]
    return order
  }

  fileprivate func arranged(_ order: AxisArrangement) -> GridGeometry {
    guard order != .asTheyAre else { return self }
    var arranged = self
    let sizes = [size.x, size.y, size.z]
    arranged.size = GridSize(x: sizes[order.axes[0]], y: sizes[order.axes[1]], z: sizes[order.axes[2]])
    for (target, axis) in order.axes.enumerated() {
      let direction = directions[axis]
      arranged.spacingInMillimetres[target] = spacingInMillimetres[axis]
      // 0 - 0 is no negative zero, which would tell the way of storing.
      arranged.directions[target] = order.isReversed[target] ? SIMD3(repeating: 0) - direction : direction
      if order.isReversed[target] {
        arranged.originInMillimetres += direction * (spacingInMillimetres[axis] * Double(sizes[axis] - 1))
      }
    }
    return arranged
  }
}

/// Where the axes of an arranged grid come from.
private struct AxisArrangement: Equatable {
  /// For each axis of the new grid the axis of the old one.
  var axes: [Int]
  /// For each axis of the new grid whether it runs against the old one.
  var isReversed: [Bool]

  static let asTheyAre = AxisArrangement(axes: [0, 1, 2], isReversed: [false, false, false])

  /// The voxels of a grid of this size in their new order.
  func arranged<Value>(_ voxels: [Value], of size: GridSize) -> [Value] {
    let (sizes, strides) = ([size.x, size.y, size.z], [1, size.x, size.x * size.y])
    let count = axes.map { sizes[$0] }
    let step = zip(axes, isReversed).map { $1 ? -strides[$0] : strides[$0] }
    let start = zip(axes, isReversed).reduce(0) { $1.1 ? $0 + strides[$1.0] * (sizes[$1.0] - 1) : $0 }
    return unsafe voxels.withUnsafeBufferPointer { source in
      unsafe [Value](unsafeUninitializedCapacity: voxels.count) { target, filled in
        for z in 0..<count[2] {
          for y in 0..<count[1] {
            let row = start + z * step[2] + y * step[1]
            for x in 0..<count[0] {
              unsafe target.initializeElement(at: filled &+ x, to: source[row &+ x &* step[0]])
            }
            filled += count[0]
          }
        }
      }
    }
  }
}

extension Volume {
  /// The same image on `geometry.inPatientOrder`.
  public var inPatientOrder: Volume { arranged(geometry.patientOrder) }

  /// The same image with the axis of the largest spacing as the third.
  public var coarsestAxisLast: Volume { arranged(geometry.coarsestLast) }

  private func arranged(_ order: AxisArrangement) -> Volume {
    guard order != .asTheyAre else { return self }
    return Volume(
      geometry: geometry.arranged(order), sampleType: sampleType,
      voxels: order.arranged(voxels, of: geometry.size))
  }
}

extension Mask {
  /// The same region on `geometry.inPatientOrder`.
  public var inPatientOrder: Mask { arranged(geometry.patientOrder) }

  /// The same region with the axis of the largest spacing as the third.
  public var coarsestAxisLast: Mask { arranged(geometry.coarsestLast) }

  private func arranged(_ order: AxisArrangement) -> Mask {
    guard order != .asTheyAre else { return self }
    return Mask(geometry: geometry.arranged(order), voxels: order.arranged(voxels, of: geometry.size))
  }
}

extension StoredVolume {
  /// The same image on `geometry.inPatientOrder`; its voxels stay where they are in memory.
  package var inPatientOrder: StoredVolume {
    let order = geometry.patientOrder
    guard order != .asTheyAre else { return self }
    return arranged(axes: order.axes, isReversed: order.isReversed, on: geometry.arranged(order)) {
      order.arranged($0, of: geometry.size)
    }
  }
}
