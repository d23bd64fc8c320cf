import CProgramArguments

/// What stands on the command line of this process.
///
/// `CommandLine` has copies that it makes from /proc; here they are as they lie in memory, and there even where /proc is not.
package enum ProgramArguments {
  /// Copies, the program's own name first.
  package static var all: [String] {
    var copies: [String] = []
    unsafe forEach { unsafe copies.append(String(cString: $0)) }
    return copies
  }

  /// Gives each argument as it lies in memory, which is what the kernel shows to others.
  static func forEach(_ body: (UnsafeMutablePointer<CChar>) -> Void) {
    guard let arguments = unsafe program_arguments() else { return }
    for index in 0..<Int(program_argument_count()) {
      if let argument = unsafe arguments[index] { unsafe body(argument) }
    }
  }
}
