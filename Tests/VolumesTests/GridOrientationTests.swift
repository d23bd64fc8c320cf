import Testing
import Volumes

@Suite struct `The orientation of a grid` {
  /// All 48 ways to store a grid whose axes are the patient's: which axis comes where, and which of them are reversed.
  static let arrangements: [(axes: [Int], isReversed: [Bool])] = [
    [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0],
  ].flatMap { axes in (0..<8).map { bits in (axes, (0..<3).map { bits >> $0 & 1 == 1 }) } }

  /// An image of the patient's space, 5 x 4 x 3 voxels along left, back and head, as it is stored in one of the 48 ways.
  private static func stored(_ arrangement: (axes: [Int], isReversed: [Bool])) -> Volume {
    let (sizes, spacing) = ([5, 4, 3], [0.5, 1.25, 3])
    let count = arrangement.axes.map { sizes[$0] }
    var (origin, directions) = (SIMD3(10.0, -20, 30), [SIMD3<Double>](repeating: .zero, count: 3))
    for (axis, patient) in arrangement.axes.enumerated() {
      directions[axis][patient] = arrangement.isReversed[axis] ? -1 : 1
      if arrangement.isReversed[axis] { origin[patient] += spacing[patient] * Double(sizes[patient] - 1) }
    }
    var voxels: [Double] = []
    for k in 0..<count[2] {
      for j in 0..<count[1] {
        for i in 0..<count[0] {
          var place = [0, 0, 0]
          for (axis, index) in [i, j, k].enumerated() {
            place[arrangement.axes[axis]] = arrangement.isReversed[axis] ? count[axis] - 1 - index : index
          }
          voxels.append(Double(place[0] + 10 * place[1] + 100 * place[2]))
        }
      }
    }
    return Volume(
      geometry: GridGeometry(
        size: GridSize(x: count[0], y: count[1], z: count[2]),
        spacingInMillimetres: SIMD3(
          arrangement.axes.map { spacing[$0] }[0], arrangement.axes.map { spacing[$0] }[1],
          arrangement.axes.map { spacing[$0] }[2]),
        originInMillimetres: origin, directions: directions),
      voxels: voxels)
  }

  @Test func `is called as ITK and 3D Slicer call it`() {
    func name(_ directions: [SIMD3<Double>]) -> String {
      GridGeometry(size: GridSize(x: 2, y: 2, z: 2), directions: directions).orientation.name
    }
    #expect(name([[1, 0, 0], [0, 1, 0], [0, 0, 1]]) == "LPS")
    #expect(name([[-1, 0, 0], [0, -1, 0], [0, 0, 1]]) == "RAS")
    // A sagittal series: rows run to the back, columns to the feet, slices to the left.
    #expect(name([[0, 1, 0], [0, 0, -1], [1, 0, 0]]) == "PIL")
    #expect(name([[0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0, 1]]) == "LPS")
    // Two axes are closest to the same one of the patient: the closer one has it.
    #expect(name([[0.6, 0.48, 0.64], [-0.8, 0.36, 0.48], [0, -0.8, 0.6]]) == "SRA")
  }

  @Test func `does not matter once the axes are in the patient's order`() {
    let plain = Self.stored(Self.arrangements[0])
    var names: Set<String> = []
    for arrangement in Self.arrangements {
      let image = Self.stored(arrangement)
      names.insert(image.geometry.orientation.name)
      let ordered = image.inPatientOrder
      #expect(ordered.voxels == plain.voxels && ordered.geometry == plain.geometry)
      let mask = Mask(geometry: image.geometry, voxels: image.voxels.map { UInt8(Int($0) % 2) })
      #expect(mask.inPatientOrder.voxels == plain.voxels.map { UInt8(Int($0) % 2) })
      // The sign of a zero would tell how the image was stored.
      #expect(
        ordered.geometry.directions.allSatisfy { direction in
          (0..<3).allSatisfy { direction[$0].sign == .plus }
        })
    }
    #expect(names.count == 48)
  }

  @Test func `puts the axis of the largest spacing last without turning the others`() {
    let sagittal = Self.stored(([1, 2, 0], [false, true, false]))
    #expect(sagittal.geometry.spacingInMillimetres == [1.25, 3, 0.5])
    let slices = sagittal.coarsestAxisLast
    #expect(slices.geometry.spacingInMillimetres == [1.25, 0.5, 3])
    #expect(slices.geometry.size == GridSize(x: 4, y: 5, z: 3))
    #expect(slices.inPatientOrder.voxels == sagittal.inPatientOrder.voxels)
  }

  @Test func `of a picture stays as it is`() {
    let picture = GridGeometry(
      size: GridSize(x: 3, y: 2, z: 1), directions: [[-1, 0, 0], [0, -1, 0], [0, 0, 1]], dimension: 2)
    #expect(picture.inPatientOrder == picture && picture.orientation.name == "LPS")
  }
}
