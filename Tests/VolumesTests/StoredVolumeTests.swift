import Testing
import Volumes

/// Bytes of numbers, as a file has them.
private func bytes<T: FixedWidthInteger>(_ numbers: [T], bigEndian: Bool = false) -> ArraySlice<UInt8> {
  // Behind a header of one byte, so that nothing is aligned.
  ([255]
    + numbers.flatMap {
      unsafe withUnsafeBytes(of: bigEndian ? $0.bigEndian : $0.littleEndian) { unsafe Array($0) }
    })[1...]
}

@Suite struct `A stored image` {
  private static let geometry = GridGeometry(
    size: GridSize(x: 3, y: 2, z: 2), originInMillimetres: [1, 2, 3],
    directions: [[0, -1, 0], [1, 0, 0], [0, 0, -1]])
  private static let numbers: [Int16] = [0, 1, -2, 3, 400, -5, 32_767, -32_768, 8, 9, 10, 11]

  private func stored(
    _ samples: ArraySlice<UInt8>, _ type: SampleType, bigEndian: Bool = false, scale: VoxelScale? = nil
  ) -> StoredVolume {
    StoredVolume(
      geometry: Self.geometry,
      samples: StoredSamples(samples, type: type, bigEndian: bigEndian, scale: scale))
  }

  @Test(arguments: [false, true])
  func `has the numbers of its file, whichever end comes first`(bigEndian: Bool) {
    let image = stored(bytes(Self.numbers, bigEndian: bigEndian), .int16, bigEndian: bigEndian)
    #expect(image.numbers == nil)
    #expect(image.converted.voxels == Self.numbers.map(Double.init))
    #expect(image.numbers == nil)
    #expect((0..<12).map { image[$0] } == Self.numbers.map(Double.init))
    #expect(image.volume.voxels == Self.numbers.map(Double.init))
    #expect(image.numbers == Self.numbers.map(Double.init))
  }

  @Test func `has numbers of every type`() {
    let whole: [Int] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 127]
    let expected = whole.map(Double.init)
    #expect(stored(bytes(whole.map(Int8.init)), .int8).volume.voxels == expected)
    #expect(stored(bytes(whole.map(UInt8.init)), .uint8).volume.voxels == expected)
    #expect(stored(bytes(whole.map(UInt16.init)), .uint16).volume.voxels == expected)
    #expect(stored(bytes(whole.map(Int32.init)), .int32).volume.voxels == expected)
    #expect(stored(bytes(whole.map(UInt32.init)), .uint32).volume.voxels == expected)
    #expect(stored(bytes(whole.map(Int64.init)), .int64).volume.voxels == expected)
    #expect(stored(bytes(whole.map(UInt64.init)), .uint64).volume.voxels == expected)
    #expect(
      stored(bytes(whole.map { (Float($0) / 3).bitPattern }), .float32).volume.voxels
        == whole.map { Double(Float($0) / 3) })
    #expect(
      stored(bytes(whole.map { (Double($0) / 3).bitPattern }), .float64).volume.voxels
        == whole.map { Double($0) / 3 })
  }

  @Test func `with a scale has its values in single precision, and is one of float32`() {
    let image = stored(bytes(Self.numbers), .int16, scale: VoxelScale(slope: 0.1, intercept: -1024))
    #expect(image.sampleType == .float32 && !image.isFinite && image.plainBytes(ofSlice: 0) == nil)
    #expect(image.volume.voxels == Self.numbers.map { Double(Float(Double($0) * 0.1 - 1024)) })
  }

  @Test func `shows any box of it as the whole does`() {
    let image = stored(bytes(Self.numbers), .int16)
    for box in [
      VoxelBox(x: 1..<3, y: 0..<2, z: 1..<2), VoxelBox(x: 0..<1, y: 1..<2, z: 0..<2),
      VoxelBox(x: 1..<1, y: 0..<2, z: 0..<2),
    ] {
      #expect(image.values(in: box) == StoredVolume(image.converted).values(in: box))
    }
    var slices: [[Double]] = []
    image.forEachSlice { slice in slices.append(slice.indices.map { slice[$0] }) }
    #expect(slices.flatMap(\.self) == Self.numbers.map(Double.init) && slices.count == 2)
  }

  @Test func `of slices that lie apart has what it has of one piece, along whichever axes`() {
    let scales: [VoxelScale?] = [nil, VoxelScale(slope: 0.3, intercept: -7, precision: .double)]
    let slices = (0..<2).map { z in
      StoredSamples(
        bytes(Array(Self.numbers[z * 6..<z * 6 + 6]), bigEndian: z == 1), type: .int16, bigEndian: z == 1,
        scale: scales[z])
    }
    let values = Self.numbers.enumerated().map {
      $0.offset < 6 ? Double($0.element) : 0.3 * Double($0.element) + -7
    }
    for directions: [SIMD3<Double>] in [
      [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, -1, 0], [1, 0, 0], [0, 0, -1]],
      [[0, 0, -1], [1, 0, 0], [0, -1, 0]],
      [[0, 1, 0], [0, 0, 1], [1, 0, 0]], [[0, 0, 1], [0, -1, 0], [1, 0, 0]],
    ] {
      let geometry = GridGeometry(size: Self.geometry.size, directions: directions)
      let image = StoredVolume(geometry: geometry, slices: slices, sampleType: .float64)
      let whole = Volume(geometry: geometry, sampleType: .float64, voxels: values)
      #expect(image.isFinite && image.numbers == nil && image.sampleType == .float64)
      #expect(image.converted.voxels == values)
      let (turned, expected) = (image.inPatientOrder, whole.inPatientOrder)
      #expect(turned.geometry == expected.geometry && turned.converted.voxels == expected.voxels)
      #expect((0..<12).map { turned[$0] } == expected.voxels)
      let size = expected.geometry.size
      let box = VoxelBox(x: 0..<size.x, y: size.y - 1..<size.y, z: 0..<1)
      #expect(turned.values(in: box) == StoredVolume(expected).values(in: box))
    }
  }

  @Test func `gives the bytes of a slice where they are the values`() {
    let plain = StoredSamples(bytes(Array(Self.numbers[..<6])), type: .int16, bigEndian: false, scale: nil)
    let scaled = StoredSamples(
      bytes(Array(Self.numbers[6...])), type: .int16, bigEndian: false,
      scale: VoxelScale(slope: 1, intercept: 1, precision: .double))
    let image = StoredVolume(geometry: Self.geometry, slices: [plain, scaled], sampleType: .int16)
    #expect(
      image.plainBytes(ofSlice: 0) == bytes(Array(Self.numbers[..<6])) && image.plainBytes(ofSlice: 1) == nil)
    let whole = stored(bytes(Self.numbers), .int16)
    #expect(whole.plainBytes(ofSlice: 1) == bytes(Array(Self.numbers[6...])))
    let wide = StoredVolume(geometry: Self.geometry, slices: [plain, plain], sampleType: .int32)
    #expect(wide.plainBytes(ofSlice: 0) == nil)
  }

  @Test func `is turned along the patient's axes as one of numbers is`() {
    let turned = stored(bytes(Self.numbers), .int16).inPatientOrder
    let expected = stored(bytes(Self.numbers), .int16).volume.inPatientOrder
    #expect(turned.numbers == nil && turned.plainBytes(ofSlice: 0) == nil)
    #expect(turned.geometry == expected.geometry && turned.geometry.size == GridSize(x: 2, y: 3, z: 2))
    #expect((0..<12).map { turned[$0] } == expected.voxels)
    #expect(turned.volume.voxels == expected.voxels)
    #expect(turned.inPatientOrder.volume.voxels == expected.voxels)
  }
}

@Suite struct `A map of labels` {
  private let geometry = GridGeometry(size: GridSize(x: 3, y: 2, z: 2))

  @Test(arguments: [1 as UInt32, 255, 256, .max])
  func `keeps the box of its labels, and gives all of them back`(label: UInt32) {
    var labels = [UInt32](repeating: 0, count: 12)
    (labels[4], labels[7]) = (label, 3)
    var map = LabelMap(geometry: geometry, labels: labels)
    #expect(map.box == VoxelBox(x: 1..<2, y: 0..<2, z: 0..<2))
    #expect(map.labels == labels && (0..<2).flatMap(map.slice) == labels)
    #expect(map.present() == [0, 3, label])
    #expect(map.mask(of: label).voxels == labels.map { $0 == label ? 1 : 0 })
    #expect(map.mask(of: 0).voxels == labels.map { $0 == 0 ? 1 : 0 })
    #expect(map.everyLabel.voxels == labels.map { $0 == 0 ? 0 : 1 })
    map.labels[0] = 2
    #expect(map.labels == [2] + labels.dropFirst() && map.present() == [0, 2, 3, label])
  }

  @Test func `is made of the values of an image, but for those that are no labels`() {
    func map(_ values: [Double], atMost limit: Int = 9) -> LabelMap? {
      LabelMap(StoredVolume(Volume(geometry: geometry, sampleType: .float64, voxels: values)), atMost: limit)
    }
    let values: [Double] = [0, 0, 0, 0, 7, 0, 0, 300, 300, 0, 0, 0]
    #expect(map(values)?.labels == values.map { UInt32($0) })
    #expect(map(values)?.box == VoxelBox(x: 1..<3, y: 0..<2, z: 0..<2))
    #expect(map(values, atMost: 1) == nil)
    #expect(map([Double](repeating: 0, count: 12))?.box == nil)
    for bad in [-1, 0.5, .nan, .infinity, 4_294_967_296] {
      #expect(map([bad] + values.dropFirst()) == nil)
    }
  }

  @Test func `without a label has no box`() {
    let map = LabelMap(geometry: geometry, labels: [UInt32](repeating: 0, count: 12))
    #expect(map.box == nil && map.present() == [0] && map.mask(of: 1).count == 0)
    #expect(map.labels == [UInt32](repeating: 0, count: 12) && map.slice(1).count == 6)
  }

  @Test func `that fills its grid has no background`() {
    let map = LabelMap(geometry: geometry, labels: [UInt32](repeating: 7, count: 12))
    #expect(map.present() == [7] && map.mask(of: 0).count == 0 && map.mask(of: 7).count == 12)
  }

  @Test(arguments: [false, true])
  func `is made of whole numbers of a file, but for those that are no labels`(bigEndian: Bool) {
    func map<T: FixedWidthInteger>(_ numbers: [T], _ type: SampleType) -> [UInt32]? {
      let samples = StoredSamples(
        bytes(numbers, bigEndian: bigEndian), type: type, bigEndian: bigEndian, scale: nil)
      return LabelMap(geometry: geometry, samples: samples)?.labels
    }
    let empty = [Int](repeating: 0, count: 11)
    #expect(map(([5] + empty).map(Int8.init), .int8) == ([5] + empty).map(UInt32.init))
    #expect(map((empty + [65_535]).map(UInt16.init), .uint16) == (empty + [65_535]).map(UInt32.init))
    #expect(
      map((empty + [4_294_967_295]).map(Int64.init), .int64) == (empty + [4_294_967_295]).map(UInt32.init))
    #expect(map((empty + [4_294_967_296]).map(UInt64.init), .uint64) == nil)
    #expect(map((empty + [-1]).map(Int16.init), .int16) == nil)
    #expect(map((empty + [1]).map { Float($0).bitPattern }, .float32) == nil)
  }
}
