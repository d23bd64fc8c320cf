import Foundation
import ImageFiles

/// Writes a synthetic cohort of T2-weighted femoral heads from several sites: `images/` and `masks/` (NIfTI),
/// `clinic.csv` (`ID,Site,Age,Sex,Pain`, see `ClinicalTruth`), `README.txt`, and last `manifest.csv` with the
/// columns `ID,Site,Image,Mask,Outcome`, paths relative to itself.
///
/// The images are computed, not of people. Half of the subjects or so (`lesionShare`) have an early necrosis
/// of graded severity in the head, outcome 1. Equal options give equal bytes on every machine: random numbers
/// are Philox4x32-10's, functions are `ElementaryFunctions`', and the files hold their data uncompressed in
/// gzip's container.
/// - Throws: `SynthesisError`; `ImageFileError` when an image cannot be written.
package func synthesizeCohort(into folder: URL, options: SynthesisOptions = SynthesisOptions()) throws {
  let options = try options.checked()
  let readme = folder.appendingPathComponent("README.txt")
  let manifest = folder.appendingPathComponent("manifest.csv")
  try refuseForeign(manifest, readme)
  for name in ["images", "masks"] { try makeFolder(folder.appendingPathComponent(name)) }
  try write(explanation(of: options), to: readme)

  let subjects = CohortPlan(options).subjects
  let clinic =
    ["ID,Site,Age,Sex,Pain"]
    + subjects.map { subject in
      let record = ClinicalRecord(of: subject.index, hasLesion: subject.outcome == 1, seed: options.seed)
      return "\(identifier(of: subject, among: options.subjects)),\(siteName(subject.site)),\(record.fields)"
    }
  try write(clinic.joined(separator: "\n") + "\n", to: folder.appendingPathComponent("clinic.csv"))
  var rows = ["ID,Site,Image,Mask,Outcome"]
  for subject in subjects {
    for repetition in 0..<subject.images {
      let id = identifier(of: subject, among: options.subjects)
      let name = repetition == 0 ? id : "\(id)-\(repetition + 1)"
      let (image, mask) = ("images/\(name).nii.gz", "masks/\(name).nii.gz")
      let rendered = renderCase(subject, repetition: repetition, options: options)
      try writeVolume(rendered.image, to: folder.appendingPathComponent(image), packing: .stored)
      try writeLabelMap(rendered.mask, to: folder.appendingPathComponent(mask), packing: .stored)
      rows.append("\(id),\(siteName(subject.site)),\(image),\(mask),\(subject.outcome)")
    }
  }
  try write(rows.joined(separator: "\n") + "\n", to: manifest)
}

/// First line of the explanation, by which a synthetic cohort is known.
private let title = "SYNTHETIC femoral heads: computed images, not of people."

private func explanation(of options: SynthesisOptions) -> String {
  """
  \(title)

  \(options.subjects) subjects of \(options.sites) sites, \(options.lesions) with a lesion (Outcome 1).
  Seed \(options.seed); the same options give the same bytes.

  images/ holds T2-weighted-like volumes, masks/ the outline of the femoral head (label 1), and manifest.csv
  lists them. A lesion is a dark band with oedema around it in the front upper part of the head, of graded
  severity. The sites differ in gain, offset, noise, sharpness and voxel spacing. For demonstrations and tests
  of software only: nothing here says anything about patients.

  clinic.csv has Age, Sex and Pain of each subject, 3 % of each column missing at random. Given the outcome they
  are independent of each other, of site and image. What a logistic model of the three estimates: odds ratio
  \(ratio(ClinicalTruth.oddsRatioOfTenYears)) for ten years of age, \(ratio(ClinicalTruth.oddsRatioOfMen)) for men, \
  \(ClinicalTruth.oddsRatiosOfPain.map(ratio).joined(separator: " and ")) for mild and severe pain against none.

  """
}

private func ratio(_ value: Double) -> String { "\((100 * value).rounded() / 100)" }

private func identifier(of subject: CohortPlan.Subject, among count: Int) -> String {
  identifier(ofSubject: subject.index, among: count)
}

func identifier(ofSubject index: Int, among count: Int) -> String {
  let number = String(index + 1)
  let width = max(3, String(count).count)
  return "SYN-" + String(repeating: "0", count: width - number.count) + number
}

func siteName(_ site: Int) -> String {
  "SITE_" + String(UnicodeScalar(UInt8(ascii: "A") + UInt8(site)))
}

private func refuseForeign(_ manifest: URL, _ readme: URL) throws(SynthesisError) {
  guard FileManager.default.fileExists(atPath: manifest.path) else { return }
  let text = FileManager.default.contents(atPath: readme.path).map { String(decoding: $0, as: UTF8.self) }
  guard text?.hasPrefix(title) == true else {
    throw SynthesisError(
      .folderInUse,
      "\(manifest.path) exists and is not of a synthetic cohort; choose another folder, nothing was written")
  }
}

func makeFolder(_ url: URL) throws(SynthesisError) {
  do {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  } catch {
    throw SynthesisError(.unwritable, "the folder \(url.path) cannot be made; check its path and permissions")
  }
}

func write(_ text: String, to url: URL) throws(SynthesisError) {
  do {
    try Data(text.utf8).write(to: url, options: .atomic)
  } catch {
    throw SynthesisError(
      .unwritable,
      "\(url.path) cannot be written; check the folder's permissions and "
        + "the disk")
  }
}
