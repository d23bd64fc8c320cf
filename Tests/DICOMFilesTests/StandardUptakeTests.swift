import DICOMFiles
import ImageFiles
import Testing
import Volumes

@Suite struct `Standardised uptake values` {
  /// A PET slice of 70 kg, 370 MBq of fluorine-18 at 10:00, scanned at 11:00.
  private func file(_ change: (inout TestFile, inout [DICOMTag: TestFile.Element]) -> Void = { _, _ in })
    -> [UInt8]
  {
    var file = TestFile.slice(0)
    file.set(.modality, "CS", .text("PT"))
    file.set(.units, "CS", .text("BQML"))
    file.set(.correctedImage, "CS", .text("DECY\\ATTN\\SCAT"))
    file.set(.decayCorrection, "CS", .text("START"))
    file.set(.patientWeight, "DS", .text("70"))
    file.set(.seriesDate, "DA", .text("20240301"))
    file.set(.seriesTime, "TM", .text("110000"))
    file.set(.acquisitionTime, "TM", .text("110000"))
    file.set(.rescaleSlope, "DS", .text("1000"))
    var drug: [DICOMTag: TestFile.Element] = [:]
    for (tag, representation, text) in [
      (DICOMTag.radionuclideTotalDose, "DS", "370000000"), (.radionuclideHalfLife, "DS", "6586.2"),
      (.radiopharmaceuticalStartTime, "TM", "100000.00"),
    ] {
      drug[tag] = TestFile.Element(tag: tag, representation: representation, value: .text(text))
    }
    change(&file, &drug)
    file.set(
      .radiopharmaceuticalInformationSequence, "SQ", .items([drug.values.sorted { $0.tag < $1.tag }]))
    return file.bytes
  }

  /// 370 MBq · 2^(-3600 / 6586.2) = 253.3 MBq are left after an hour: worked out with Python's floats.
  private let factor = 70.0 * 1000 / (370_000_000 * 0.684_632_919_572_002_1)

  @Test func `are the activity by the dose that is left, per weight`() throws {
    let image = try image(of: [file()], scale: .suv)
    let expected = [0, 1, 2, 3, 4, 5].map { $0 * 1000 * factor }
    for (value, expected) in zip(image.volume.voxels, expected) { #expect(abs(value - expected) < 1e-9 * 20) }
    #expect(image.volume.sampleType == .float64)
    #expect(image.facts.standardUptake?.decayInSeconds == 3600)
  }

  @Test func `need slices that agree, and one drug`() {
    func second(_ tag: DICOMTag, _ representation: String, _ text: String) -> [UInt8] {
      file { file, _ in
        file.set(.sopInstanceUID, "UI", .text("1.2.3.9"))
        file.set(.imagePositionPatient, "DS", .text("-10\\20\\32"))
        file.set(tag, representation, .text(text))
      }
    }
    #expect(failure(of: [file(), second(.patientWeight, "DS", "70")], scale: .suv) == nil)
    for (tag, representation, text) in [
      (DICOMTag.patientWeight, "DS", "80"), (.seriesTime, "TM", "103000"), (.decayCorrection, "CS", "ADMIN"),
    ] {
      let found = failure(of: [file(), second(tag, representation, text)], scale: .suv)
      #expect(found?.code == .badHeader && found?.message.contains("do not agree") == true)
    }
    var drugs = TestFile.slice(0)
    drugs.set(.modality, "CS", .text("PT"))
    drugs.set(.units, "CS", .text("BQML"))
    drugs.set(.correctedImage, "CS", .text("DECY\\ATTN"))
    drugs.set(.patientWeight, "DS", .text("70"))
    drugs.set(.radiopharmaceuticalInformationSequence, "SQ", .items([[], []]))
    #expect(failure(of: [drugs.bytes], scale: .suv)?.message.contains("has 2 drugs") == true)
  }

  @Test func `take the dose as given where decay is corrected to the injection`() throws {
    let bytes = file { file, _ in file.set(.decayCorrection, "CS", .text("ADMIN")) }
    #expect(try abs(image(of: [bytes], scale: .suv).volume.voxels[1] - 1000 * 70_000 / 370e6) < 1e-12)
  }

  @Test func `cross midnight, with a date or without`() throws {
    for hasDate in [false, true] {
      let bytes = file { file, drug in
        file.set(.seriesTime, "TM", .text("003000"))
        file.set(.acquisitionTime, "TM", .text("003000"))
        drug[.radiopharmaceuticalStartTime]?.value = .text("233000")
        if hasDate {
          drug[.radiopharmaceuticalStartDateTime] = .init(
            tag: .radiopharmaceuticalStartDateTime, representation: "DT", value: .text("20240229233000.00"))
        }
      }
      #expect(try image(of: [bytes], scale: .suv).facts.standardUptake?.decayInSeconds == 3600)
    }
  }

  @Test func `begin with the first acquisition where the series was made later`() throws {
    let bytes = file { file, _ in file.set(.seriesTime, "TM", .text("150000")) }
    #expect(try image(of: [bytes], scale: .suv).facts.standardUptake?.decayInSeconds == 3600)
  }

  @Test func `of counts need Philips' own factors`() throws {
    let factors = file { file, _ in
      file.set(.units, "CS", .text("CNTS"))
      file.set(.philipsSUVScaleFactor, "DS", .text("0.0005"))
    }
    #expect(try image(of: [factors], scale: .suv).volume.voxels[2] == 2 * 1000 * 0.0005)
    let activity = file { file, _ in
      file.set(.units, "CS", .text("CNTS"))
      file.set(.philipsActivityScaleFactor, "DS", .text("2"))
    }
    #expect(try abs(image(of: [activity], scale: .suv).volume.voxels[1] - 2000 * factor) < 1e-8)
    let neither = file { file, _ in file.set(.units, "CS", .text("CNTS")) }
    #expect(failure(of: [neither], scale: .suv)?.message.contains("(7053,1000)") == true)
  }

  @Test func `that are stored already stay as they are`() throws {
    let bytes = file { file, _ in file.set(.units, "CS", .text("GML")) }
    #expect(try image(of: [bytes], scale: .suv).volume.voxels[5] == 5000)
  }

  @Test(arguments: [
    (DICOMTag.patientWeight, "0", "Patient's Weight"), (.patientWeight, "", "Patient's Weight"),
    (.correctedImage, "ATTN", "DECY"), (.decayCorrection, "NONE", "Decay Correction"),
    (.units, "PROPCNTS", "Units"),
    (.seriesTime, "25", "Series Time"), (.radionuclideTotalDose, "370", "Total Dose"),
    (.radionuclideHalfLife, "", "Half Life"), (.radiopharmaceuticalStartTime, "", "injection"),
  ])
  func `are refused where the header has a fault, which is told without the patient's numbers`(
    tag: DICOMTag, text: String, expected: String
  ) {
    let bytes = file { file, drug in
      if drug[tag] != nil { drug[tag]?.value = .text(text) } else { file.set(tag, "LO", .text(text)) }
    }
    let message = failure(of: [bytes], scale: .suv)?.message ?? ""
    #expect(message.hasPrefix("no SUV: ") && message.contains(expected), "\(message)")
    #expect(!message.contains("70"))
    #expect(failure(of: [bytes]) == nil)
  }

  @Test func `are not of other modalities`() {
    #expect(failure(of: TestFile.series(1), scale: .suv)?.code == .unsupported)
  }
}
