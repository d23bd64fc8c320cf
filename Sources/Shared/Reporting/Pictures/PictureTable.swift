import DelimitedText
import RegionPictures

/// Columns and rows of `pictures.csv`: a picture a row, with what was measured of its region.
package enum PictureTable {
  package static let columns = [
    "ID", "Site", "Part", "Image", "Picture", "Oddities", "Voxels", "Volume_mm3", "Minimum", "Median", "Mean",
    "Maximum",
    "Undefined_voxels", "Share_in_air", "Borders", "Centre_from_right", "Centre_from_front",
    "Centre_from_feet",
    "Orientation", "Dimension", "Image_size", "Spacing_mm",
  ]

  package static func rows(of cases: [PicturedCase]) -> [[String]] {
    zip(cases, PictureOddities.found(in: cases)).map(fields)
  }

  private static func fields(_ item: PicturedCase, _ oddities: [RegionOddity]) -> [String] {
    let measured = item.measurements
    return [
      item.caseID, item.site, item.part, item.image, item.file,
      oddities.map(\.rawValue).joined(separator: " "),
      String(measured.voxels), DelimitedWriter.field(measured.volume),
      DelimitedWriter.field(measured.minimum),
      DelimitedWriter.field(measured.median), DelimitedWriter.field(measured.mean),
      DelimitedWriter.field(measured.maximum), String(measured.undefined),
      DelimitedWriter.field(measured.shareInAir), measured.borders,
    ] + measured.centre.map { DelimitedWriter.field($0) } + [
      measured.orientation, String(measured.dimension),
      measured.imageSize.map(String.init).joined(separator: "x"),
      measured.spacing.map { DelimitedWriter.field($0) }.joined(separator: "x"),
    ]
  }
}
