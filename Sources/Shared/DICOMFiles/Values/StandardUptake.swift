import ElementaryFunctions
import ImageFiles

/// What turns the values of a PET series into standardised uptake values by body weight, in g/ml.
///
/// `SUV = activity · weight / dose`, with the activity of tissue and the dose at one time: that of the injection where the
/// header says so (`ADMIN`), else the start of the scan (`START`), to which the dose decays. As in QIBA's
/// "vendor-neutral pseudo-code" for SUV (2013), but for guesses: a header that lacks a number is refused.
public struct StandardUptake: Sendable, Equatable {
  /// SUV of one unit of the rescaled values.
  public let factor: Double
  /// Units of the rescaled values: `BQML`, `CNTS` or `GML`.
  public let units: String
  /// Time to which the scanner corrected the decay: `START` or `ADMIN`; empty where the file has its own factor.
  public let decayCorrection: String
  /// Weight of the patient, in kg; `nil` where it was not needed.
  public let weightInKilograms: Double?
  /// Dose at the time of the images' activity, in Bq; `nil` where it was not needed.
  public let doseInBecquerels: Double?
  /// Time from the injection to the scan, in seconds; `nil` where the dose needed no decay.
  public let decayInSeconds: Double?

  /// Of a series whose files say the same.
  /// - Throws: as of one file; `badHeader` where files part.
  init(series files: [DICOMDataSet]) throws(ImageFileError) {
    let times = files.compactMap { $0.string(.acquisitionTime).flatMap(secondsOfDay) }
    self = try StandardUptake(files[0], earliestAcquisition: times.min())
    for file in files.dropFirst() {
      let other = try StandardUptake(file, earliestAcquisition: times.min())
      guard other == self else {
        throw Self.fault(
          "the slices do not agree in what it is computed from (units, weight, dose, half-life or times)")
      }
    }
  }

  /// - Parameters:
  ///   - file: a file of the series.
  ///   - earliestAcquisition: the first of all its files' acquisition times, in seconds of the day.
  /// - Throws: `unsupported` for what is no PET or cannot be turned, `badHeader` naming the number that is absent or
  ///   cannot be.
  init(_ file: DICOMDataSet, earliestAcquisition: Double?) throws(ImageFileError) {
    guard file.string(.modality) == "PT" else {
      throw ImageFileError(
        .unsupported,
        "SUV was asked for, but the modality is \(quoted(file.string(.modality) ?? "absent")), not PT")
    }
    let units = file.string(.units) ?? ""
    if units == "GML" {
      self.init(factor: 1, units: units)
      return
    }
    if units == "CNTS", let factor = file.number(.philipsSUVScaleFactor), factor > 0, factor < 1e9 {
      self.init(factor: factor, units: units)
      return
    }
    try self.init(activity: file, becquerels: Self.becquerels(of: file, units), units, earliestAcquisition)
  }

  private init(
    factor: Double, units: String, decayCorrection: String = "", weight: Double? = nil, dose: Double? = nil,
    decay: Double? = nil
  ) {
    self.factor = factor
    self.units = units
    self.decayCorrection = decayCorrection
    weightInKilograms = weight
    doseInBecquerels = dose
    decayInSeconds = decay
  }

  private init(
    activity file: DICOMDataSet, becquerels: Double, _ units: String, _ earliestAcquisition: Double?
  ) throws(ImageFileError) {
    let corrected = file.strings(.correctedImage)
    guard corrected.contains("DECY"), corrected.contains("ATTN") else {
      throw Self.fault(
        "Corrected Image (0028,0051) does not name both ATTN and DECY: the activity is not known")
    }
    let weight = try Self.number(file, .patientWeight, "Patient's Weight (0010,1030)", 0.5...500)
    let drugs = try file.items(.radiopharmaceuticalInformationSequence)
    guard let drug = drugs.first, drugs.count == 1 else {
      throw Self.fault(
        "Radiopharmaceutical Information Sequence (0054,0016) "
          + (drugs.isEmpty ? "is absent" : "has \(drugs.count) drugs, and which was seen is not known"))
    }
    // Less than a tenth of a MBq is a dose in MBq that was written as if in Bq.
    let dose = try Self.number(
      drug, .radionuclideTotalDose, "Radionuclide Total Dose (0018,1074)", 1e5...1e11)
    switch file.string(.decayCorrection) ?? "" {
    case "ADMIN":
      self.init(
        factor: becquerels * weight * 1000 / dose, units: units, decayCorrection: "ADMIN", weight: weight,
        dose: dose)
    case "START":
      let halfLife = try Self.number(
        drug, .radionuclideHalfLife, "Radionuclide Half Life (0018,1075)", 60...1e9)
      let decay = try Self.decay(file, drug, earliestAcquisition)
      let left = dose * Elementary.exp(-0.693_147_180_559_945_3 * decay / halfLife)
      guard left > 1 else { throw Self.fault("the dose has decayed before the scan began: a time is wrong") }
      self.init(
        factor: becquerels * weight * 1000 / left, units: units, decayCorrection: "START", weight: weight,
        dose: left, decay: decay)
    case let other:
      throw Self.fault("Decay Correction (0054,1102) is \(quoted(other)); START or ADMIN is expected")
    }
  }

  /// Bq/ml of one unit of the values.
  private static func becquerels(of file: DICOMDataSet, _ units: String) throws(ImageFileError) -> Double {
    switch units {
    case "BQML": return 1
    case "CNTS":
      guard let factor = file.number(.philipsActivityScaleFactor), factor > 0, factor < 1e9 else {
        throw fault(
          "values are counts, and neither Philips' factor of SUV (7053,1000) nor of activity (7053,1009) is there"
        )
      }
      return factor
    default: throw fault("Units (0054,1001) is \(quoted(units)); BQML, CNTS or GML is expected")
    }
  }

  /// Seconds from the injection to the time of the images' activity.
  private static func decay(
    _ file: DICOMDataSet, _ drug: DICOMDataSet, _ earliestAcquisition: Double?
  ) throws(ImageFileError) -> Double {
    guard let series = file.string(.seriesTime).flatMap(secondsOfDay) else {
      throw fault("Series Time (0008,0031) is absent or no time")
    }
    // A series that was made after its images: the scan began with the first of them.
    var scan = series
    if let earliestAcquisition, earliestAcquisition < series { scan = earliestAcquisition }
    var days = 0.0
    let injection: Double
    if let moment = drug.string(.radiopharmaceuticalStartDateTime), moment.utf8.count >= 12,
      let time = secondsOfDay(String(moment.dropFirst(8)))
    {
      injection = time
      if let date = file.string(.seriesDate), let first = dayNumber(moment), let second = dayNumber(date) {
        days = second - first
      }
    } else if let time = drug.string(.radiopharmaceuticalStartTime).flatMap(secondsOfDay) {
      injection = time
      // Over midnight: it has no date.
      if injection > scan { days = 1 }
    } else {
      throw fault("the time of the injection (0018,1078) or (0018,1072) is absent or no time")
    }
    let decay = scan - injection + days * 86_400
    guard decay >= 0, decay < 5 * 86_400 else {
      throw fault("the scan begins \(rounded(decay)) s after the injection: a date or a time is wrong")
    }
    return decay
  }

  private static func number(
    _ file: DICOMDataSet, _ tag: DICOMTag, _ name: String, _ range: ClosedRange<Double>
  ) throws(ImageFileError) -> Double {
    guard let value = file.number(tag) else { throw fault("\(name) is absent or no number") }
    guard range.contains(value) else {
      // The number may be the patient's weight, and is not repeated.
      throw fault("\(name) is not between \(rounded(range.lowerBound)) and \(rounded(range.upperBound))")
    }
    return value
  }

  private static func fault(_ text: String) -> ImageFileError {
    ImageFileError(.badHeader, "no SUV: \(text); correct the header, or take the values as stored")
  }
}

/// Seconds since midnight of a DICOM time, `HHMMSS.FFFFFF` as far as it is written; `nil` where it is none.
func secondsOfDay(_ text: String) -> Double? {
  let digits = Array(text.utf8.filter { $0 != UInt8(ascii: ":") }.prefix { $0 != 43 && $0 != 45 })
  let whole = digits.prefix { $0 != 46 }
  guard [2, 4, 6].contains(whole.count), whole.allSatisfy({ (48...57).contains($0) }) else { return nil }
  func part(_ index: Int) -> Double {
    guard whole.count >= 2 * index + 2 else { return 0 }
    return Double(whole[2 * index] - 48) * 10 + Double(whole[2 * index + 1] - 48)
  }
  var seconds = part(0) * 3600 + part(1) * 60 + part(2)
  var unit = 0.1
  for digit in digits.dropFirst(whole.count + 1).prefix(6) {
    guard (48...57).contains(digit) else { return nil }
    seconds += Double(digit - 48) * unit
    unit /= 10
  }
  return part(0) < 24 && part(1) < 60 && part(2) <= 60 ? seconds : nil
}

/// Days from a fixed one to the date `YYYYMMDD` at the start of a text; `nil` where there is none.
private func dayNumber(_ text: String) -> Double? {
  let digits = text.utf8.filter { $0 != 46 }.prefix(8).map { Int($0) - 48 }
  guard digits.count == 8, digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
  let number = digits.reduce(0) { $0 * 10 + $1 }
  let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
  guard (1...12).contains(month), (1...31).contains(day) else { return nil }
  // Months from March, so that a leap day is the last of its year (H. Hinnant, "chrono-compatible low-level date algorithms").
  let (shifted, fromMarch) = (month > 2 ? year : year - 1, (month + 9) % 12)
  return Double(shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (153 * fromMarch + 2) / 5 + day)
}
