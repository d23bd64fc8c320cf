import ImageFiles
import RegionPictures
import StudyPlan

/// What becomes of a picture that is drawn with an extraction.
extension Extract {
  /// A picture of the region, and what was measured of it, as JSON.
  package struct Picture: Equatable, Sendable {
    package var png: [UInt8]
    package var measurements: String

    package init(png: [UInt8], measurements: String) {
      self.png = png
      self.measurements = measurements
    }
  }

  /// Puts a picture into this machine's folder, if it has one.
  func keep(_ picture: RegionPicture?, named name: String, of payload: Payload) throws(StudyTaskError) {
    guard let pictures, let picture, !pictures.holds(name) else { return }
    let note = PictureFolder.Note(
      site: payload.site, image: payload.image,
      region: regionName(label: payload.label, segment: payload.segment, ring: payload.ring),
      measurements: picture.measurements)
    do throws(ImageFileError) {
      try pictures.add(picture, note, named: name)
    } catch {
      throw StudyTaskError(
        code: "pictures-unwritable", sentence: "The worker's folder for pictures cannot be written.",
        remedy: "Look at its rights and its disk, or start the worker without --pictures.", isTransient: true)
    }
  }
}

extension Extract.Picture {
  init(_ picture: RegionPicture) {
    self.init(
      png: picture.png,
      measurements: String(decoding: canonicalBytes(of: picture.measurements), as: UTF8.self))
  }
}
