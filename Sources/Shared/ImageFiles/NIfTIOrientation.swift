import CNIfTI
import Volumes

extension NIfTIHeader {
  /// A matrix from voxel indices to millimetres in NIfTI's RAS coordinates.
  private struct Transform {
    /// Columns scaled by the spacing.
    var columns: [SIMD3<Double>]
    var offset: SIMD3<Double>
  }

  /// Where the grid lies, in LPS, as ITK reads it.
  ///
  /// - Spacing is `pixdim`, whichever matrix gives the directions; metres and micrometres become millimetres.
  /// - The sform gives origin and directions where it is rigid and either the qform is unknown, or the
  ///   sform's code is `scanner`, or both matrices agree; else the qform; an unsound sform alone is an error.
  /// - With neither, the origin is 0 and the axes are those of LPS.
  ///
  /// Source: ITK 5.4, `NiftiImageIO::SetImageIOOrientationFromNIfTI`. ITK decides whether the matrices agree
  /// by singular values and vectors; here by spacings, unit axes and offsets, with ITK's tolerance of 1e-4.
  /// - Throws: `badHeader`.
  func geometry(size: GridSize, dimension: Int) throws(ImageFileError) -> GridGeometry {
    for axis in 0..<dimension where !(spacing[axis].isFinite && spacing[axis] > 0) {
      throw ImageFileError(
        .badHeader,
        "spacing \(spacing[axis]) on axis \(["x", "y", "z"][axis]) (pixdim[\(axis + 1)]); expected above "
          + "0: correct the header of the file")
    }
    let scale = millimetresPerUnit
    var geometry = GridGeometry(size: size, dimension: dimension)
    for axis in 0..<dimension { geometry.spacingInMillimetres[axis] = spacing[axis] * scale }
    guard let transform = try transform(dimension: dimension) else { return try geometry.checked() }
    let toLPS: SIMD3<Double> = [-1, -1, 1]
    for axis in 0..<dimension {
      geometry.originInMillimetres[axis] = transform.offset[axis] * toLPS[axis] * scale
    }
    for axis in 0..<dimension {
      var column = transform.columns[axis] * toLPS
      if dimension == 2 { column.z = 0 }
      geometry.directions[axis] = unit(column)
    }
    return try geometry.checked()
  }

  /// NIfTI's codes of length: 1 metre, 2 millimetre, 3 micrometre; unknown is read as millimetre.
  private var millimetresPerUnit: Double {
    switch unitCode {
    case 1: 1e3
    case 3: 1e-3
    default: 1
    }
  }

  private func transform(dimension: Int) throws(ImageFileError) -> Transform? {
    guard qformCode > 0 || sformCode > 0 else { return nil }
    guard sformCode > 0, isRigid(sformTransform) else {
      guard qformCode > 0 else {
        throw ImageFileError(
          .badHeader,
          "the sform shears or collapses the grid and there is no qform; resample the image to a "
            + "rectangular grid"
        )
      }
      return qformTransform(dimension: dimension)
    }
    if qformCode <= 0 || sformCode == NIFTI_XFORM_SCANNER_ANAT { return sformTransform }
    let qform = qformTransform(dimension: dimension)
    return agree(sformTransform, qform) ? sformTransform : qform
  }

  private var sformTransform: Transform {
    Transform(
      columns: (0..<3).map { [sform[0][$0], sform[1][$0], sform[2][$0]] },
      offset: [sform[0].w, sform[1].w, sform[2].w])
  }

  /// The quaternion's matrix. NIfTI-1 stores single precision, and ITK keeps the matrix so.
  private func qformTransform(dimension: Int) -> Transform {
    let depth = dimension == 3 ? spacing.z : 1
    let matrix = nifti_quatern_to_dmat44(
      quaternion.x, quaternion.y, quaternion.z, quaternionOffset.x, quaternionOffset.y, quaternionOffset.z,
      spacing.x, spacing.y, depth, qfac)
    let rows = [matrix.m.0, matrix.m.1, matrix.m.2].map { row in
      let values: SIMD4<Double> = [row.0, row.1, row.2, row.3]
      return version == 1 ? SIMD4<Double>(SIMD4<Float>(values)) : values
    }
    return Transform(
      columns: (0..<3).map { [rows[0][$0], rows[1][$0], rows[2][$0]] },
      offset: [rows[0].w, rows[1].w, rows[2].w])
  }

  /// Whether the unit axes are orthonormal: `R·Rᵀ` is the identity to 1e-4.
  private func isRigid(_ transform: Transform) -> Bool {
    let axes = transform.columns.map(unit)
    return (0..<3).allSatisfy { i in
      (0..<3).allSatisfy { j in
        let product = axes.reduce(0) { $0 + $1[i] * $1[j] }
        return abs(product - (i == j ? 1 : 0)) <= 1e-4
      }
    }
  }

  private func agree(_ a: Transform, _ b: Transform) -> Bool {
    func close(_ x: SIMD3<Double>, _ y: SIMD3<Double>) -> Bool {
      (0..<3).allSatisfy { abs(x[$0] - y[$0]) <= 1e-4 }
    }
    return close(a.offset, b.offset)
      && zip(a.columns, b.columns).allSatisfy {
        abs(length($0) - length($1)) <= 1e-4 && close(unit($0), unit($1))
      }
  }
}

private func length(_ vector: SIMD3<Double>) -> Double {
  (vector.x * vector.x + vector.y * vector.y + vector.z * vector.z).squareRoot()
}

/// A vector of length 1 in the same direction; a vector without length stays as it is.
private func unit(_ vector: SIMD3<Double>) -> SIMD3<Double> {
  let length = length(vector)
  return length == 0 ? vector : vector / length
}
