import CNeuralKernels
import Volumes

/// The first layers of a network of volumes: 7 x 7 x 7 convolution with stride 2 of one channel, ReLU, 3 x 3 x 3 maximum
/// with stride 2. Three planes of the convolution are held at a time.
struct VolumeStem {
  /// Where the layers work for one size of volume.
  struct Space: Sendable {
    /// The volume with a border of three zeros.
    let image: VolumeBuffer
    let pooled: VolumeBuffer
    /// Of the convolution's result.
    fileprivate let size: GridSize
    fileprivate let rows: RowPlan
    /// Three planes in turn, each row with a voxel of zeros on both sides; then a row of zeros.
    fileprivate let planes: FixedArray<Float>
    fileprivate let row: FixedArray<Float>

    /// - Parameter border: of the pooled volume.
    init(size: GridSize, border: Int) throws(NeuralNetError) {
      image = try VolumeBuffer(size, channels: 1, border: 3)
      self.size = size.halved
      pooled = try VolumeBuffer(self.size.halved, channels: VolumeStem.channels, border: border)
      let (half, layout) = (self.size, image.layout)
      let places = (0..<half.y).flatMap { y in (0..<half.x).map { x in (x: x, y: y) } }
      rows = try RowPlan(
        inputs: places.map { layout.offset(x: 2 * $0.x, y: 2 * $0.y, z: 0) },
        outputs: places.map { ($0.y * (half.x + 2) + $0.x + 1) * VolumeStem.channels })
      planes = try FixedArray(count: (3 * half.y + 1) * (half.x + 2) * VolumeStem.channels)
      row = try FixedArray(count: pooled.layout.size.x * VolumeStem.channels)
    }

    fileprivate var rowStride: Int { (size.x + 2) * VolumeStem.channels }
    fileprivate var planeStride: Int { size.y * rowStride }
  }

  private static let channels = 64
  private let filters: VolumeFilters

  init(_ folded: FoldedConvolution) throws(NeuralNetError) {
    precondition(
      folded.side == 7 && folded.inputs == 1 && folded.outputs == Self.channels, "this is not the stem")
    filters = try VolumeFilters(folded)
  }

  /// Applies the layers to a volume, rows first.
  func apply(_ kernels: neural_kernels, to volume: [Float], _ space: Space) {
    fill(space.image, with: volume)
    let (size, pooled) = (space.size, space.pooled.layout.size)
    for z in 0..<pooled.z {
      let planes = max(2 * z - 1, 0)...min(2 * z + 1, size.z - 1)
      // The plane before the first of these is there already.
      for plane in planes where z == 0 || plane >= 2 * z { convolve(kernels, plane: plane, space) }
      for y in 0..<pooled.y { pool(kernels, row: y, plane: z, of: planes, space) }
    }
  }

  private func convolve(_ kernels: neural_kernels, plane: Int, _ space: Space) {
    unsafe filters.apply(
      kernels, space.rows, count: space.size.x * space.size.y,
      from: space.image.values.start + 2 * plane * space.image.layout.planeStride, space.image.layout,
      to: space.planes.start + plane % 3 * space.planeStride, adds: false, rectify: true)
  }

  private func pool(
    _ kernels: neural_kernels, row y: Int, plane z: Int, of planes: ClosedRange<Int>, _ space: Space
  ) {
    let zeros = unsafe space.planes.start + 3 * space.planeStride
    let layout = space.pooled.layout
    let target = unsafe space.pooled.values.start + layout.offset(x: 0, y: y, z: z)
    let count = layout.size.x * Self.channels
    for plane in planes {
      let rows = unsafe (2 * y - 1...2 * y + 1).map { y in
        unsafe (0..<space.size.y).contains(y)
          ? space.planes.start + plane % 3 * space.planeStride + y * space.rowStride : zeros
      }
      let isFirst = plane == planes.lowerBound
      unsafe kernels.max_pool_row(
        rows[0], rows[1], rows[2], Self.channels, layout.size.x, isFirst ? target : space.row.start)
      guard !isFirst else { continue }
      for i in 0..<count where unsafe space.row.start[i] > target[i] { unsafe target[i] = space.row.start[i] }
    }
  }

  private func fill(_ image: VolumeBuffer, with volume: [Float]) {
    let size = image.layout.size
    precondition(volume.count == size.voxelCount, "one value for each voxel")
    for z in 0..<size.z {
      for y in 0..<size.y {
        let row = unsafe image.values.start + image.layout.offset(x: 0, y: y, z: z)
        let from = size.offset(x: 0, y: y, z: z)
        for x in 0..<size.x { unsafe row[x] = volume[from + x] }
      }
    }
  }
}
