import Foundation
import ImageFiles
import TestSupport
import Testing
import Volumes

@Suite struct `Images of the reference data` {
  /// Benchmarks/reference/images.csv, which images.py writes with SimpleITK.
  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `have the voxels, type and geometry that SimpleITK reads`() throws {
    let rows = try TestImages.table("images.csv")
    #expect(rows.count == 118)
    for row in rows {
      let volume = try readVolume(at: ReferenceData.file(row[0]))
      let geometry = volume.geometry
      let axes = 0..<geometry.dimension
      #expect(volume.sampleType.rawValue == row[1], "\(row[0])")
      let size = [geometry.size.x, geometry.size.y, geometry.size.z].prefix(geometry.dimension)
      #expect(size.map(String.init).joined(separator: " ") == row[2], "\(row[0])")
      #expect(axes.map { geometry.spacingInMillimetres[$0] } == numbers(row[3]), "\(row[0])")
      #expect(axes.map { geometry.originInMillimetres[$0] } == numbers(row[4]), "\(row[0])")
      let matrix = axes.flatMap { row in axes.map { geometry.directions[$0][row] } }
      #expect(matrix == numbers(row[5]), "\(row[0])")
      #expect(TestImages.checksum(volume.voxels) == UInt32(row[6], radix: 16), "\(row[0])")
    }
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `have masks on the grid of their image`() throws {
    for name in ["brain1", "breast1"] {
      for (image, mask) in [
        ("\(name)_image.nrrd", "\(name)_label.nrrd"),
        ("nifti/\(name)_image.nii.gz", "nifti/\(name)_label.nii.gz"),
      ] {
        let grid = try readVolume(at: ReferenceData.file("pyradiomics/\(image)")).geometry
        let labels = try readLabelMap(at: ReferenceData.file("pyradiomics/\(mask)"))
        #expect(labels.geometry == grid)
        #expect(Set(labels.labels) == [0, 1])
      }
    }
  }

  /// pynrrd refuses the first and the third, too; SimpleITK reads the first from a wrong place.
  @Test(
    .enabled(if: ReferenceData.isPresent, ReferenceData.absence),
    arguments: [
      ("BallBinary30x30x30_nifti.nhdr", ImageFileError.Code.badHeader),
      ("BallBinary30x30x30_bz2.nrrd", .unsupported),
      ("BallBinary30x30x30_byteskip_minus_five.nhdr", .truncated),
      ("test1d_ascii.nrrd", .unsupported),
    ]) func `that are broken are refused`(name: String, expected: ImageFileError.Code)
  {
    do throws(ImageFileError) {
      _ = try readVolume(at: ReferenceData.file("malformed/pynrrd/nrrd/tests/data/\(name)"))
      Issue.record("\(name) was read")
    } catch {
      #expect(error.code == expected)
    }
  }
}

private func numbers(_ text: String) -> [Double] { text.split(separator: " ").compactMap { Double($0) } }
