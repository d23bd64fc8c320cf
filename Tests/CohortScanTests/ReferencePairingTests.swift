import CohortScan
import Foundation
import HospitalFiles
import Testing

/// A scan of one made folder, with paths relative to it.
func scanned(
  _ folder: MadeFolder, below: String = "", segments: [String] = [], label: UInt32? = nil
) throws -> CohortScan {
  let url = folder.url.appendingPathComponent(below)
  return try CohortScan(
    ScanOptions(
      folders: [ScanFolder(url: url, site: "A")], root: folder.url, segments: segments, label: label))
}

extension CohortScan {
  /// What a row says of its files.
  var pairs: [String] {
    rows.map { "\($0.subject) \($0.image) \($0.mask)" + ($0.segment.map { " \($0)" } ?? "") }
  }
  var told: [String] { findings.map { "\($0.kind.rawValue) \($0.place)" }.sorted() }
}

@Suite struct `A mask of DICOM` {
  @Test(arguments: [true, false]) func `belongs to the series that it names`(hasPreamble: Bool) throws {
    let folder = try MadeFolder()
    try folder.series("P/ct", patient: "7", uid: "1.1", hasPreamble: hasPreamble)
    try folder.series("P/pet", patient: "7", uid: "1.2", modality: "PT", hasPreamble: hasPreamble)
    try folder.structures("P/rs.dcm", patient: "7", series: ["1.2"], regions: ["GTV", "Lung L"])
    let scan = try scanned(folder)
    #expect(scan.pairs == ["7 P/pet P/rs.dcm GTV", "7 P/pet P/rs.dcm Lung L"])
    #expect(scan.told == ["image-without-mask P/ct"])
    #expect(scan.rows.allSatisfy { $0.series == nil })
  }

  @Test func `may be a series of labels, in a folder that is called after masks`() throws {
    let folder = try MadeFolder()
    try folder.series("P/ct", patient: "7", uid: "1.1")
    try folder.series("P/ct_labels", patient: "7", uid: "1.2")
    let scan = try scanned(folder, label: 3)
    #expect(scan.pairs == ["7 P/ct P/ct_labels"] && scan.told == [])
    #expect(scan.rows.map(\.label) == [3])
    // A series that a structure set was drawn on is an image, whatever its folder is called.
    try folder.structures("P/rs.dcm", patient: "7", series: ["1.2"])
    #expect(try scanned(folder).pairs == ["7 P/ct_labels P/rs.dcm GTV"])
  }

  @Test func `in a folder with names that are no UTF-8 is told of`() throws {
    let folder = try MadeFolder()
    try folder.series("P/ct", patient: "7", uid: "1.1")
    let bytes = Array((folder.url.path + "/P/ct/").utf8) + [0xE4, 0]
    let descriptor = unsafe bytes.withUnsafeBytes {
      unsafe open($0.baseAddress!.assumingMemoryBound(to: CChar.self), O_CREAT | O_WRONLY, 0o600)
    }
    try #require(descriptor >= 0)
    close(descriptor)
    #expect(try scanned(folder).told.contains("unreadable P/ct"))
  }

  @Test func `is not given to another series of the same room`() throws {
    let folder = try MadeFolder()
    try folder.series("P/pet", patient: "7", uid: "1.2")
    try folder.structures("P/rs.dcm", patient: "7", series: ["1.1"])
    #expect(try scanned(folder).told == ["image-without-mask P/pet", "mask-without-image P/rs.dcm"])
  }

  @Test func `that names several series belongs to the one whose images it names`() throws {
    let folder = try MadeFolder()
    try folder.series("P/a", patient: "7", uid: "1.1")
    try folder.series("P/b", patient: "7", uid: "1.2")
    try folder.structures("P/rs.dcm", patient: "7", series: ["1.1", "1.2"], instances: ["1.2.0", "1.2.1"])
    #expect(try scanned(folder).pairs == ["7 P/b P/rs.dcm GTV"])
    try folder.structures("P/rs.dcm", patient: "7", series: ["1.1", "1.2"])
    #expect(try scanned(folder).told.contains("ambiguous P/rs.dcm"))
  }

  @Test func `that names no series is found by its frame of reference, its study, its patient`() throws {
    let folder = try MadeFolder()
    try folder.series("P/a", patient: "7", uid: "1.1", study: "1.51", frame: "1.61")
    try folder.series("P/b", patient: "8", uid: "1.2", study: "1.52", frame: "1.62")
    try folder.structures("1.dcm", patient: "9", series: [], frame: "1.62", study: "1.59", instance: "1.7.1")
    try folder.structures("2.dcm", patient: "9", series: [], frame: "", study: "1.51", instance: "1.7.2")
    try folder.structures("3.dcm", patient: "8", series: [], frame: "", study: "1.59", instance: "1.7.3")
    try folder.structures("4.dcm", patient: "9", series: [], frame: "", study: "1.59", instance: "1.7.4")
    let scan = try scanned(folder)
    #expect(scan.rows.map { "\($0.mask) \($0.image)" } == ["2.dcm P/a", "1.dcm P/b", "3.dcm P/b"])
    #expect(scan.told == ["mask-without-image 4.dcm", "other-patient 1.dcm", "other-patient 2.dcm"])
  }

  @Test func `in another frame of reference than the series that it names is left out`() throws {
    let folder = try MadeFolder()
    try folder.series("P/a", patient: "7", uid: "1.1", frame: "1.61")
    try folder.structures("P/rs.dcm", patient: "7", series: ["1.1"], frame: "1.62")
    #expect(try scanned(folder).told == ["image-without-mask P/a", "other-frame P/rs.dcm"])
  }

  @Test func `gives a row for each region that is drawn`() throws {
    let folder = try MadeFolder()
    try folder.series("P/a", patient: "7", uid: "1.1")
    try folder.structures("P/rs.dcm", patient: "7", series: ["1.1"], regions: ["GTV", "Heart"], empty: [1])
    try folder.segmentation("P/seg.dcm", patient: "7", series: ["1.1"], segments: ["Edema", "Core", "Core"])
    let scan = try scanned(folder)
    // Two segments of one name are told apart by their numbers.
    #expect(
      scan.pairs == [
        "7 P/a P/rs.dcm GTV", "7 P/a P/seg.dcm Edema", "7 P/a P/seg.dcm 2", "7 P/a P/seg.dcm 3",
      ])
    #expect(scan.told == ["empty-region P/rs.dcm"])
  }

  @Test(arguments: [
    (["GTV"], ["GTV"]), ([" gtv "], ["GTV"]), (["2"], ["Heart"]), (["Heart", "GTV"], ["Heart", "GTV"]),
  ])
  func `gives the segments that are asked for`(wanted: [String], given: [String]) throws {
    let folder = try MadeFolder()
    try folder.series("P/a", patient: "7", uid: "1.1")
    try folder.structures("P/rs.dcm", patient: "7", series: ["1.1"], regions: ["GTV", "Heart"])
    #expect(try Set(scanned(folder, segments: wanted).rows.map { $0.segment ?? "" }) == Set(given))
    #expect(try scanned(folder, segments: ["Liver"]).told.contains("segment-absent P/rs.dcm"))
  }

  @Test func `is counted once where it lies twice, and so is a series`() throws {
    let folder = try MadeFolder()
    for copy in ["one", "two"] {
      try folder.series("\(copy)/a", patient: "7", uid: "1.1")
      try folder.structures("\(copy)/rs.dcm", patient: "7", series: ["1.1"])
    }
    let scan = try scanned(folder)
    #expect(scan.pairs == ["7 one/a one/rs.dcm GTV"])
    #expect(
      scan.told == ["copy two/a", "copy two/rs.dcm"] && !scan.findings.contains { $0.effect == .leftOut })
  }
}

@Suite struct `A series of DICOM` {
  @Test func `is named where its folder holds others`() throws {
    let folder = try MadeFolder()
    try folder.series("P", patient: "7", uid: "1.1")
    // The same names would write over the first.
    try folder.series("P/more", patient: "7", uid: "1.2")
    try folder.structures("rs1.dcm", patient: "7", series: ["1.1"], instance: "1.7.1")
    try folder.structures("rs2.dcm", patient: "7", series: ["1.2"], instance: "1.7.2")
    let rows = try scanned(folder).rows
    #expect(rows.map(\.image) == ["P", "P/more"] && rows.map(\.series) == ["1.1", nil])
  }

  @Test func `of one file is that file`() throws {
    let folder = try MadeFolder()
    try folder.series("P/a", patient: "7", uid: "1.1", count: 1)
    try folder.structures("P/rs.dcm", patient: "7", series: ["1.1"])
    #expect(try scanned(folder).pairs == ["7 P/a/0.dcm P/rs.dcm GTV"])
  }

  @Test func `that is a localizer needs no mask, and takes none of another series`() throws {
    let folder = try MadeFolder()
    try folder.series("P/t2", patient: "7", uid: "1.1", count: 6)
    try folder.series("P/loc", patient: "7", uid: "1.2", count: 6, kind: "ORIGINAL\\PRIMARY\\LOCALIZER")
    try folder.slicer("P/Segmentation.seg.nrrd", segments: ["Tumour"])
    let scan = try scanned(folder)
    #expect(scan.pairs == ["7 P/t2 P/Segmentation.seg.nrrd Tumour"])
    #expect(scan.told == ["localizer P/loc"] && !scan.findings.contains { $0.effect == .leftOut })
  }

  @Test func `takes a segmentation of 3D Slicer from the patient's folder`() throws {
    let folder = try MadeFolder()
    try folder.series("P1/dicom", patient: "7", uid: "1.1", count: 6)
    try folder.slicer("P1/Segmentation.seg.nrrd", segments: ["Tumour", "Ring"], layers: 2)
    try folder.series("P2/dicom", patient: "8", uid: "1.2", count: 5)
    try folder.slicer("P2/Segmentation.seg.nrrd", segments: ["Tumour"])
    let scan = try scanned(folder)
    #expect(
      scan.pairs == [
        "7 P1/dicom P1/Segmentation.seg.nrrd Tumour", "7 P1/dicom P1/Segmentation.seg.nrrd Ring",
      ])
    // One slice is missing.
    #expect(scan.told == ["image-without-mask P2/dicom", "other-grid P2/Segmentation.seg.nrrd"])
  }
}
