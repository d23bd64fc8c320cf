import CohortScan
import Foundation
import HospitalFiles
import Testing

@Suite struct `A mask of researchers` {
  @Test(arguments: [
    ("7/T1.nii.gz", "7/T1_mask.nii.gz", "7"),
    ("7/T1.nii.gz", "7/T1-label.nii.gz", "7"),
    ("7/T1.nii.gz", "7/mask_T1.nii.gz", "7"),
    ("7/T1.nii.gz", "7/T1_seg_2.nii.gz", "7"),
    ("7/image.nii.gz", "7/mask.nii.gz", "7"),
    ("7/image.nrrd", "7/roi1.nii", "7"),
    ("7/T2.nii.gz", "7/lesion_mask.nii.gz", "7"),
    ("7/T2.nii.gz", "7/reader B/lesion_mask.nii.gz", "7"),
    ("images/PAT-007.nii.gz", "masks/PAT-007.nii.gz", "PAT-007"),
    ("images/PAT-007_T1.nii.gz", "labels/PAT-007.nii.gz", "PAT-007"),
    ("imagesTr/case_12_0000.nii.gz", "labelsTr/case_12.nii.gz", "case_12"),
    ("7/image/phantom.nii.gz", "7/mask/mask.nii.gz", "7"),
    ("p7.nrrd", "p7.seg.nrrd", "p7"),
    (
      "sub-07/ses-1/anat/sub-07_ses-1_T1w.nii.gz",
      "derivatives/manual/sub-07/ses-1/anat/sub-07_ses-1_desc-lesion_mask.nii.gz", "sub-07"
    ),
    ("images/07/volume.nii.gz", "masks/07.nii.gz", "07"),
    ("anna/x.nii.gz", "segmentations/anna_tumour.nii.gz", "anna"),
  ])
  func `belongs to the image of its name or place`(image: String, mask: String, subject: String) throws {
    let folder = try MadeFolder()
    try folder.image("A/" + image)
    try folder.image("A/" + mask)
    // Of others, in the way.
    try folder.image("A/other/0815.nii.gz")
    let scan = try scanned(folder, below: "A")
    #expect(scan.pairs == ["\(subject) A/\(image) A/\(mask)"])
    #expect(scan.told == ["image-without-mask other/0815.nii.gz"])
  }

  @Test(arguments: [
    // Two images fit, and the name is neither's.
    (["7/T1.nii.gz", "7/T2.nii.gz"], "7/lesion_mask.nii.gz", "ambiguous"),
    // A modality that is not there, and another patient's number.
    (["7/T1.nii.gz"], "7/T2_mask.nii.gz", "mask-without-image"),
    (["p1.nii.gz"], "p2_mask.nii.gz", "mask-without-image"),
    (["p1/image.nii.gz"], "p2/mask.nii.gz", "mask-without-image"),
    (["batch/p1/image.nii.gz"], "batch/p2/mask.nii.gz", "mask-without-image"),
    (["anna.nii.gz"], "berta_mask.nii.gz", "mask-without-image"),
    (["images/anna.nii.gz"], "masks/berta.nii.gz", "mask-without-image"),
    (
      ["sub-1/sub-1_T1w.nii.gz", "sub-1/sub-1_T2w.nii.gz"], "sub-1/sub-1_desc-lesion_mask.nii.gz", "ambiguous"
    ),
  ])
  func `is not given to an image by guess`(images: [String], mask: String, kind: String) throws {
    let folder = try MadeFolder()
    for image in images { try folder.image(image) }
    try folder.image(mask)
    let scan = try scanned(folder)
    #expect(scan.rows.isEmpty)
    #expect(scan.told == ([kind + " " + mask] + images.map { "image-without-mask " + $0 }).sorted())
  }

  @Test func `must have the grid of its image`() throws {
    let folder = try MadeFolder()
    try folder.image("7/T1.nii.gz", 4, 5, 7)
    try folder.image("7/T1_mask.nii.gz", 4, 5, 6)
    let scan = try scanned(folder)
    #expect(scan.told == ["image-without-mask 7/T1.nii.gz", "other-grid 7/T1_mask.nii.gz"])
    #expect(scan.findings.contains { $0.reason.contains("4 × 5 × 6") && $0.reason.contains("4 × 5 × 7") })
  }

  @Test func `goes by its grid where two images could be meant`() throws {
    let folder = try MadeFolder()
    try folder.image("7/a.nii.gz", 4, 5, 7)
    try folder.image("7/b.nii.gz", 4, 5, 6)
    try folder.image("7/lesion_mask.nii.gz", 4, 5, 6)
    #expect(try scanned(folder).pairs == ["7 7/b.nii.gz 7/lesion_mask.nii.gz"])
  }

  @Test func `gets the label that is given, where its regions are numbers`() throws {
    let folder = try MadeFolder()
    try folder.image("7/T1.nii.gz")
    try folder.image("7/T1_mask.nii.gz")
    try folder.slicer("7/T1.seg.nrrd", segments: ["Tumour"])
    let rows = try scanned(folder, label: 3).rows
    #expect(rows.map(\.label) == [nil, 3] && rows.map(\.segment) == ["Tumour", nil])
  }
}

@Suite struct `A folder that is scanned` {
  @Test func `tells what it passes over`() throws {
    let folder = try MadeFolder()
    let outside = try MadeFolder()
    try outside.image("secret.nii.gz")
    try folder.image("7/T1.nii.gz")
    try folder.image("7/T1_mask.nii.gz")
    try folder.write("NRRD0004\ntype: goat\n\n", "7/broken.nrrd")
    try folder.write("a letter", "7/letter.txt")
    try folder.write([UInt8](repeating: 0, count: 3), "7/short.nii.gz")
    try folder.write([8, 0, 5, 0] + [UInt8](repeating: 0, count: 40), "7/chance.bin")
    let files = FileManager.default
    let place = folder.url.appendingPathComponent("7")
    try files.createSymbolicLink(
      at: place.appendingPathComponent("link.nii.gz"),
      withDestinationURL: outside.url.appendingPathComponent("secret.nii.gz"))
    try files.createSymbolicLink(at: place.appendingPathComponent("loop"), withDestinationURL: folder.url)
    let directory = MadeDICOM { $0.add(0x0004, 0x1220, items: []) }
    try folder.write(directory.file(hasPreamble: true), "DICOMDIR")
    let scan = try scanned(folder)
    #expect(scan.pairs == ["7 7/T1.nii.gz 7/T1_mask.nii.gz"])
    #expect(
      scan.told == ["bad-header 7/broken.nrrd", "dicomdir DICOMDIR", "link 7/link.nii.gz", "link 7/loop"])
  }

  @Test func `follows links to files that stay within it`() throws {
    let folder = try MadeFolder()
    try folder.image("store/a.nii.gz")
    try folder.image("store/b_mask.nii.gz")
    let place = folder.url.appendingPathComponent("A/7")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    for (name, file) in [("T1.nii.gz", "a.nii.gz"), ("T1_mask.nii.gz", "b_mask.nii.gz")] {
      try FileManager.default.createSymbolicLink(
        atPath: place.appendingPathComponent(name).path, withDestinationPath: "../../store/\(file)")
    }
    #expect(try scanned(folder).pairs.contains("A A/7/T1.nii.gz A/7/T1_mask.nii.gz"))
  }

  @Test func `ends at a depth`() throws {
    let folder = try MadeFolder()
    let deep = Array(repeating: "d", count: 33).joined(separator: "/")
    try folder.image(deep + "/T1.nii.gz")
    #expect(
      try scanned(folder).told == ["too-deep " + Array(repeating: "d", count: 32).joined(separator: "/")])
  }

  @Test func `must lie below the root, and be there`() throws {
    let folder = try MadeFolder()
    let other = try MadeFolder()
    #expect(throws: ScanError.self) {
      try CohortScan(ScanOptions(folders: [ScanFolder(url: other.url, site: "A")], root: folder.url))
    }
    #expect(throws: ScanError.self) { try scanned(folder, below: "nowhere") }
  }

  @Test func `is not read beyond the headers`() throws {
    let folder = try MadeFolder()
    try folder.image("7/T1.nii.gz")
    try folder.image("7/T1_mask.nii")
    // Cut off within the voxels.
    let file = folder.url.appendingPathComponent("7/T1_mask.nii")
    try Data(try Data(contentsOf: file).prefix(352)).write(to: file)
    #expect(try scanned(folder).rows.count == 1)
  }
}
