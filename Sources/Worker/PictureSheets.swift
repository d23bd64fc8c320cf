import BatchExtraction
import CommandSupport
import Foundation
import ImageFiles
import RegionPictures
import Reporting

/// The folder of `--pictures`, and the page and table in it.
enum PictureSheets {
  /// Opens the folder, which is made where there is none.
  static func folder(at path: String) throws -> PictureFolder {
    do throws(ImageFileError) {
      return try PictureFolder(at: URL(fileURLWithPath: path))
    } catch {
      throw CommandFailure(ExitStatus.cannotWrite, "--pictures: \(error.description)")
    }
  }

  /// The pictures of a batch, under the names that its table gives to cases.
  static func write(_ run: ExtractionRun, in folder: PictureFolder) throws {
    let columns = run.columns
    let cases = try run.pictured().compactMap { row, name -> PicturedCase? in
      guard let note = folder.note(of: name) else { return nil }
      func field(_ names: [String]) -> String? {
        columns.firstIndex { names.contains($0.lowercased()) }.map { row.fields[$0] }
      }
      return PicturedCase(
        caseID: field(["id", "patientid", "participant_id", "patient_id"]) ?? row.name,
        site: field(["site"]) ?? "", part: note.region, image: note.image,
        file: PictureFolder.file(name), measurements: note.measurements)
    }
    try write(cases, in: folder)
  }

  /// All pictures of a folder to which workers have written.
  static func write(allOf folder: PictureFolder) throws {
    let cases = folder.names.compactMap { name -> PicturedCase? in
      guard let note = folder.note(of: name) else { return nil }
      return PicturedCase(
        caseID: note.image, site: note.site, part: note.region, image: note.image,
        file: PictureFolder.file(name), measurements: note.measurements)
    }
    if !cases.isEmpty { try write(cases, in: folder) }
  }

  private static func write(_ cases: [PicturedCase], in folder: PictureFolder) throws {
    do {
      try writePictures(cases, title: "Regions", to: folder.url)
    } catch let error as ReportError {
      throw CommandFailure(ExitStatus.cannotWrite, error.message)
    }
  }
}
