import Volumes

/// Which of several components a voxel is read: of 3D Slicer's segmentations whose segments overlap each layer is one.
struct NRRDLayers {
  /// How many there are.
  let count: Int
  /// The one that is read, from 0.
  let chosen: Int
  /// Samples of one component that lie beside each other in the file.
  private let run: Int

  /// Layers that a file may have.
  static let most = 4096

  fileprivate init(count: Int, chosen: Int, run: Int) {
    self.count = count
    self.chosen = chosen
    self.run = run
  }

  /// The samples of the chosen component, of all samples.
  func chosen(of samples: [Double]) -> [Double] {
    stride(from: chosen * run, to: samples.count, by: count * run).flatMap { samples[$0..<$0 + run] }
  }

  /// The bytes of the chosen component.
  /// - Parameter width: bytes of a sample.
  func chosen(of bytes: ArraySlice<UInt8>, width: Int) -> [UInt8] {
    let length = run * width
    return unsafe bytes.withUnsafeBytes { source in
      unsafe [UInt8](unsafeUninitializedCapacity: bytes.count / count) { target, filled in
        var start = chosen * length
        while start < source.count {
          for offset in 0..<length { unsafe target[filled + offset] = source[start + offset] }
          filled += length
          start += count * length
        }
      }
    }
  }
}

extension NRRDHeader {
  /// How one component is taken of the voxels; `nil` where a voxel is one number.
  /// - Throws: `unsupported` where no component was chosen but there are several, or the chosen one is not there.
  func layers(_ component: Int?, of geometry: GridGeometry) throws(ImageFileError) -> NRRDLayers? {
    guard let axis = try componentAxis() else { return nil }
    let count = sizes[axis]
    guard let component else {
      throw ImageFileError(
        .unsupported,
        "axis \(axis + 1) of the NRRD image holds \(count) components a voxel; save one component alone")
    }
    guard count <= NRRDLayers.most else {
      throw ImageFileError(
        .tooLarge, "the NRRD mask has \(count) layers, more than the limit of \(NRRDLayers.most); save fewer")
    }
    guard (0..<count).contains(component) else {
      throw ImageFileError(
        .unsupported,
        "the mask has the layers 0 to \(count - 1), and layer \(component) was asked for; set label_channel")
    }
    return NRRDLayers(
      count: count, chosen: component, run: sizes[..<axis].reduce(1, *))
  }
}
