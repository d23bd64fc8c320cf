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
    let pictured = try run.pictured()
    let notes = Notes(of: pictured.map(\.name), in: folder)
    let cases = pictured.compactMap { row, name -> PicturedCase? in
      guard let note = notes.found[name] else { return nil }
      func field(_ names: [String]) -> String? {
        columns.firstIndex { names.contains($0.lowercased()) }.map { row.fields[$0] }
      }
      return PicturedCase(
        caseID: field(["id", "patientid", "participant_id", "patient_id"]) ?? row.name,
        site: field(["site"]) ?? "", part: note.region, image: note.image,
        file: PictureFolder.file(name), measurements: note.measurements)
    }
    try write(cases, in: folder)
    notes.tellFaults()
  }

  /// All pictures of a folder to which workers have written. A worker knows no IDs: cases are called by their images, and marks
  /// name these.
  static func write(allOf folder: PictureFolder) throws {
    let names: [String]
    do throws(ImageFileError) {
      names = try folder.names()
    } catch {
      throw CommandFailure(ExitStatus.cannotWrite, "--pictures: \(error.description)")
    }
    let notes = Notes(of: names, in: folder)
    let cases = names.compactMap { name -> PicturedCase? in
      guard let note = notes.found[name] else { return nil }
      return PicturedCase(
        caseID: "", site: note.site, name: "\(note.image), \(note.region)", part: note.region,
        image: note.image, file: PictureFolder.file(name), measurements: note.measurements)
    }
    if !cases.isEmpty { try write(cases, in: folder) }
    notes.tellFaults()
  }

  /// What pictures show, as far as it can be read.
  private struct Notes {
    private(set) var found: [String: PictureFolder.Note] = [:]
    private var faults: [ImageFileError] = []

    init(of names: [String], in folder: PictureFolder) {
      for name in names {
        do throws(ImageFileError) {
          found[name] = try folder.note(of: name)
        } catch {
          faults.append(error)
        }
      }
    }

    /// Tells people which pictures the page lacks.
    func tellFaults() {
      guard let first = faults.first else { return }
      let count = faults.count == 1 ? "1 picture" : "\(faults.count) pictures"
      StandardStreams.note("--pictures: pictures.html lacks \(count): \(first.description).")
    }
  }

  private static func write(_ cases: [PicturedCase], in folder: PictureFolder) throws {
    do {
      try writePictures(cases, title: "Regions", to: folder.url)
    } catch let error as ReportError {
      throw CommandFailure(ExitStatus.cannotWrite, error.message)
    }
  }
}
