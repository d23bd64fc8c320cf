import DICOMFiles
import Foundation
import ImageFiles
import Volumes

// mask-voxels IMAGE MASK REGION OUTPUT: writes a region of a structure set or segmentation on the grid of an image, a folder with a
// series or a file, so that other programs can compare it. Warnings go to standard error.

let arguments = CommandLine.arguments
guard arguments.count == 5 else {
  FileHandle.standardError.write(Data("usage: mask-voxels IMAGE MASK REGION OUTPUT\n".utf8))
  exit(64)
}

/// The grid of an image and the frame of reference of its series.
func grid(of image: URL) throws -> (GridGeometry, frameOfReference: String?) {
  var isFolder = false
  if let values = try? image.resourceValues(forKeys: [.isDirectoryKey]) {
    isFolder = values.isDirectory ?? false
  }
  guard isFolder else { return (try readVolume(at: image).geometry, nil) }
  let series = try DICOMSeries(at: image).image()
  return (series.volume.geometry, series.facts.frameOfReferenceUID)
}

do {
  let (geometry, frame) = try grid(of: URL(fileURLWithPath: arguments[1]))
  let mask = try DICOMMask(ImageFileContents(at: URL(fileURLWithPath: arguments[2])))
  let reading = try mask.reading(of: arguments[3], on: geometry, frameOfReference: frame)
  try writeLabelMap(reading.labels, to: URL(fileURLWithPath: arguments[4]))
  for warning in reading.warnings { FileHandle.standardError.write(Data("\(warning)\n".utf8)) }
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(65)
}
