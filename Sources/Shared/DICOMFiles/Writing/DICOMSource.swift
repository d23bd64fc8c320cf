import Foundation
import ImageFiles
import Volumes

/// What segmentations and reports take over from the image that they are made of: patient, study and frame of reference as its
/// files have them, so that an archive puts them beside it.
public struct DICOMSource: Sendable {
  let file: DICOMDataSet
  let facts: DICOMFacts
  let geometry: GridGeometry

  /// Elements of patient and study (PS3.3, C.7.1.1 and C.7.2.1).
  static let patientAndStudy: [(DICOMTag, StaticString)] = [
    (DICOMTag(0x0008, 0x0020), "DA"), (DICOMTag(0x0008, 0x0030), "TM"), (DICOMTag(0x0008, 0x0050), "SH"),
    (DICOMTag(0x0008, 0x0090), "PN"), (DICOMTag(0x0010, 0x0010), "PN"), (DICOMTag(0x0010, 0x0020), "LO"),
    (DICOMTag(0x0010, 0x0030), "DA"), (DICOMTag(0x0010, 0x0040), "CS"), (DICOMTag(0x0020, 0x0010), "SH"),
  ]
}

extension ElementWriter {
  /// The modules that every object made here has: patient, study, series, equipment, SOP common.
  /// - Parameters:
  ///   - kind: SOP Class UID.
  ///   - moment: when it is made.
  mutating func addModules(
    of source: DICOMSource, kind: String, modality: String, instance: String, series: String,
    seriesDescription: String, number: Int, moment: WrittenMoment, version: String
  ) {
    // Text of this program is ASCII; that of patient and study is in the image's characters.
    if let set = source.file.bytes(.specificCharacterSet) {
      add(.specificCharacterSet, "CS", bytes: Array(set))
    }
    copy(DICOMSource.patientAndStudy, from: source.file)
    add(.studyInstanceUID, "UI", source.facts.studyInstanceUID)
    add(.sopClassUID, "UI", kind)
    add(.sopInstanceUID, "UI", instance)
    add(.modality, "CS", modality)
    add(.seriesInstanceUID, "UI", series)
    add(DICOMTag(0x0008, 0x103E), "LO", seriesDescription)
    add(DICOMTag(0x0020, 0x0011), "IS", "\(number)")
    add(.instanceNumber, "IS", "1")
    for tag in [DICOMTag(0x0008, 0x0023), DICOMTag(0x0008, 0x0012)] { add(tag, "DA", moment.date) }
    for tag in [DICOMTag(0x0008, 0x0033), DICOMTag(0x0008, 0x0013)] { add(tag, "TM", moment.time) }
    add(.manufacturer, "LO", "Trabecula")
    add(.manufacturerModelName, "LO", "Trabecula")
    add(DICOMTag(0x0018, 0x1000), "LO", "none")
    add(DICOMTag(0x0018, 0x1020), "LO", version)
  }

  /// A coded concept in a sequence of one item.
  mutating func add(_ tag: DICOMTag, code: Code) { add(tag, items: [code.item]) }
}

/// When an object was made, in UTC.
public struct WrittenMoment: Sendable {
  let date: String
  let time: String

  /// - Parameter secondsSince1970: from 0 to the end of the year 9999; what lies outside is taken for the nearest of them.
  public init(secondsSince1970: Double) {
    let seconds = Int(max(0, min(253_402_300_799, secondsSince1970.isFinite ? secondsSince1970 : 0)))
    let (days, rest) = (seconds / 86_400, seconds % 86_400)
    // H. Hinnant, "chrono-compatible low-level date algorithms": days from 1 March of the year 0.
    let shifted = days + 719_468
    let (era, day) = (shifted / 146_097, shifted % 146_097)
    let yearOfEra = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * dayOfYear + 2) / 153
    let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func padded(_ number: Int, _ width: Int) -> String {
      String(repeating: "0", count: max(0, width - "\(number)".utf8.count)) + "\(number)"
    }
    date = padded(year, 4) + padded(month, 2) + padded(dayOfYear - (153 * fromMarch + 2) / 5 + 1, 2)
    time = padded(rest / 3600, 2) + padded(rest / 60 % 60, 2) + padded(rest % 60, 2)
  }
}

/// A coded concept: its value, who gives it out, and what it means (DICOM PS3.3, 8).
struct Code: Sendable, Equatable {
  var value: String
  var scheme: String
  var meaning: String

  init(_ value: String, _ scheme: String, _ meaning: String) {
    (self.value, self.scheme, self.meaning) = (value, scheme, meaning)
  }

  var item: ElementWriter {
    ElementWriter {
      $0.add(DICOMTag(0x0008, 0x0100), "SH", value)
      $0.add(DICOMTag(0x0008, 0x0102), "SH", scheme)
      $0.add(DICOMTag(0x0008, 0x0104), "LO", String(meaning.prefix(64)))
    }
  }
}

/// Text of ASCII letters, for values of this program beside text in another character set.
func plainText(_ text: String, atMost count: Int) -> String {
  let letters = text.unicodeScalars.map { (32..<127).contains($0.value) && $0 != "\\" ? Character($0) : "?" }
  return String(letters.prefix(count))
}
