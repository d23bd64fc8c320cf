import CVerificationFiles

/// A file that the program carries: a parameter file of `Examples`, or a table of `Data`.
struct CarriedFile: Sendable {
  /// As `ibsi/config-a.yaml`, from the folder `Examples`.
  let path: String
  let text: String

  /// In the order in which configurations are told.
  static let all: [CarriedFile] = {
    var files: [CarriedFile] = []
    var next = unsafe verification_files()
    while let path = unsafe next[0], let text = unsafe next[1] {
      unsafe files.append(CarriedFile(path: String(cString: path), text: String(cString: text)))
      unsafe next += 2
    }
    return files
  }()

  /// The last part of the path without its ending: `config-a`.
  var name: String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file
  }

  /// The folder of a file two folders deep: the phantom of a configuration of IBSI-2.
  var folder: String { path.split(separator: "/").dropLast().last.map(String.init) ?? "" }

  static func named(_ path: String) -> CarriedFile {
    guard let file = all.first(where: { $0.path == path }) else {
      preconditionFailure("the program carries no \(path)")
    }
    return file
  }
}
