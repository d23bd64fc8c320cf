import CNeuralKernels

/// Filters of a 3 x 3 convolution in the domain of F(4 x 4, 3 x 3): 36 products where a direct tile needs 144.
///
/// Each filter `g` becomes `G g Gᵀ`, with interpolation at 0, ±1, ±2 and infinity (Lavin and Gray, CVPR 2016),
/// computed in double precision and rounded once. Packed as 36 matrices of panels, `[position][panel][input][32]`.
func winogradFilters(_ folded: FoldedConvolution) throws(NeuralNetError) -> FixedArray<Float> {
  precondition(folded.side == 3, "F(4 x 4, 3 x 3) is for kernels of three")
  let width = Int(NEURAL_PANEL)
  let (inputs, outputs) = (folded.inputs, folded.outputs)
  let transformed = try FixedArray<Float>(count: 36 * inputs * outputs)
  unsafe folded.weights.withUnsafeBufferPointer { weights in
    for panel in 0..<outputs / width {
      for input in 0..<inputs {
        let place = (panel * inputs + input) * width
        for lane in 0..<width {
          let filter = unsafe weights.baseAddress! + ((panel * width + lane) * inputs + input) * 9
          unsafe transform(filter, to: transformed.start + place + lane, stride: inputs * outputs)
        }
      }
    }
  }
  return transformed
}

/// `G g Gᵀ` of one filter; its 36 values go `stride` apart.
private func transform(_ g: UnsafePointer<Double>, to values: UnsafeMutablePointer<Float>, stride: Int) {
  let (r0, r1, r2) = unsafe (
    SIMD4(g[0], g[1], g[2], 0), SIMD4(g[3], g[4], g[5], 0), SIMD4(g[6], g[7], g[8], 0)
  )
  let rows = column(r0, r1, r2)
  for y in 0..<6 {
    let row = column(rows[y].x, rows[y].y, rows[y].z)
    for x in 0..<6 { unsafe values[(6 * y + x) * stride] = Float(row[x]) }
  }
}

/// `G` times a column of three, for numbers.
private func column(_ a: Double, _ b: Double, _ c: Double) -> InlineArray<6, Double> {
  let (outer, wide) = ((a + c) / -6, (a + 4 * c) / 24)
  return [a / 4, outer - b / 6, outer + b / 6, wide + b / 12, wide - b / 12, c]
}

/// `G` times a column of three, for rows of numbers.
private func column(
  _ a: SIMD4<Double>, _ b: SIMD4<Double>, _ c: SIMD4<Double>
) -> InlineArray<6, SIMD4<Double>> {
  let (outer, wide) = ((a + c) / -6, (a + 4 * c) / 24)
  return [a / 4, outer - b / 6, outer + b / 6, wide + b / 12, wide - b / 12, c]
}
