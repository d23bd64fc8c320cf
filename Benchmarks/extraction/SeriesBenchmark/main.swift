// Reads one DICOM series and says what it found, how long it took and how much memory, as one line of JSON.
// usage: series-benchmark [--suv] [-o FILE] FOLDER|FILE
//        series-benchmark --stored FOLDER|FILE
//        series-benchmark --volume FILE
//   -o FILE   also writes the values, as float64 of this machine, x varying fastest
//   --stored  leaves the values as they are stored, which is what extraction works on
//   --volume  reads an image of another format, NIfTI for one
// Bad input: the code and the sentence on standard error, exit status 65.
import DICOMFiles
import Digests
import Foundation
import Glibc
import ImageFiles
import Volumes

struct Found: Encodable {
  var type: String
  var size: [Int]
  var spacing: [Double]
  var origin: [Double]
  var directions: [[Double]]
  var warnings: [String]
  var sha256: String
  var seconds: Double
  /// Of the processor.
  var cpu: Double
  /// Largest resident memory of the process, in MiB.
  var memory: Double
}

func numbers(_ vector: SIMD3<Double>) -> [Double] { [vector.x, vector.y, vector.z] }

func usage() -> rusage {
  var usage = rusage()
  _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage
}

func largestMemory() -> Double { Double(usage().ru_maxrss) / 1024 }

/// Of the processor, by this program and by the system for it, in seconds.
func processorTime() -> Double {
  let usage = usage()
  return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
    + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
}

/// Time and memory alone; the image is given back afterwards, as by the peers.
func measure<Image>(
  _ path: String, _ body: (URL) throws(ImageFileError) -> (String, Image, GridGeometry, SampleType)
) {
  let clock = ContinuousClock()
  let (begin, cpu) = (clock.now, processorTime())
  do throws(ImageFileError) {
    let (digest, image, grid, type) = try body(URL(fileURLWithPath: path))
    let (seconds, used) = ((clock.now - begin) / .seconds(1), processorTime() - cpu)
    withExtendedLifetime(image) {}
    print(
      "{\"sha256\": \"\(digest)\", \"voxels\": \(grid.size.voxelCount), \"type\": \"\(type.rawValue)\", "
        + "\"seconds\": \(seconds), \"cpu\": \(used), \"memory\": \(largestMemory())}")
  } catch {
    FileHandle.standardError.write(Data("\(error.code.rawValue): \(error)\n".utf8))
    exit(65)
  }
}

func read(_ path: String, _ scale: DICOMValueScale) throws(ImageFileError) -> (DICOMImage, Found) {
  let clock = ContinuousClock()
  let (begin, cpu) = (clock.now, processorTime())
  let series = try DICOMSeries(at: URL(fileURLWithPath: path))
  let digest = series.sha256.hexadecimal
  let image = try series.image(scale: scale)
  let geometry = image.volume.geometry
  let found = Found(
    type: image.volume.sampleType.rawValue, size: [geometry.size.x, geometry.size.y, geometry.size.z],
    spacing: numbers(geometry.spacingInMillimetres), origin: numbers(geometry.originInMillimetres),
    directions: geometry.directions.map(numbers), warnings: image.warnings, sha256: digest,
    seconds: (clock.now - begin) / .seconds(1), cpu: processorTime() - cpu, memory: largestMemory())
  return (image, found)
}

func write(_ voxels: [Double], to path: String) -> Bool {
  guard let file = unsafe fopen(path, "wb") else { return false }
  let written = unsafe voxels.withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
  return unsafe fclose(file) == 0 && written == voxels.count * 8
}

var arguments = Array(CommandLine.arguments.dropFirst())
if arguments.count == 2, arguments[0] == "--stored" {
  measure(arguments[1]) { (url) throws(ImageFileError) in
    let series = try DICOMSeries(at: url)
    let digest = series.sha256.hexadecimal
    let image = try series.image().stored
    return (digest, image, image.geometry, image.sampleType)
  }
  exit(0)
}
if arguments.count == 2, arguments[0] == "--volume" {
  measure(arguments[1]) { (url) throws(ImageFileError) in
    let contents = try ImageFileContents(at: url)
    let volume = try readVolume(contents)
    return (contents.sha256.hexadecimal, volume, volume.geometry, volume.sampleType)
  }
  exit(0)
}
var scale = DICOMValueScale.stored
if arguments.first == "--suv" {
  scale = .suv
  arguments.removeFirst()
}
var output: String?
if arguments.count == 3, arguments[0] == "-o" {
  output = arguments[1]
  arguments.removeFirst(2)
}
guard arguments.count == 1 else { fatalError("usage: series-benchmark [--suv] [-o FILE] FOLDER|FILE") }

do throws(ImageFileError) {
  let (image, found) = try read(arguments[0], scale)
  guard let line = try? JSONEncoder().encode(found) else { fatalError("numbers are numbers") }
  print(String(decoding: line, as: UTF8.self))
  if let output, !write(image.volume.voxels, to: output) { fatalError("cannot write \(output)") }
} catch {
  FileHandle.standardError.write(Data("\(error.code.rawValue): \(error)\n".utf8))
  exit(65)
}
