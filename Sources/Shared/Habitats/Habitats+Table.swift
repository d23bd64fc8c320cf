import DelimitedText

extension Habitats {
  /// CSV: a row for each region and habitat.
  package var table: String {
    var rows = [["Region", "Habitat", "Voxels", "Volume_mm3", "Share"]]
    for region in regions {
      let total = region.voxelCounts.reduce(0, +)
      for (habitat, count) in region.voxelCounts.enumerated() {
        rows.append([
          region.name, "\(habitat + 1)", "\(count)", "\(Double(count) * region.voxelVolume)",
          total == 0 ? "" : "\(Double(count) / Double(total))",
        ])
      }
    }
    let writer = DelimitedWriter()
    return rows.map { writer.line($0) }.joined()
  }
}
